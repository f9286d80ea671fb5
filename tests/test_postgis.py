"""PostGIS: a named table is read and nothing else, results are written together or not at all, secrets stay secret."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import psycopg
import pytest

from analysis.__main__ import main as analysis_main
from geo import export_postgis
from geo.__main__ import main as geo_main
from geo.county import check_county
from geo.export_postgis import ABOUT, MARK, write_results
from geo.postgis import read_table
from geo.problems import InputError
from geo.result_layer import Handover, ResultLayer
from geo.words import LANGUAGES
from tests.handed_on import HOSTILE, handover_of, layers_of, quyang, same_shapes, town_of_all
from tests.other_programs import REQUIRED, needs_ogrinfo, ogrinfo
from tests.postgis_server import NOT_THERE, PASSWORD, can_run, running_server
from tests.test_commands import town_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not can_run() and not REQUIRED, reason=NOT_THERE)]
TABLES = """
    CREATE SCHEMA fire; CREATE SCHEMA "odd.one";
    CREATE TABLE fire.hydrants (id int PRIMARY KEY, "编号" text, flow numeric(6,2), pressure real, built date,
        seen timestamptz, ok boolean, parts jsonb, tags text[], photo bytea, geom geometry(Point, 4547));
    INSERT INTO fire.hydrants VALUES
        (1, ' H1 ', 15.50, 0.2, '2020-05-01', '2026-01-05 10:30+08', true, '{"a": [1, "二"]}', '{x,y}', '\\x00ff',
         ST_SetSRID(ST_MakePoint(560000, 4275000), 4547)),
        (2, 'H2', NULL, 'NaN', NULL, NULL, false, NULL, NULL, NULL, NULL),
        (3, '', 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, ST_SetSRID(ST_MakePoint(560010, 4275010), 4547));
    CREATE VIEW fire.only_two AS SELECT * FROM fire.hydrants WHERE id < 3;
    CREATE TABLE "odd.one"."semi;colon ""x"" %s :y" ("col ""q"" %(z)s" text, geom geometry);
    INSERT INTO "odd.one"."semi;colon ""x"" %s :y" VALUES ('v', ST_SetSRID(ST_MakePoint(114, 38), 4326));
    CREATE TABLE fire.mixed (a int, geom geometry);
    INSERT INTO fire.mixed VALUES (1, ST_SetSRID(ST_MakePoint(114, 38), 4326)),
        (2, ST_SetSRID(ST_MakePoint(5, 4), 4547));
    CREATE TABLE fire.bare (a int, geom geometry);
    INSERT INTO fire.bare VALUES (1, ST_MakePoint(560000, 4275000));
    CREATE TABLE fire.two (a int, geom geometry(Point, 4326), other geometry(Point, 4326));
    INSERT INTO fire.two VALUES (1, ST_SetSRID(ST_MakePoint(114, 38), 4326), NULL);
    CREATE TABLE fire.plain (a int); CREATE TABLE fire.empty (a int);
    INSERT INTO fire.plain SELECT generate_series(1, 50);
    CREATE VIEW fire.slow AS SELECT 1 AS a, pg_sleep(30)::text AS b;
    CREATE TABLE fire.touched (a int);
    CREATE FUNCTION fire.touch() RETURNS int LANGUAGE sql AS 'INSERT INTO fire.touched VALUES (1) RETURNING a';
    CREATE VIEW fire.writes AS SELECT fire.touch() AS a;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_server() as address:
        execute(address, TABLES)
        yield address


def execute(address: str, statements: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statements, values or None)
        return cursor.fetchall() if cursor.description else []


def codes(rows: Any) -> list[str]:
    return [each.code for each in rows.problems]


def refused(call: Callable[[], object]) -> list[Any]:
    with pytest.raises(InputError) as error:
        call()
    for each in error.value.problems:
        for language in LANGUAGES:
            assert PASSWORD not in each.text(language)
            assert "p%40ss" not in each.text(language)
    assert error.value.__cause__ is None
    return list(error.value.problems)


def test_a_table_becomes_rows_as_a_file_has_them(server: str) -> None:
    rows = read_table(server, "fire.hydrants")
    assert [(each.code, each.field, each.warning) for each in rows.problems] == [
        ("postgis_left_out", "photo", True)
    ]
    table = rows.table.to_dict("list")
    assert table["id"] == [1, 2, 3]
    assert table["编号"] == ["H1", "H2", None]
    assert table["flow"] == [15.5, None, 0.0]
    assert table["pressure"][1] is None
    assert table["built"] == ["2020-05-01", None, None]
    assert table["ok"] == [True, False, None]
    assert json.loads(table["parts"][0]) == {"a": [1, "二"]}
    assert json.loads(table["tags"][0]) == ["x", "y"]
    assert str(table["seen"][0]).startswith("2026-01-05T")
    assert not {"photo", "geom"} & set(table)
    assert rows.crs == "EPSG:4547"
    assert rows.geometry is not None
    assert rows.geometry[1] is None
    assert (rows.geometry[2].x, rows.geometry[2].y) == (560010, 4275010)


def test_views_and_names_of_any_letters_are_read_as_names_and_nothing_else(server: str) -> None:
    assert len(read_table(server, "fire.only_two").table) == 2
    odd = 'semi;colon "x" %s :y'
    execute(server, "SET search_path = 'odd.one'")
    where = server + "?options=-csearch_path%3D%22odd.one%22%2Cpublic"
    rows = read_table(where, odd)
    assert rows.table.to_dict("list") == {'col "q" %(z)s': ["v"]}
    for name in ("fire.hydrants; DROP TABLE fire.plain", "fire.hydrants WHERE 1=1", "(SELECT 1) x", "", ".", "fire.",
                 "fire.touch", "no such", 'fire."hydrants"'):  # fmt: skip
        assert codes(read_table(server, name)) == ["postgis_no_table"]
    assert len(read_table(server, "fire.plain").table) == 50


def test_systems_of_tables_are_those_of_the_database_and_what_is_open_is_said(server: str) -> None:
    assert codes(read_table(server, "fire.mixed")) == ["postgis_systems"]
    assert codes(read_table(server, "fire.bare")) == ["no_crs"]
    assert read_table(server, "fire.bare", source_crs="EPSG:4547").crs == "EPSG:4547"
    assert codes(read_table(server, "fire.hydrants", source_crs="EPSG:4326"))[-1] == "crs_conflict"
    shifted = read_table(server, "fire.hydrants", source_crs="GCJ-02/EPSG:4547")
    assert (shifted.crs, codes(shifted)[-1]) == ("GCJ-02/EPSG:4547", "crs_shifted")
    assert codes(read_table(server, "fire.two")) == ["postgis_places"]
    assert codes(read_table(server, "fire.empty")) == ["no_rows"]
    assert read_table(server, "fire.plain").geometry is None


def test_a_table_with_too_many_rows_and_one_that_takes_too_long_are_refused(server: str) -> None:
    rows = read_table(server, "fire.plain", limit=49)
    assert (codes(rows), len(rows.table)) == (["too_many_rows"], 0)
    assert len(read_table(server, "fire.plain", limit=50).table) == 50
    assert [each.code for each in refused(lambda: read_table(server, "fire.slow", timeout_s=0.5))] == [
        "postgis_refused"
    ]


def test_reading_writes_nothing_even_where_a_view_would(server: str) -> None:
    (said,) = refused(lambda: read_table(server, "fire.writes"))
    assert "read-only" in said.text("en")
    assert execute(server, "SELECT count(*) FROM fire.touched") == [(0,)]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://owner:p%40ss%3Aw%2Frd@127.0.0.1:1/county",
        "postgresql://owner:p%40ss%3Aw%2Frd@127.0.0.1:port/county",
        "postgresql://owner:p%40ss%3Aw%2Frd@[/county",
        "mysql://owner:p%40ss%3Aw%2Frd@127.0.0.1/county",
    ],
)
def test_a_password_is_told_to_nobody(address: str) -> None:
    (said,) = refused(lambda: read_table(address, "x"))
    assert said.code in {"postgis_refused", "postgis_address"}
    refused(lambda: write_results(address, layers_of(quyang())[:1], handover_of(quyang())))


def test_a_wrong_password_is_refused_and_not_repeated(server: str) -> None:
    wrong = server.replace("p%40ss", "p%40ssp%40ss")
    (said,) = refused(lambda: read_table(wrong, "fire.plain"))
    assert "authentication" in said.text("en")


def test_a_table_is_added_to_a_county_as_a_file_would_be(
    server: str, write_county: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_county(town_files())
    asked = [
        "--layer",
        "hydrants",
        "--county",
        str(folder),
        "--field",
        "hydrant_id=id",
        "--field",
        "status==in_use",
    ]
    assert geo_main(["add", server, "--table", "fire.hydrants", *asked, "--json"]) == 2  # one has no place
    capsys.readouterr()
    execute(server, "CREATE VIEW fire.placed AS SELECT * FROM fire.hydrants WHERE geom IS NOT NULL")
    code = geo_main(["add", server, "--table", "fire.placed", *asked, "--json"])
    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    answer = json.loads(told.out)
    assert (answer["layer"], answer["rows"]) == ("hydrants", 2)
    layer = (folder / "hydrants" / "hydrants.geojson").read_text(encoding="utf-8")
    rows = gpd.read_file(layer)
    assert rows["hydrant_id"].tolist() == ["1", "3"]
    assert rows["编号"].iloc[0] == "H1"
    assert not any(each.code != "layer_missing" and not each.warning for each in check_county(folder))
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes().decode("utf-8", "replace")
            assert not any(secret in content for secret in ("p%40ss", PASSWORD, "127.0.0.1", "owner"))
    assert "postgis.fire.placed" in layer
    bare = [
        "add",
        server,
        "--table",
        "fire.bare",
        *asked[:4],
        "--field",
        "hydrant_id=a",
        "--field",
        "status==in_use",
    ]
    assert geo_main(bare) == 2, "nobody knows in which system its places are"
    assert geo_main([*bare, "--source-crs", "EPSG:4547"]) == 0
    capsys.readouterr()
    for where in (["add", server, *asked], ["add", server, "--table", "fire.nothing", *asked]):
        assert geo_main([*where, "--lang", "en"]) == 2
        said = capsys.readouterr().err
        assert said
        assert "p%40ss" not in said


BOTH = pytest.mark.parametrize("make", [quyang, town_of_all], ids=["quyang", "town"])


@BOTH
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547"])
def test_results_are_read_back_as_they_were_written(server: str, make: Any, crs: str) -> None:
    layers = layers_of(make())
    counts = write_results(server, layers, handover_of(make(), crs=crs), schema="round")
    assert counts == {layer.name: len(layer.table) for layer in layers} | {ABOUT: counts[ABOUT]}
    for layer in layers:
        rows = read_table(server, f"round.{layer.name}")
        given = layer.drawn
        assert rows.table["fid"].tolist() == list(range(1, len(given) + 1))
        names = [name for name in rows.table.columns if name != "fid"]
        if len(given):
            assert len(names) == len(given.columns)
        for name, ours in zip(names, given.columns, strict=True):
            want = [None if pd.isna(each) else each for each in given[ours].astype(object)]
            want = [each.strip() if isinstance(each, str) else each for each in want]
            assert rows.table[name].tolist() == want, (layer.name, name)
        if layer.shape and len(given):
            assert rows.geometry is not None
            assert rows.crs == (crs if any(each is not None for each in rows.geometry) else rows.crs)
            assert same_shapes(layer.shapes(crs), _multi(rows.geometry, layer.shape), 0)
    asked = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'round' AND indexdef LIKE %s"
    assert execute(server, asked, "%gist%") == [(sum(bool(layer.shape) for layer in layers),)]


def _multi(shapes: Any, shape: str) -> list[Any]:
    assert {each.geom_type for each in shapes if each is not None} <= {
        {"point": "Point", "line": "MultiLineString", "area": "MultiPolygon"}[shape]
    }
    return list(shapes)


def test_qgis_finds_a_style_of_each_table_and_keeps_those_of_others(server: str) -> None:
    layers, handover = layers_of(quyang()), handover_of(quyang())
    asked = (
        "SELECT f_table_name, stylename, useasdefault, styleqml::text FROM public.layer_styles "
        "WHERE f_table_schema = 'styled' AND f_geometry_column = 'geom' ORDER BY id"
    )
    write_results(server, layers, handover, schema="styled")
    first = {row[0]: row for row in execute(server, asked)}
    assert set(first) == {layer.name for layer in layers if layer.drawing is not None}
    for layer in layers:
        if layer.drawing is not None:
            assert first[layer.name][1:3] == (layer.name, True)
            assert first[layer.name][3].removeprefix("<!DOCTYPE").count("<renderer-v2") == 1
    execute(
        server,
        "UPDATE public.layer_styles SET useasdefault = false "
        "WHERE f_table_schema = 'styled' AND f_table_name = 'parcels';"
        "INSERT INTO public.layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, stylename, "
        "useasdefault, description) VALUES (current_database(), 'styled', 'parcels', 'geom', 'mine', true, 'by hand')",
    )
    write_results(server, layers, handover, schema="styled")
    rows = execute(server, asked)
    assert len(rows) == len(first) + 1, "each once, and the one made by hand"
    assert {(row[1], row[2]) for row in rows if row[0] == "parcels"} == {("mine", True), ("parcels", False)}


def test_without_a_place_for_styles_all_else_is_written(server: str) -> None:
    execute(
        server, "DROP TABLE IF EXISTS public.layer_styles; CREATE VIEW public.layer_styles AS SELECT 1 AS a"
    )
    try:
        counts = write_results(server, layers_of(quyang()), handover_of(quyang()), schema="unstyled")
        assert execute(server, "SELECT count(*) FROM unstyled.parcels") == [(counts["parcels"],)]
    finally:
        execute(server, "DROP VIEW public.layer_styles")


def test_hostile_names_are_texts_in_the_database_too(server: str) -> None:
    write_results(
        server, layers_of(town_of_all()), handover_of(town_of_all()), schema='o"; DROP SCHEMA fire; --'
    )
    rows = execute(server, 'SELECT name FROM "o""; DROP SCHEMA fire; --".parcels ORDER BY fid')
    assert [row[0] for row in rows][:8] == list(HOSTILE[:8])
    assert rows[-1][0] == HOSTILE[-1], "a line that ends COPY ends nothing here"
    assert execute(server, "SELECT count(*) FROM fire.plain") == [(50,)]
    names = execute(
        server,
        "SELECT column_name FROM information_schema.columns WHERE table_schema LIKE 'o%%' AND table_name = 'parcels'",
    )
    assert {"fid_2", "Name_2", 'a"b<c>%(x)s:y', "长长的中文字段名称"} <= {row[0] for row in names}


def test_tables_and_columns_say_what_they_are_and_rest_on(server: str) -> None:
    write_results(server, layers_of(town_of_all()), handover_of(town_of_all()), schema="told")
    ((comment,),) = execute(server, "SELECT obj_description('told.parcels'::regclass, 'pg_class')")
    title, second = comment.split("\n")
    assert title == "地块"
    about = json.loads(second.removeprefix(f"{MARK} "))
    assert about["digest"] == town_of_all().county.digest
    assert "OpenStreetMap contributors" in about["odbl_notice"]
    columns = execute(
        server,
        "SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a "
        "WHERE a.attrelid = 'told.parcels'::regclass AND a.attname IN ('arrival_s', 'verdict')",
    )
    assert dict(columns) == {"arrival_s": "到场时间，最不利处（秒）", "verdict": "结论"}
    items = dict(execute(server, "SELECT item, value FROM told.about"))
    assert json.loads(items["scenario"])["targets"]["limit_s"] == 90


def test_what_rests_on_our_tables_and_who_may_read_them_outlives_new_results(server: str) -> None:
    layers, handover = layers_of(quyang()), handover_of(quyang())
    write_results(server, layers, handover, schema="kept")
    execute(
        server, "CREATE VIEW kept.late AS SELECT parcel_no FROM kept.parcels WHERE verdict = 'not_covered'"
    )
    execute(server, "CREATE ROLE reader; GRANT SELECT ON kept.parcels TO reader")
    write_results(server, layers, handover, schema="kept")
    assert execute(server, "SELECT count(*) FROM kept.late") == [(3,)]
    assert execute(server, "SELECT has_table_privilege('reader', 'kept.parcels', 'SELECT')") == [(True,)]


def test_other_columns_need_a_new_table_and_nothing_that_rests_on_the_old_one_is_dropped(server: str) -> None:
    layers, handover = layers_of(quyang()), handover_of(quyang())
    write_results(server, layers, handover, schema="changed")
    other = [ResultLayer("parcels", "地块", pd.DataFrame({"parcel_no": ["1"], "new": [2.5]}))]
    write_results(server, other, handover, schema="changed")
    assert execute(server, "SELECT parcel_no, new FROM changed.parcels") == [("1", 2.5)]
    execute(server, "CREATE VIEW changed.mine AS SELECT new FROM changed.parcels")
    before = execute(server, "SELECT count(*) FROM changed.streets")
    (said,) = refused(lambda: write_results(server, layers, handover, schema="changed"))
    assert "changed.parcels" in said.text("en")
    assert execute(server, "SELECT new FROM changed.mine") == [(2.5,)]
    assert execute(server, "SELECT count(*) FROM changed.streets") == before


def test_a_table_of_somebody_else_is_left_alone_and_nothing_is_written(server: str) -> None:
    execute(
        server,
        "CREATE SCHEMA theirs; CREATE TABLE theirs.parcels (a int); INSERT INTO theirs.parcels VALUES (7)",
    )
    execute(server, "CREATE VIEW theirs.streets AS SELECT 1 AS a")
    said = refused(lambda: write_results(server, layers_of(quyang()), handover_of(quyang()), schema="theirs"))
    assert [each.code for each in said] == ["postgis_not_ours"] * 2
    assert execute(server, "SELECT a FROM theirs.parcels") == [(7,)]
    assert execute(server, "SELECT count(*) FROM pg_class c WHERE relnamespace = 'theirs'::regnamespace") == [
        (2,)
    ]


def test_all_tables_are_written_or_none(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = layers_of(quyang())
    write_results(server, layers, handover_of(quyang()), schema="whole")
    was = execute(server, "SELECT value FROM whole.about WHERE item = 'digest'")
    changed = Handover({**handover_of(quyang()).about, "digest": "another"})
    fewer = [ResultLayer("parcels", "地块", layers[0].table.head(1), "area"), *layers[1:]]

    def lost(*_: object) -> None:
        raise InputError([])

    monkeypatch.setattr("geo.export_postgis._comment", lost)
    with pytest.raises(InputError):
        write_results(server, fewer, changed, schema="whole")
    assert execute(server, "SELECT value FROM whole.about WHERE item = 'digest'") == was
    assert execute(server, "SELECT count(*) FROM whole.parcels") == [(5,)]
    with pytest.raises(InputError):
        write_results(server, layers, changed, schema="never")
    assert execute(server, "SELECT count(*) FROM pg_namespace WHERE nspname = 'never'") == [(0,)]


def test_who_reads_while_results_are_written_sees_the_old_ones(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = layers_of(quyang())
    write_results(server, layers, handover_of(quyang()), schema="seen")
    read: list[Any] = []
    real = export_postgis._comment

    def slowly(*given: Any) -> None:
        if not read:  # everything is in place and nothing is kept yet
            asked = threading.Thread(
                target=lambda: read.extend(execute(server, "SELECT count(*), max(verdict) FROM seen.parcels"))
            )
            asked.start()
            asked.join(timeout=10)
            assert not asked.is_alive(), "the reader waits for the writer"
        real(*given)

    monkeypatch.setattr(export_postgis, "_comment", slowly)
    changed = layers[0].table.assign(verdict="covered")
    new = ResultLayer("parcels", "地块", changed, "area", layers[0].drawing)
    write_results(server, [new, *layers[1:]], handover_of(quyang()), schema="seen")
    assert read == [(5, "not_covered")]
    assert execute(server, "SELECT max(verdict) FROM seen.parcels") == [("covered",)]


@pytest.mark.parametrize("schema", ["", "pg_mine", "information_schema", "x" * 64, "a\x00b"])
def test_schemas_that_cannot_be_are_refused(server: str, schema: str) -> None:
    (said,) = refused(lambda: write_results(server, [], handover_of(quyang()), schema=schema))
    assert said.code == "postgis_schema"


def test_a_database_without_postgis_and_a_system_without_a_code_are_refused(server: str) -> None:
    execute(server, "CREATE DATABASE bare")
    bare = re.sub("/county$", "/bare", server)
    assert [each.code for each in refused(lambda: write_results(bare, [], handover_of(quyang())))] == [
        "postgis_missing"
    ]
    nowhere = Handover({}, crs='PROJCRS["own"]')
    assert [each.code for each in refused(lambda: write_results(server, [], nowhere))] == ["postgis_no_code"]


def test_the_command_writes_tables_and_says_nothing_of_the_address(
    server: str, write_county: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_county(town_files())
    asked = ["assess", str(folder), "--postgis", server, "--schema", "by command", "--crs", "county"]
    assert analysis_main([*asked, "--json"]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert answer["tables"]["by command.parcels"] == 1
    assert answer["files"] == []
    assert execute(server, 'SELECT verdict, ST_SRID(geom) FROM "by command".parcels') == [("covered", 4547)]
    assert analysis_main([*asked, "--out", str(tmp_path / "out"), "--format", "gpkg"]) == 0
    shown = capsys.readouterr()
    assert "by command.parcels" in shown.out
    assert (tmp_path / "out" / "results.gpkg").is_file()
    assert analysis_main(["water", str(folder), "--postgis", server]) == 0
    assert execute(server, "SELECT count(*) > 0 FROM fire_cover.water_joint") == [(True,)]
    assert analysis_main(["assess", str(folder)]) == 2
    texts = [told.out, told.err, shown.out, shown.err, *capsys.readouterr()]
    texts += [each.read_bytes().decode("utf-8", "replace") for each in (tmp_path / "out").iterdir()]
    assert not any(secret in text for text in texts for secret in ("p%40ss", PASSWORD, "127.0.0.1"))


@needs_ogrinfo
def test_ogrinfo_reads_the_tables(server: str) -> None:
    layers = layers_of(town_of_all())
    write_results(server, layers, handover_of(town_of_all(), crs="EPSG:4547"), schema="ogr")
    for layer in layers:
        if layer.shape:
            said = ogrinfo("-so", f"PG:{server}", f"ogr.{layer.name}")
            assert f"Feature Count: {len(layer.table)}\n" in said
            assert 'ID["EPSG",4547]' in said
            assert "FID Column = fid" in said
