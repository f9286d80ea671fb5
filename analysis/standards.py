"""Published limits and the defaults built on them, each with its unit and source.

Nothing here is a result. ``[V]`` wording or number seen in a public reproduction of the standard, ``[V2]`` the
number seen in a secondary page, ``[own]`` this project's assumption, to be calibrated and always shown.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT_S = 300.0
"""建标152-2017, layout rule; GB 51080-2015 4.1.3-1: the edge of the area within 5 min of the dispatch order [V]."""

TURNOUT_S = 60.0
"""建标152-2017, explanation: the five minutes are 1 min of turnout and 4 min of driving [V2]."""

HYDRANT_RADIUS_M = 150.0
"""GB 50974-2014, section 7.2: protection radius of a municipal hydrant at most 150 m [V2]."""

HYDRANT_SPACING_M = 120.0
"""GB 50974-2014, section 7.2: spacing of municipal hydrants at most 120 m [V2]."""

HOSE_REACH_M = 150.0
"""Hose laid along the streets from a source is held against this length [own]; no standard gives one: it is the
protection radius, measured as hose lies."""

HOSE_SNAP_LIMIT_M = 150.0
"""Hose is not laid from a source farther than this from every street it sees [own]."""

HYDRANT_BOTH_SIDES_M = 60.0
"""GB 50974-2014, section 7.2: a street wider than 60 m has hydrants on both sides, staggered [V2]."""

HYDRANT_REACH_M = 30.0
"""A hydrant at most this far from a street's line, or 5 m beyond its stated half width, stands on it; at a crossing so
on every street there [own]."""

HYDRANT_STATED_REACH_M = 60.0
"""A hydrant that names its street stands on it up to this far from its line [own]."""

HYDRANT_AT_CROSSING_M = 30.0
"""GB 50974-2014, section 7.2 asks for hydrants near crossings, at bridge heads and tunnel mouths [V2]; near is at most
this far along the street [own]."""

MAY_BE_WIDE = ("trunk", "primary", "secondary")
"""Classes of streets that may be over 60 m wide where no width is stated; others are taken as narrower [own]."""

CRANE_SPACING_M = 1000.0
"""GB 50974-2014, section 7.2: water cranes about 1,000 m apart along main roads [V2, draft text]; asked of severely
cold (严寒) regions, so a reference value in a cold (寒冷) one such as Hebei."""

CRANE_ROAD_CLASSES = ("trunk", "primary", "secondary")
"""Classes of streets taken as main roads where the spacing of cranes is looked at [own]."""

HYDRANT_FLOW_LPS = 15.0
"""GB 55036-2022, 3.0.3: a municipal hydrant delivers at least 15 L/s [V]; what a shuttle brings is held beside it."""

SHUTTLE_TANKS_L = (5000.0, 5000.0)
"""Tankers of a shuttle where the county states none [own]."""

TANKER_KINDS = ("水罐消防车", "水罐车")
"""Kinds of vehicles that carry water to and fro; foam engines stay at the fire [own]."""

SHUTTLE_UNLOAD_LPS = 40.0
"""A tanker gives its water off as quickly as a common truck pump delivers [own]."""

SHUTTLE_FILL_HANDLING_S = 60.0
SHUTTLE_UNLOAD_HANDLING_S = 60.0
"""Driving up, connecting and leaving, at the crane and at the fire [own]."""

SHUTTLE_LOST_SHARE = 0.1
"""Of a tank so much is not filled, spilt or left in it: the rating schedule of ISO counts tanks less 10 % [V2]."""

BANDS_S = (180.0, 240.0, 300.0, 480.0, 600.0)
"""Times after the dispatch order at which areas are drawn [own]."""

OFF_STREET_LIMIT_M = 150.0
"""Ground farther than this from every street is not analysed [own]."""

SNAP_LIMIT_M = 150.0
"""A site farther than this from a street it can leave and come back to is not analysed [own]."""

SMALL_PART_SHARE = 0.05
"""A strongly connected part other than the largest takes a site if it holds this share of street length [own]."""

BOUND_SPEED_KPH = 100.0
"""Faster than any fire engine drives on average: the straight-line bound rests on it [own]."""

BOUND_TURNOUT_S = 30.0
"""The straight-line bound grants a turnout this short, whatever the scenario says, unless it says less [own]."""

COVERAGE_TARGET = 0.80
"""Bulletin line 809: 消防救援站5分钟可达覆盖率 80 % by 2025, no denominator given."""

WATER_COVERAGE_TARGET = 1.0
"""Bulletin line 915: 消火栓和消防水鹤覆盖率 100 %; what it is a share of is not said."""

SPEED_KPH: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        profile: MappingProxyType(speeds)
        for profile, speeds in {
            "free": {"motorway": 70, "trunk": 60, "primary": 50, "secondary": 45, "tertiary": 40,
                     "unclassified": 35, "residential": 25, "living_street": 15, "service": 15, "track": 10},
            "normal": {"motorway": 60, "trunk": 50, "primary": 40, "secondary": 36, "tertiary": 32,
                       "unclassified": 30, "residential": 20, "living_street": 12, "service": 12, "track": 10},
            "peak": {"motorway": 50, "trunk": 40, "primary": 30, "secondary": 27, "tertiary": 25,
                     "unclassified": 25, "residential": 18, "living_street": 10, "service": 10, "track": 10},
        }.items()
    }
)  # fmt: skip
"""Fire-engine speeds by street class [own, to be calibrated]; other classes follow :data:`SAME_SPEED_AS`."""

ONE_WAY_POLICIES = ("obey", "cost", "ignore")
"""消防法 art. 47 and 道路交通安全法 art. 53 free engines on a call from direction and signals, safety assured [V];
obeying is the careful side and the default."""

AGAINST_FACTOR = 1.5
"""Time against a one-way street, as a multiple, where the policy is a cost [own]."""

LANE_CLEAR_M = 4.0
"""GB 50016-2014, 7.1.8: clear width and height of a fire lane at least 4.0 m [V2]; GB 55037-2022, 3.4.5 asks for both
without that number."""

VEHICLE_WIDTH_M = 2.5
VEHICLE_HEIGHT_M = 3.6
VEHICLE_WEIGHT_T = 32.0
"""Size and gross weight of a 17-t water tanker as the bulletin lists one (line 710), the weight from the figures 32 in
its type SGX5320, width and height as usual on such a chassis [own]."""

JUNCTION_DELAYS_S: Mapping[str, float] = MappingProxyType(
    {"left_turn_s": 5.0, "right_turn_s": 2.0, "signal_s": 4.0, "u_turn_s": 20.0, "level_crossing_s": 15.0}
)
"""A set of delays to start a calibration from [own]; the default scenario has none."""

CRUISE_KPH = 40.0
"""Cruising speed at which the start of a trip is reckoned [own]."""

SNOW_FACTOR = 1.4
"""The snow profile is the peak profile divided by this [own]."""

SAME_SPEED_AS: Mapping[str, str] = MappingProxyType(
    {
        "motorway_link": "motorway", "trunk_link": "trunk", "primary_link": "primary",
        "secondary_link": "secondary", "tertiary_link": "tertiary", "road": "unclassified",
        "busway": "unclassified", "pedestrian": "service", "emergency": "service",
    }
)  # fmt: skip
"""Classes driven at another class's speed."""

PROFILES = ("free", "normal", "peak", "snow")


def class_speed_kph(street_class: str, profile: str) -> float:
    """Speed in km/h of a street class under a profile (``free``, ``normal``, ``peak``, ``snow``)."""
    key = SAME_SPEED_AS.get(street_class, street_class)
    if profile == "snow":
        return SPEED_KPH["peak"][key] / SNOW_FACTOR
    return SPEED_KPH[profile][key]
