"""``python -m geo health``: a county's street network looked over, for a person, a program or a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geo.county import inspect_county
from geo.export import ODBL_NOTICE, geojson_bytes, plain_value, write_files
from geo.health import PLACES, health
from geo.problems import InputError
from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geo.county import County
    from geo.health import Health
    from geo.network import Network

SHOWN_PARTS = 5
"""Parts listed for a person; a program gets all of them."""
SITE_LAYERS = {"stations": "station_id", "hydrants": "hydrant_id", "cranes": "crane_id"}


def county_sites(county: County) -> gpd.GeoDataFrame:
    """Stations, hydrants and cranes as sites of :func:`geo.health.health`; ``site_id`` is ``<layer>/<id>``."""
    tables = []
    for layer, key in SITE_LAYERS.items():
        table = getattr(county, layer)
        ids = [f"{layer}/{each}" for each in table[key]]
        tables.append(pd.DataFrame({"site_id": ids, "geometry": list(table.geometry)}))
    sites = pd.concat(tables, ignore_index=True)
    return gpd.GeoDataFrame(sites, geometry="geometry", crs=county.crs)


def look_over(folder: Path, out: Path | None, year: int) -> dict[str, Any]:
    """The answer of the command: figures, tables, refusals, and what was wrong with the county.

    ``out``: a GeoJSON file for the places. ``year``: which planned streets count, 0: none. A county that
    cannot be read at all raises :class:`InputError`; one whose only fault is its network does not.
    """
    county, found = inspect_county(folder)
    network = None if county is None else county.network
    errors = [each for each in found if not each.warning]
    if county is None or network is None:
        if errors:
            raise InputError(errors)
        return {"county": str(folder), "health": None, "problems": found}
    seen = network.opened(year)
    sites = county_sites(county)
    state = health(seen, sites if len(sites) else None, barrier=county.barrier)
    answer = {"county": str(folder), "health": _figures(state, network, seen, year), "problems": found}
    if out is not None:
        write_files(out.parent, {out.name: geojson_bytes(state.places, _about(network, state))})
        answer["files"] = [str(out)]
    return answer


def _figures(state: Health, network: Network, seen: Network, year: int) -> dict[str, Any]:
    keys = ("nodes", "streets", "length_m", "signals", "level_crossings", "guessed_share", "unnamed_share")
    states = dict(zip(state.sites["site_id"], state.sites["state"], strict=True))
    return {
        **{key: getattr(state, key) for key in keys},
        "year": year,
        "planned_length_m": float(network.length_m.sum() - seen.length_m.sum()),
        "schematic": network.source.schematic,
        "parts": _records(state.parts),
        "classes": _records(state.classes),
        "places": {
            kind: {"number": state.count(kind), "length_m": state.kind_length_m(kind)} for kind in PLACES
        },
        "near_misses": _listed(state, "near_miss"),
        "far_sites": [each | {"state": states[each["name"]]} for each in _listed(state, "far_site")],
        "sites": {str(state_): int(n) for state_, n in state.sites["state"].value_counts().items()},
        "refusals": list(state.refusals),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): plain_value(value) for key, value in row.items()} for row in table.to_dict("records")]


def _listed(state: Health, kind: str) -> list[dict[str, Any]]:
    """Places of one kind in degrees, nearest first for near misses, farthest first for sites."""
    places = state.places[state.places["kind"] == kind]
    places = places.sort_values("distance_m", ascending=kind == "near_miss", kind="stable")
    degrees = places.geometry.to_crs("EPSG:4326")
    table = pd.DataFrame(places[["street_id", "other_id", "name", "distance_m"]])
    return _records(table.assign(lon=degrees.x.round(7), lat=degrees.y.round(7)))


def _about(network: Network, state: Health) -> dict[str, Any]:
    source = network.source
    about = {
        "source": source.name, "licence": source.licence, "attribution": source.attribution,
        "data_date": source.data_date, "schematic": source.schematic, "refusals": list(state.refusals),
    }  # fmt: skip
    return about | ({"notice": ODBL_NOTICE} if source.from_osm else {})


def health_lines(answer: Mapping[str, Any], language: str) -> list[str]:
    """The answer for a person: one table of figures, then what to look at."""

    def line(key: str, **values: object) -> str:
        return say(language, f"health.{key}", **values)

    state = answer["health"]
    if state is None:
        return [line("no_network")]
    lines = [line("schematic")] if state["schematic"] else []
    lines += [line(f"refusal.{code}") for code in state["refusals"]]
    keys = ("streets", "nodes", "signals", "level_crossings")
    lines.append(line("size", km=_km(state["length_m"]), **{key: state[key] for key in keys}))
    if state["planned_length_m"] > 0:
        lines.append(line("planned", km=_km(state["planned_length_m"])))
    lines.append(
        line("guesses", guessed=f"{state['guessed_share']:.1%}", unnamed=f"{state['unnamed_share']:.1%}")
    )
    for connection in ("strong", "weak"):
        parts = [part for part in state["parts"] if part["connection"] == connection]
        shares = [f"{part['length_share']:.1%}" for part in parts[:SHOWN_PARTS]]
        more = ["…"] if len(parts) > SHOWN_PARTS else []
        lines.append(line(f"parts_{connection}", number=len(parts), shares=", ".join(shares + more)))
    for kind, found in state["places"].items():
        key = "places_line" if found["length_m"] > 0 else "places_line_short"
        values = {"km": _km(found["length_m"])} if found["length_m"] > 0 else {}
        lines.append(line(key, kind=line(f"kind.{kind}"), number=found["number"], **values))
    lines += _place_lines(state, language)
    return lines


def _km(metres: float) -> str:
    return f"{metres / 1000:.1f}"


def _place_lines(state: Mapping[str, Any], language: str) -> list[str]:
    lines = []
    for key in ("near_misses", "far_sites"):
        for place in state[key][:20]:
            where = f"{place['lat']:.6f}, {place['lon']:.6f}"
            metres = "—" if place["distance_m"] is None else f"{place['distance_m']:.1f}"
            ends = {"street": place["street_id"] or "—", "other": place["other_id"], "name": place["name"]}
            if "state" in place:
                ends["state"] = say(language, f"health.site_state.{place['state']}")
            lines.append(f"  {say(language, f'health.{key}_line', where=where, metres=metres, **ends)}")
    return lines
