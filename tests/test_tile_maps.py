"""Which tiles may lie under the layers: checked addresses, none in shifted coordinates, keys from outside only."""

from __future__ import annotations

import pytest

from geo.problems import InputError
from geo.tile_maps import TIANDITU_LAYERS, openstreetmap, own_tiles, tianditu
from geo.words import LANGUAGES

KEY = "0123456789abcdef0123456789abcdef"
GOOD = "https://tiles.example.org/{z}/{x}/{y}.png"


def refused(template: str = GOOD, credit: str = "County", *, unshifted: bool = True) -> set[str]:
    with pytest.raises(InputError) as error:
        own_tiles(template, credit, unshifted=unshifted)
    for each in error.value.problems:
        for language in LANGUAGES:
            assert "{{" not in each.text(language)
    return {each.code for each in error.value.problems}


@pytest.mark.parametrize(
    "template",
    [
        GOOD,
        "https://{s}.tiles.example.org/{z}/{x}/{y}.png",
        "http://localhost:8080/{z}/{x}/{y}.png",
        "http://127.0.0.1/tiles?x={x}&y={y}&z={z}",
        "http://[::1]:9000/{z}/{x}/{y}",
    ],
)
def test_tiles_of_an_own_address_are_taken_with_their_maker(template: str) -> None:
    found = own_tiles(f" {template} ", "  County  survey ", unshifted=True)
    assert found.urls == (template,)
    assert found.credit == "County survey"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("http://tiles.example.org/{z}/{x}/{y}.png", "tile_address_scheme"),
        ("http://localhost.example.org/{z}/{x}/{y}.png", "tile_address_scheme"),
        ("javascript://localhost/{z}/{x}/{y}", "tile_address_scheme"),
        ("https://me:secret@tiles.example.org/{z}/{x}/{y}.png", "tile_address_password"),
        ("https://tiles.example.org/{z}/{x}.png", "tile_address_placeholders"),
        ("https://tiles.example.org/{z}/{x}/{y}/{key}", "tile_address_placeholders"),
        ("https://tiles.example.org/{z}/{x}/{y}/{", "tile_address_placeholders"),
        ("tiles/{z}/{x}/{y}.png", "tile_address_unreadable"),
        ("https:///{z}/{x}/{y}.png", "tile_address_unreadable"),
        ("https://tiles.example.org:port/{z}/{x}/{y}.png", "tile_address_unreadable"),
        ("https://[tiles/{z}/{x}/{y}.png", "tile_address_unreadable"),
        ("https://tiles.example.org/{z}/{x}/{y}.png\"onerror='x'", "tile_address_unreadable"),
        (GOOD + "?" + "x" * 500, "tile_address_unreadable"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_its_reason(template: str, code: str) -> None:
    assert refused(template) == {code}


@pytest.mark.parametrize(
    "host",
    [
        "webrd01.is.autonavi.com",
        "WPRD02.IS.AUTONAVI.COM",
        "rt0.map.gtimg.com",
        "{s}map.com",
        "mt1.google.com",
        "maponline0.bdimg.com.",
    ],
)
def test_maps_in_shifted_coordinates_are_refused(host: str) -> None:
    assert refused(f"https://{host}/{{z}}/{{x}}/{{y}}") == {"tile_address_shifted"}


def test_everything_wrong_is_said_at_once() -> None:
    assert refused("http://a:b@map.qq.com/{z}", "", unshifted=False) == {
        "tile_address_scheme",
        "tile_address_password",
        "tile_address_shifted",
        "tile_address_placeholders",
        "tile_credit_missing",
        "tile_datum_unsaid",
    }


def test_openstreetmap_names_its_contributors() -> None:
    found = openstreetmap()
    assert found.credit == "© OpenStreetMap contributors"
    assert found.link.endswith("/copyright")


@pytest.mark.parametrize("name", TIANDITU_LAYERS)
def test_tianditu_is_ground_and_names_with_the_key_it_was_given(name: str) -> None:
    found = tianditu(name, KEY, "Tianditu")
    assert len(found.urls) == 2
    for url in found.urls:
        assert url.startswith("https://t{s}.tianditu.gov.cn/")
        assert url.endswith(f"&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={KEY}")
    assert found.subdomains == "01234567"


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "tianditu_key_missing"), ("", "tianditu_key_missing"), ("a&b=c", "tianditu_key_wrong")],
)
def test_tianditu_needs_a_key(key: str | None, code: str) -> None:
    with pytest.raises(InputError) as error:
        tianditu("tianditu_streets", key, "Tianditu")
    assert [each.code for each in error.value.problems] == [code]
