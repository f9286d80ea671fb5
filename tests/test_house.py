"""The order of the house: imports run one way, each library has its room, words and locks are complete."""

from __future__ import annotations

import ast
import dataclasses
import re
import string
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analysis.closures import EFFECTS
from analysis.comparison_files import COMPARISON_FILES
from analysis.results import RESULT_FILES, WATER_FILES
from analysis.scenario import Scenario, Targets, choice_targets
from analysis.summary import NOTES
from analysis.water_assessment import WATER_NOTES
from geo.layers import LAYERS
from geo.words import LANGUAGES, words

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("geo", "analysis", "views", "app")
"""From the ground up: a floor knows itself and those below it."""
ROOMS = {
    "streamlit": ("app.py", "views/*"),
    "streamlit_folium": ("app.py", "views/*"),
    "starlette": ("views/tile_server.py",),
    "pmtiles": ("geo/pmtiles_file.py",),
    "folium": ("geo/map*.py",),
    "branca": ("geo/map*.py",),
    "offlinefolium": ("geo/map*.py",),
    "osmnx": ("geo/roads.py", "geo/osm*.py"),
    "osmium": ("geo/roads.py", "geo/osm*.py"),
    "sqlalchemy": ("geo/postgis.py", "geo/export_postgis.py"),
    "geoalchemy2": ("geo/export_postgis.py",),
    "psycopg": ("geo/postgis.py", "geo/postgis_styles.py", "geo/export_postgis.py"),
    "xlsxwriter": ("geo/export_sheets.py", "geo/templates.py"),
}
"""Where a library may be imported; everything else asks those modules."""
UNCLEAR = {
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "handler",
    "handlers",
    "base",
    "common",
    "misc",
}
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
LOCKS = ("requirements.txt", "requirements-dev.txt")
PROBLEM_FIELDS = {"file", "row", "field", "warning", "values", "code"}


def _modules() -> list[str]:
    found = [ROOT / "app.py"] + [file for floor in FLOORS for file in (ROOT / floor).rglob("*.py")]
    return sorted(file.relative_to(ROOT).as_posix() for file in found if file.is_file())


MODULES = _modules()


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def _imports(module: str) -> Iterator[str]:
    package = module.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{each.name}" for each in node.names)


def test_there_are_modules_to_look_at() -> None:
    assert {"geo/words.py", "analysis/scenario.py"} <= set(MODULES)


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    floor = FLOORS.index(module.partition("/")[0].removesuffix(".py"))
    tops = {name.partition(".")[0] for name in _imports(module)}
    assert not tops & set(FLOORS[floor + 1 :]), "a floor knows only itself and those below"
    assert not tops & {"start", "tests", "benchmarks", "scripts"}, "the house does not know what serves it"


@pytest.mark.parametrize("module", MODULES)
def test_each_library_stays_in_its_room(module: str) -> None:
    for name in _imports(module):
        room = ROOMS.get(name.partition(".")[0])
        assert room is None or any(fnmatch(module, pattern) for pattern in room), f"{module} imports {name}"


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_named_by_what_they_are(module: str) -> None:
    parts = re.split(r"[/_.]", module)
    assert not set(parts) & UNCLEAR


@pytest.mark.parametrize("module", [each for each in MODULES if each.startswith(("app.py", "views/"))])
def test_the_page_holds_no_chinese_words(module: str) -> None:
    tree = _tree(module)
    # A string that stands alone is a docstring or a note under a value, not something shown.
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said = [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes
    ]
    assert [each for each in said if HAN.search(each[1])] == []


def _placeholders(text: str) -> set[str]:
    return {
        re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None
    }


def test_both_languages_hold_the_same_keys() -> None:
    zh, en = (set(words(language)) for language in LANGUAGES)
    assert zh ^ en == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_says_something(language: str) -> None:
    assert [key for key, text in words(language).items() if not text.strip()] == []


def test_both_languages_fill_the_same_placeholders() -> None:
    zh, en = (words(language) for language in LANGUAGES)
    assert [key for key in zh.keys() & en.keys() if _placeholders(zh[key]) != _placeholders(en[key])] == []


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _key(node: ast.Call) -> tuple[ast.expr, str, set[str]] | None:
    """The expression that names a text, its prefix, and the keywords that are not placeholders."""
    name = _called(node)
    if name in {"problem", "Problem"} and node.args:
        return node.args[0], "problem.", PROBLEM_FIELDS
    if name in {"say", "say_or"} and len(node.args) > 1:
        return node.args[1], "", set()
    return None


def _texts_asked_for(module: str) -> Iterator[tuple[int, str, bool, set[str] | None]]:
    """Line, key, whether the key is whole (else its beginning), and the values given (None: not known)."""
    for node in ast.walk(_tree(module)):
        found = _key(node) if isinstance(node, ast.Call) else None
        if found is None:
            continue
        assert isinstance(node, ast.Call)
        expression, prefix, own = found
        given = {each.arg for each in node.keywords if each.arg} - own
        open_ended = any(each.arg is None for each in node.keywords) or _called(node) in {"Problem", "say_or"}
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            yield node.lineno, prefix + expression.value, True, None if open_ended else given
        elif isinstance(expression, ast.JoinedStr) and isinstance(expression.values[0], ast.Constant):
            yield node.lineno, prefix + str(expression.values[0].value), False, None


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_every_text_the_code_asks_for_exists_and_gets_its_values(module: str) -> None:
    texts = words("zh")
    wrong = []
    for line, key, whole, given in _texts_asked_for(module):
        if not whole:
            if not any(each.startswith(key) for each in texts):
                wrong.append((line, key, "no such text begins so"))
        elif key not in texts:
            wrong.append((line, key, "no such text"))
        elif given is not None and _placeholders(texts[key]) - given:
            wrong.append((line, key, f"no value for {sorted(_placeholders(texts[key]) - given)}"))
    assert wrong == []


def test_start_says_every_line_of_its_table_and_no_other() -> None:
    tree = _tree("start.py")
    strings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    table = {key.removeprefix("start.") for key in words("zh") if key.startswith("start.")}
    assert table - strings == set()
    asked = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _called(node) in {"tell", "line", "SetUpError"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked - table == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_of_a_summary_has_its_words(language: str) -> None:
    told = {key for key in words(language) if key.startswith("note.")}
    assert told == {f"note.{code}" for code in (*NOTES, *WATER_NOTES)}


def _pins(lock: str) -> dict[str, set[str]]:
    """Versions of each package of a lock; more than one where they depend on the Python version."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        pins.setdefault(name.lower(), set()).add(version)
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_the_lock_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    rules = [line for line in text.splitlines() if line.startswith("-") or "://" in line or " @ " in line]
    assert rules == []


def test_the_tests_run_on_the_very_packages_the_program_runs_on() -> None:
    run, dev = (_pins(lock) for lock in LOCKS)
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize(
    ("source", "lock"), [("requirements.in", LOCKS[0]), ("requirements-dev.in", LOCKS[1])]
)
def test_everything_asked_for_is_locked(source: str, lock: str) -> None:
    asked = re.findall(r"^[A-Za-z0-9._-]+", (ROOT / source).read_text(encoding="utf-8"), re.MULTILINE)
    names = {name.lower() for name in asked if not name.startswith("-")}
    assert names
    assert names - _pins(lock).keys() == set()


def test_the_notices_name_every_locked_package() -> None:
    text = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
    named = {
        name: set(versions.split(", "))
        for name, versions in re.findall(r"^\| (\S+) \| ([^|]+) \| [^|]+ \|$", text, re.M)
    }
    assert {name: named.get(name) for name in _pins(LOCKS[0])} == _pins(LOCKS[0])


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_result_file_and_input_column_stands_in_the_page_on_files() -> None:
    page = _page("files.md")
    assert [
        name for name in (*RESULT_FILES, *WATER_FILES, *COMPARISON_FILES) if f"`{name}`" not in page
    ] == []
    columns = {column.name for layer in LAYERS.values() for column in layer.columns}
    assert sorted(name for name in columns if f"`{name}`" not in page) == []


def test_every_choice_of_a_scenario_stands_in_the_page_on_method() -> None:
    page = _page("method.md")
    asked = [each.name for kind in (Scenario, Targets) for each in dataclasses.fields(kind)]
    assert [name for name in asked if name != "targets" and f"`{name}`" not in page] == []
    assert [word for words in choice_targets().values() for word in words if word not in page] == []
    assert len(EFFECTS) == 3, "the page names three effects of a closure"


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_first_page_is_short_and_names_pages_and_commands_that_are_there(readme: str) -> None:
    page = (ROOT / readme).read_text(encoding="utf-8")
    assert len(page.splitlines()) <= 90
    links = [link for link in re.findall(r"\]\(([^)#]+)", page) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []
    strings = {n.value for n in ast.walk(_tree("start.py")) if isinstance(n, ast.Constant)}
    assert [name for name in re.findall(r"start\.py ([a-z]+)", page) if name not in strings] == []
