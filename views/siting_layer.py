"""Sites that the solver proposes, on the map, and the parcels it found to be last feasible sites, on their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.siting_files import chosen_sites
from geo import map_style as style
from geo.map_features import Thing, things_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.siting_job import answer_for
from views.siting_scenario import site_name

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from analysis.siting_answer import SitingAnswer
    from views.wording import Words


def site_layer(answer: SitingAnswer, words: Words) -> MapLayer:
    """The sites to build, each with its number in the order of building."""
    sites = chosen_sites(answer)
    things = [
        Thing(
            place,
            "site",
            site_name(row.order, row.name, words),
            (words("siting.proposed"), words.listed("siting.doubt", ",".join(row.doubts))),
            letter=str(row.order),
            name=words("siting.proposed_short"),
        )
        for row, place in zip(
            sites.itertuples(index=False), to_wgs84(sites.geometry, str(sites.crs)), strict=True
        )
    ]
    styles = {"site": style.site_style()}
    legend = (LegendItem("sign", words("siting.map_item"), styles["site"]),)
    return MapLayer("sites", words("siting.map_layer"), things_geojson(things), styles, legend)


def with_sites(layers: tuple[MapLayer, ...], assessment: Assessment, words: Words) -> tuple[MapLayer, ...]:
    """The layers with the proposed sites on top, where this session has an answer for what the page shows."""
    answer = answer_for(assessment)
    return layers if answer is None else (*layers, site_layer(answer, words))


def last_site_line(assessment: Assessment, parcel_no: str, words: Words) -> str:
    """That a parcel is the last feasible site of a gap, where this session's solver found it; else nothing."""
    answer = answer_for(assessment)
    if answer is None:
        return ""
    mine = answer.only_parcels[answer.only_parcels["parcel_no"].astype(str) == parcel_no]
    return "" if mine.empty else words("siting.last_site", places=int(mine["places"].iloc[0]))
