"""Critical links and what would cover a parcel, as the page shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.assessment import assess
from analysis.scenario import Scenario
from geo.county import read_county
from tests.counties import paper_county, plot
from tests.test_critical_links import TWO_BANKS
from tests.towns import at, plain_targets, town
from views.links import costly_links, link_layer
from views.why import may_ask
from views.wording import Words

DATA = Path(__file__).resolve().parent.parent / "data"
STATION = {"station_id": "A", "geometry": at(-1000, 0)}
OVER = {"parcel_no": "over", "geometry": plot(2500, 5, 2550, 50), "area_mu": 4.0}
LONG = [*TWO_BANKS[:2], [(100.0, 0.0), (3000.0, 0.0)], TWO_BANKS[3]]


def test_the_layer_holds_the_links_whose_loss_is_felt_elsewhere() -> None:
    county = paper_county(town(TWO_BANKS, bridge=["no", "yes", "no", "no"]), stations=[STATION])
    found = assess(county, Scenario(targets=plain_targets()))
    layer = link_layer(found, Words("en"))
    assert layer.content is not None
    drawn = json.loads(layer.content)["features"]
    costly = costly_links(found)
    assert costly is not None
    assert len(drawn) == len(costly) > 0
    assert drawn[0]["properties"]["k"] == "structure"


@pytest.mark.slow
def test_on_drawn_streets_no_link_is_critical_and_no_change_is_offered() -> None:
    found = assess(read_county(DATA), Scenario())
    assert costly_links(found) is None
    content = link_layer(found, Words("zh")).content
    assert content is not None
    assert json.loads(content)["features"] == []
    assert not any(may_ask(found, row) for row in found.parcels.itertuples())


def test_only_parcels_that_are_judged_and_not_covered_are_asked() -> None:
    near = {"parcel_no": "near", "geometry": plot(-900, 5, -850, 50), "area_mu": 4.0}
    far = {"parcel_no": "far", "geometry": plot(0, 900, 50, 950), "area_mu": 4.0}
    county = paper_county(town(LONG), stations=[STATION], parcels=[OVER, near, far])
    found = assess(county, Scenario(targets=plain_targets()))
    asked = {row.parcel_no: may_ask(found, row) for row in found.parcels.itertuples()}
    assert asked == {"over": True, "near": False, "far": False}
