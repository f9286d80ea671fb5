"""The network as tables that any other tool can route on, to check an answer with."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.county_changes import surveyed_county
from analysis.drive import drive_model, street_speed_kph
from analysis.vehicle_limits import impassable
from geo.limits import LIMITS
from geo.network import CLASSES
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from analysis.arrival import ArrivalField
    from analysis.scenario import Scenario, Targets
    from analysis.vehicle_limits import Vehicle
    from geo.county import County
    from geo.network import Network

ONEWAY_RULES = {0: "both", 1: "forward", -1: "backward"}


def node_table(network: Network) -> gpd.GeoDataFrame:
    """``node_id`` and point of every node."""
    points = shapely.points(network.nodes)
    return gpd.GeoDataFrame({"node_id": np.arange(network.n_nodes)}, geometry=points, crs=network.crs)


def direction_table(network: Network, targets: Targets, vehicle: Vehicle | None = None) -> gpd.GeoDataFrame:
    """One row per drivable direction: ``street_id``, ``u``, ``v`` (driven from u to v), ``length_m``, ``class``,
    ``name``, ``speed_kph``, ``drive_s``, ``oneway_rule``, ``reversed``, the limits ``width_m``, ``max_height_m``,
    ``max_weight_t`` (null: not stated) and ``blocked``: not driven because a limit is below the ``vehicle``.

    Chainage of a street is measured from ``u`` of its row with ``reversed`` False, from ``v`` of the other.
    """
    ahead, back = np.flatnonzero(network.oneway >= 0), np.flatnonzero(network.oneway <= 0)
    street = np.concatenate([ahead, back])
    against = np.repeat([False, True], [len(ahead), len(back)])
    speed_kph = street_speed_kph(network, drive_model(targets))[street]
    lines = network.lines[street]
    lines = np.where(against, shapely.reverse(lines), lines)
    columns = {
        "street_id": network.street_ids(street),
        "u": np.where(against, network.v[street], network.u[street]),
        "v": np.where(against, network.u[street], network.v[street]),
        "length_m": network.length_m[street],
        "class": [CLASSES[i] for i in network.klass[street].tolist()],
        "name": network.street_names(street),
        "speed_kph": speed_kph,
        "drive_s": network.length_m[street] / speed_kph * 3.6,
        "oneway_rule": [ONEWAY_RULES[i] for i in network.oneway[street].tolist()],
        "reversed": against,
        "class_guessed": network.class_guessed[street],
        "owns_ground": network.owns_ground[street],
        **{name: getattr(network, name)[street].astype(float) for name in LIMITS},
        "blocked": impassable(network, vehicle)[street],
    }
    order = np.lexsort((against, street))
    table = gpd.GeoDataFrame(columns, geometry=lines, crs=network.crs)
    return gpd.GeoDataFrame(table.iloc[order].reset_index(drop=True))


def site_table(county: County, stations: pd.DataFrame, field: ArrivalField | None) -> gpd.GeoDataFrame:
    """One row per station: ``station_id``, ``street_id``, ``chainage_m``, ``snap_m``, ``turnout_s``, ``state``.

    The nominal place of each station; street and chainage are null where the site is not snapped.
    """
    table = pd.DataFrame({"station_id": stations["station_id"].astype(str), "state": stations["site_state"]})
    points = gpd.GeoSeries([None] * len(table), crs=county.crs)
    found = pd.DataFrame(columns=["station_id", "street_id", "chainage_m", "snap_m", "turnout_s"])
    if field is not None and county.network is not None:
        sites, rows = field.sites, np.flatnonzero(field.sites.nominal)
        found = pd.DataFrame(
            {
                "station_id": [sites.station_ids[i] for i in sites.station[rows].tolist()],
                "street_id": county.network.street_ids(sites.street[rows]),
                "chainage_m": sites.chainage_m[rows],
                "snap_m": sites.snap_m[rows],
                "turnout_s": sites.turnout_s[rows],
            }
        )
        where = dict(
            zip(
                found["station_id"],
                county.network.along(sites.street[rows], sites.chainage_m[rows]),
                strict=True,
            )
        )
        points = gpd.GeoSeries([where.get(each) for each in table["station_id"]], crs=county.crs)
    return gpd.GeoDataFrame(table.merge(found, on="station_id", how="left"), geometry=points, crs=county.crs)


def write_network(
    county: County, stations: pd.DataFrame, field: ArrivalField | None, scenario: Scenario, path: Path
) -> dict[str, int]:
    """Write layers ``nodes``, ``streets`` and ``sites`` in the county's CRS; returns the rows of each layer.

    Streets carry the speeds of the scenario's targets and whether they are blocked for its vehicle; closures are
    not in them.
    """
    network = county.network
    if network is None:
        raise InputError([problem("network_needed", file=f"{county.folder}/roads")])
    if path.suffix.lower() != ".gpkg":
        raise InputError([problem("out_format", value=path.name, known=".gpkg")])
    source = network.source
    about = {
        "source": source.name, "licence": source.licence, "attribution": source.attribution,
        "data_date": source.data_date, "schematic": str("roads" in county.schematic).lower(),
        "digest": surveyed_county(county).digest,
    }  # fmt: skip
    layers = {
        "nodes": node_table(network),
        "streets": direction_table(network, scenario.targets, scenario.blocked_for),
        "sites": site_table(county, stations, field),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as unfinished:
        file = Path(unfinished) / path.name
        for name, table in layers.items():
            kind = "LineString" if name == "streets" else "Point"
            table.to_file(
                file, layer=name, driver="GPKG", engine="pyogrio", geometry_type=kind, dataset_metadata=about
            )
        os.replace(file, path)
    return {name: len(table) for name, table in layers.items()}
