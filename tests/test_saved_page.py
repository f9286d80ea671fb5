"""Named scenarios on the page: opened, saved for everybody, refused over another's work, in a link, as a file."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from analysis.changes import Changes, SourceAdded, StationAdded
from analysis.saved_scenarios import MOST_FILE_BYTES, Saved, read_saved, save_scenario
from analysis.scenario import Scenario
from geo.county import read_county
from geo.words import say
from tests.test_address import warnings
from tests.test_page import DATA, opened
from tests.test_what_if import NEW, asked, press, supposed
from views import saved as module
from views.address import SCENARIO, TOO_LARGE
from views.saved import saved_said, take_saved
from views.wording import plain

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

WITH_STATION = Scenario(changes=Changes(stations_added=(NEW,)))


def said_in(page: AppTest, name: str) -> str:
    text = page.query_params.get(name, "")
    return text if isinstance(text, str) else text[0]


def pick(page: AppTest, name: str) -> None:
    page.selectbox(key="saved_pick_zh").set_value(name).run()
    assert not page.exception


def save_as(page: AppTest, name: str) -> None:
    page.text_input(key="saved_name").set_value(name).run()
    press(page, "saved_save")


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the county, on which one may save."""
    folder = tmp_path / "county"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("text"))
    monkeypatch.setenv("COUNTY_DIR", str(folder))
    return folder


class Session(dict[str, object]):
    """A session without a page."""

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value


@pytest.mark.slow
def test_a_saved_scenario_is_opened_and_its_link_names_it_with_its_digest(county: Path) -> None:
    page = opened()
    supposed(page, Changes())
    pick(page, "建成")
    assert asked(page) == Scenario(planned_works=True)
    saved = read_saved(county, "建成")
    assert said_in(page, "saved") == f"建成~{saved.digest[:16]}"
    link = {name: said_in(page, name) for name in (SCENARIO, "saved")}
    again = opened(link)
    assert asked(again) == asked(page)
    assert saved.file not in warnings(again)
    page.number_input(key="choice_turnout_s").set_value(90).run()
    assert said_in(page, "saved") == "", "it is another scenario by now"
    assert any(plain(say("zh", "saved.changed", name="建成")) in str(each.value) for each in page.caption)
    save_scenario(county, "建成", Scenario(planned_works=True, year=2030), saved.digest)
    later = opened(link)
    assert asked(later) == Scenario(planned_works=True), "what the link carries is shown"
    assert "“建成”在发出这个链接之后被改过" in warnings(later).replace("\\", "")
    assert said_in(later, "saved") == ""
    (county / "scenarios" / "建成.json").unlink()
    assert "没有叫“建成”的方案" in warnings(opened(link)).replace("\\", "")


@pytest.mark.slow
def test_a_scenario_is_saved_by_one_act_and_never_over_anothers_work_unknown(county: Path) -> None:
    page = opened()
    supposed(page, WITH_STATION.changes)
    assert any(str(each.value) == say("zh", "saved.everyone") for each in page.caption)
    save_as(page, "加一站")
    path = county / "scenarios" / "加一站.json"
    assert json.loads(path.read_text(encoding="utf-8"))["name"] == "加一站"
    assert read_saved(county, "加一站").scenario == replace(WITH_STATION, name="加一站")
    assert any(plain("加一站") in str(each.value) for each in page.success)
    assert page.selectbox(key="saved_pick_zh").value == "加一站"
    supposed(page, Changes(stations_off=("FS-1",)))
    save_as(page, "加一站")
    assert read_saved(county, "加一站").scenario.changes == Changes(stations_off=("FS-1",)), "one's own work"
    theirs = save_scenario(county, "加一站", Scenario(name="别人的"), read_saved(county, "加一站").digest)
    supposed(page, WITH_STATION.changes)
    save_as(page, "加一站")
    told = "\n".join(str(each.value) for each in page.error).replace("\\", "")
    assert "别人的" in told
    assert theirs.saved_at.astimezone().strftime("%H:%M") in told
    assert read_saved(county, "加一站") == theirs
    save_as(page, "另一个")
    assert read_saved(county, "加一站") == theirs
    page.session_state.choice_saved = None
    save_as(page, "加一站")
    press(page, "saved_overwrite")
    assert read_saved(county, "加一站").scenario.changes == WITH_STATION.changes
    assert len(list((county / "scenarios" / "previous").iterdir())) == 3, "nothing is lost"
    save_as(page, "../外面")
    assert page.error
    assert not (county / "外面.json").exists()


@pytest.mark.slow
def test_what_is_too_large_for_a_link_is_linked_by_its_saved_name(county: Path) -> None:
    many = tuple(
        SourceAdded(f"H+{n}", 114.65 + n * 1.31e-4, 38.6 + (n * 7919 % 97) * 1e-3) for n in range(400)
    )
    large = Scenario(name="很多栓", changes=Changes(hydrants_added=many))
    saved = save_scenario(county, "很多栓", large)
    page = opened()
    supposed(page, Changes())
    pick(page, "很多栓")
    assert said_in(page, SCENARIO) == TOO_LARGE
    assert say("zh", "address.too_large")[:8] not in warnings(page)
    link = {name: said_in(page, name) for name in (SCENARIO, "saved")}
    again = opened(link)
    assert asked(again).changes == large.changes
    assert say("zh", "address.was_too_large")[:8] not in warnings(again)
    changed = replace(large, changes=replace(large.changes, hydrants_added=many[1:]))
    save_scenario(county, "很多栓", changed, saved.digest)
    later = opened(link)
    assert asked(later).changes == changed.changes
    assert "本页显示的是它现在的内容" in warnings(later)


@pytest.mark.slow
def test_a_link_to_another_state_says_so_in_the_page(county: Path) -> None:
    assert (county / "scenarios" / "现状.json").is_file()
    page = opened({"saved": "现状~zz"})
    assert asked(page) == Scenario()
    assert "“现状”在发出这个链接之后被改过" in warnings(page).replace("\\", "")


@pytest.mark.parametrize(
    "said", ["~", "x", "../../etc/passwd~00", "现状", "~" * 300, "\0~1", "no~1", "现状/../建成~1"]
)
@pytest.mark.parametrize("whole", [True, False])
def test_any_text_for_a_saved_scenario_is_said_and_takes_nothing(
    monkeypatch: pytest.MonkeyPatch, said: str, *, whole: bool
) -> None:
    made, taken = Session(), list[Scenario]()
    monkeypatch.setattr("views.saved.st.session_state", made)
    monkeypatch.setattr(module, "put_choices", taken.append)
    assert take_saved(said, whole=whole)
    assert made[module.SAVED] is None
    assert taken == []
    assert take_saved("", whole=whole) == ()


class _Upload(SimpleNamespace):
    def getvalue(self) -> bytes:
        content: bytes = self.content
        return content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b" " * (MOST_FILE_BYTES + 1), "scenario_large"),
        (b"\xff\xfe\x00", "file_unreadable"), (b"[" * 5000, "not_json"),
        (b'{"changes": {"stations_off": ["nobody"]}}', "change_unknown"), (b"[]", None),
        (b'{"year": "x"}', "target_range"),
        (b'{"changes": {"stations_added": [{"id": "x", "lon": 10, "lat": 50}]}}', "change_far_away"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_with_what_is_wrong_and_nothing_is_taken(
    monkeypatch: pytest.MonkeyPatch, content: bytes, code: str | None
) -> None:
    made, taken = Session(up=_Upload(name="../<b>x</b>.json", content=content)), list[Scenario]()
    monkeypatch.setattr("views.saved.st.session_state", made)
    monkeypatch.setattr(module, "put_choices", taken.append)
    module._take_file("up", read_county(DATA))
    found = made[module.PROBLEMS]
    assert isinstance(found, tuple)
    assert found
    assert code is None or code in [each.code for each in found]
    assert taken == []


def test_a_file_brought_back_is_the_scenario_that_was_taken_home(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = list[Scenario]()
    content = WITH_STATION.to_json().encode()
    monkeypatch.setattr("views.saved.st.session_state", Session(up=_Upload(name="a.json", content=content)))
    monkeypatch.setattr(module, "put_choices", taken.append)
    module._take_file("up", read_county(DATA))
    assert taken == [WITH_STATION]


def test_nothing_saved_is_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("views.saved.st.session_state", {"choice_saved": None, "asked": ""})
    assert saved_said() == ""
    assert Saved.__dataclass_fields__.keys() >= {"file", "digest"}


@pytest.mark.slow
def test_stations_of_a_saved_scenario_are_there_after_it_was_opened(county: Path) -> None:
    assert len(list((county / "scenarios").glob("*.json"))) == 3
    page = opened()
    supposed(page, Changes())
    pick(page, "乡镇专职队")
    added = asked(page).changes.stations_added
    assert [each.position_class for each in added] == ["P6", "P6"]
    assert all(isinstance(each, StationAdded) for each in added)
    assert page.button(key="what_if_undo").disabled, "opening is no step"
    pick(page, "现状")
    assert asked(page) == Scenario()
    assert said_in(page, "saved").startswith("现状~")
