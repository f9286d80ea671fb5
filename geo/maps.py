"""A county's layers on a Folium map that needs no other host: library, script and data from one folder.

The base map is small and new at every run; everything that can change comes as one feature group, so the
browser keeps its map and its view. Words from files travel in the data and reach the page as text only.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Element, MacroElement
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geo.map_assets import SCRIPT_NAMES, SHEET_NAMES, UNUSED, keep_data, library_file, own_file
from geo.map_features import leaflet_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from geo.map_features import Bounds

MAX_ZOOM = 19
MIN_ZOOM = 5


@dataclass(frozen=True)
class LegendItem:
    """One line of the legend: ``kind`` is ``area``, ``line`` or ``sign``."""

    kind: str
    label: str
    style: dict[str, Any]


@dataclass(frozen=True)
class MapLayer:
    """One layer: its GeoJSON, how its kinds look, and what the legend says of it.

    ``select``: a click tells the page which one it was. ``interactive``: it has a tooltip and words.
    ``pieces``: streets, whose clicked piece is looked up in the browser. ``content`` None: made only when the reader
    switches the layer on; the map then tells ``want``, its key. ``leads``: stands first in the legend. ``moves``: its
    things can be moved and switched off on the map, by their ids.
    """

    key: str
    label: str
    content: bytes | None
    styles: dict[str, dict[str, Any]]
    legend: tuple[LegendItem, ...]
    visible: bool = True
    select: bool = False
    interactive: bool = True
    pieces: bool = False
    leads: bool = False
    moves: bool = False

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, worked out once for every run that shows it; empty without any."""
        return "" if self.content is None else hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Look:
    """A button that moves the map to ``bounds`` (west, south, east, north)."""

    label: str
    title: str
    bounds: Bounds


@dataclass(frozen=True)
class MapWords:
    """Words of the map itself in one language."""

    title: str
    legend: str
    failed: str
    mark: str = ""
    credit: str = ""
    close: str = ""
    """On the button that closes the street clicked; without it there is none."""
    answer: str = ""
    """On the button that asks for the place clicked, where a click on a street chooses the street."""


@dataclass(frozen=True)
class Choice:
    """The thing that has the ring around it; the map moves to it once for each ``turn`` from 1 on.

    ``streets``: the map tells which street was clicked (``street``, its name, and ``at``).
    """

    layer: str
    id: str
    bounds: Bounds | None = None
    turn: int = 0
    streets: bool = False


@dataclass(frozen=True)
class Served:
    """Where map files lie and under which address the browser finds them."""

    folder: Path
    prefix: str


class ServedLayer(Layer):
    """A layer the browser fetches by its address; drawn by our own script, see ``map_layers.js``."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = countyMap.layer(
                {{ this._parent._parent.get_name() }}, {{ this.config|tojson }}
            );
            {{ this._parent.get_name() }}.addLayer({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, layer: MapLayer, url: str, failed: str) -> None:
        super().__init__(name=layer.key, overlay=True, control=False, show=False)
        self._name = "ServedLayer"
        self.config = {
            "key": layer.key,
            "url": url,
            "styles": layer.styles,
            "visible": layer.visible,
            "select": layer.select,
            "interactive": layer.interactive,
            "pieces": layer.pieces,
            "moves": layer.moves,
            "failed": failed,
        }


class _Call(MacroElement):
    """One call of our script with JSON values, on the map of the group it stands in."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            countyMap.{{ this.method }}({{ this._parent._parent.get_name() }}, {{ this.values|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, method: str, values: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Call"
        self.method, self.values = method, values


class _Controls(JSCSSMixin):
    """Our scripts and the start of the map: legend, looks, scale, marks."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            countyMap.start({{ this._parent.get_name() }}, {{ this.config|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, config: dict[str, Any], served: Served) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Controls"
        self.config = config
        self.default_js = [("county_map_js", served.prefix + own_file(SCRIPT_NAMES, served.folder))]
        self.default_css = [("county_map_css", served.prefix + own_file(SHEET_NAMES, served.folder))]


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():  # branca has no public way to its children
        yield from _walk(child)


def localise(root: Element, served: Served) -> None:
    """Point every library link of this map (not of its classes) at kept files.

    Raises :class:`geo.map_assets.UnknownAssetError` for a link that is neither kept nor known to be unused.
    """
    for element in _walk(root):
        if not isinstance(element, JSCSSMixin):
            continue
        for attribute in ("default_js", "default_css"):
            links = [(name, url) for name, url in getattr(element, attribute) if url not in UNUSED]
            setattr(element, attribute, [(name, _local(url, served)) for name, url in links])


def _local(url: str, served: Served) -> str:
    return url if url.startswith(served.prefix) else served.prefix + library_file(url, served.folder)


def base_map(
    bounds: Bounds,
    looks: Sequence[Look],
    words: MapWords,
    served: Served,
    tools: Mapping[str, Any] | None = None,
) -> folium.Map:
    """The map without data: plain ground, empty legend, scale. Make it anew at every run; never keep it.

    ``tools``: words and projection of the tools, see ``map_tools.js``; without them there are none.

    Nothing a choice may change belongs here: another text is another map, and the reader's view is lost.
    """
    view = leaflet_bounds(bounds)
    centre = [(view[0][0] + view[1][0]) / 2, (view[0][1] + view[1][1]) / 2]
    plain = folium.Map(
        location=centre,
        zoom_start=12,
        tiles=None,
        prefer_canvas=True,
        attribution_control=False,
        font_size="13px",
        zoom_snap=0.25,
        max_zoom=MAX_ZOOM,
        min_zoom=MIN_ZOOM,
    )
    config = {
        "title": words.title,
        "bounds": view,
        "mark": words.mark,
        "credit": words.credit,
        "looks": [{"label": o.label, "title": o.title, "bounds": leaflet_bounds(o.bounds)} for o in looks],
        "legend": words.legend,
        "close": words.close,
        "answer": words.answer,
        "tools": None if tools is None else dict(tools),
    }
    plain.add_child(_Controls(config, served))
    localise(plain, served)
    return plain


def _legend(layer: MapLayer) -> dict[str, Any]:
    items = [asdict(item) for item in layer.legend]
    return {"key": layer.key, "label": layer.label, "items": items}


def county_layers(
    layers: Sequence[MapLayer],
    served: Served,
    words: MapWords,
    choice: Choice | None = None,
    calls: Mapping[str, dict[str, Any]] | None = None,
) -> folium.FeatureGroup:
    """All layers, lowest first, as the one feature group that changes; their data are kept and served.

    ``calls``: what else changes with a choice, as functions of our scripts and what each is given.
    """
    group = folium.FeatureGroup(name="county", control=False)
    group.add_child(_Call("arrange", {"keys": [layer.key for layer in layers]}))
    for layer in layers:
        url = ""
        if layer.content is not None:
            url = served.prefix + keep_data(served.folder, layer.key, layer.content, layer.digest)
        group.add_child(ServedLayer(layer, url, words.failed))
    upper_first = layers[::-1]
    listed = sorted(upper_first, key=lambda layer: not layer.leads)
    group.add_child(_Call("legend", {"layers": [_legend(each) for each in listed]}))
    chosen = choice or Choice("", "")
    bounds = leaflet_bounds(chosen.bounds) if chosen.bounds else None
    ring = {"key": chosen.layer, "id": chosen.id, "bounds": bounds, "turn": chosen.turn}
    ring["streets"] = chosen.streets
    group.add_child(_Call("choose", ring))
    for method, values in (calls or {}).items():
        group.add_child(_Call(method, values))
    return group
