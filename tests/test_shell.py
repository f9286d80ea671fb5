"""What every command does alike, whichever package answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import analysis.__main__
import geo.__main__
from geo.problems import InputError
from geo.shell import asked_language, county_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAINS = [analysis.__main__.main, geo.__main__.main]


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ([], "zh"),
        (["assess", "--lang", "en"], "en"),
        (["--lang=en", "assess"], "en"),
        (["assess", "en", "--lang", "zh"], "zh"),
        (["assess", "--lang"], "zh"),
        (["assess", "--lang", "fr"], "zh"),
    ],
)
def test_the_language_is_known_before_the_arguments_are_read(given: list[str], language: str) -> None:
    assert asked_language(given) == language


def test_a_county_is_named_once_or_twice_alike_or_not_at_all(tmp_path: Path) -> None:
    assert (
        county_named(tmp_path, None)
        == county_named(None, tmp_path)
        == county_named(tmp_path, tmp_path)
        == tmp_path
    )
    assert county_named(None, None).name == "data"
    with pytest.raises(InputError) as caught:
        county_named(tmp_path, tmp_path / "other")
    assert [each.code for each in caught.value.problems] == ["two_counties"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_packages_refuse_in_the_same_words(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "county.toml").write_text("name = ", encoding="utf-8")
    errors = []
    for main, command in zip(MAINS, (["network", "--out", "x.gpkg"], ["health"]), strict=True):
        assert main([*command, "--county", str(tmp_path), "--lang", language]) == 2
        printed, told = capsys.readouterr()
        assert printed == ""
        errors.append(told)
    assert errors[0] == errors[1]
    assert "county.toml" in errors[0]


@pytest.mark.parametrize("main", MAINS)
def test_both_packages_say_what_cannot_be_written(
    main: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "full"))

    module = analysis.__main__ if main is MAINS[0] else geo.__main__
    command = next(iter(module.COMMANDS))
    monkeypatch.setitem(module.COMMANDS, command, full)
    arguments = {"assess": ["--out", "x"], "fetch": ["--place", "x"]}[command]
    assert main([command, *arguments, "--lang", "en"]) == 2
    assert str(tmp_path / "full") in (told := capsys.readouterr().err)
    assert "No space left on device" in told
