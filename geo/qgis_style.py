"""The map's colours, dashes and signs as styles of QGIS (QML), with the words of columns and codes.

Read by QGIS 3.16 and later; written so small that it holds nothing but what differs from QGIS's own defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from geo.field_words import LISTS, code_words, field_title
from geo.result_layer import KIND_COLUMN, printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from geo.map_style import Style
    from geo.result_layer import Drawing, ResultLayer

PIXEL_MM = 25.4 / 96
"""A pixel of the map is a pixel of style sheets."""
LETTER_FONT = "Microsoft YaHei"
"""Of the letters in signs; QGIS takes another one where it is not there."""
_SYMBOLS = {"point": "marker", "line": "line", "area": "fill"}
_HEADER = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def qml(layer: ResultLayer, language: str, columns: Mapping[str, str]) -> str:
    """A style for a layer whose features carry :data:`geo.result_layer.KIND_COLUMN`.

    ``columns``: the columns as they stand in the file, with the names they have in the table. A kind without a
    legend, and a row without a kind, is not drawn.
    """
    root = ElementTree.Element(
        "qgis", version="3.16.0", styleCategories="LayerConfiguration|Symbology|Fields|Forms"
    )
    if layer.drawing is not None:
        root.append(_renderer(layer.drawing, _SYMBOLS[layer.shape]))
    aliases, widgets = ElementTree.Element("aliases"), ElementTree.Element("fieldConfiguration")
    for index, (column, name) in enumerate(columns.items(), 1):
        title = field_title(language, layer.name, name) or (name if name != column else "")
        ElementTree.SubElement(aliases, "alias", field=column, index=str(index), name=printable(title))
        codes = {} if name in LISTS else code_words(language, layer.name, name)
        if codes:
            widgets.append(_value_map(column, codes))
    root.extend([widgets, aliases])
    ElementTree.indent(root, " ")
    return _HEADER + ElementTree.tostring(root, encoding="unicode") + "\n"


def _renderer(drawing: Drawing, symbol: str) -> Element:
    renderer = ElementTree.Element(
        "renderer-v2", type="categorizedSymbol", attr=KIND_COLUMN, symbollevels="0", enableorderby="0"
    )
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, (kind, label) in enumerate(drawing.labels.items()):
        ElementTree.SubElement(
            categories, "category", value=kind, label=printable(label), symbol=str(number), render="true"
        )
        one = ElementTree.SubElement(
            symbols, "symbol", type=symbol, name=str(number), alpha="1", clip_to_extent="1", force_rhr="0"
        )
        one.extend(_symbol_layers(symbol, drawing.styles[kind], drawing.signs.get(kind), str(number)))
    return renderer


def _symbol_layers(symbol: str, look: Style, sign: Style | None, name: str) -> list[Element]:
    if symbol == "marker":
        return _marker(look)
    if symbol == "line":
        return [_layer("SimpleLine", _line(look))]
    layers = [_layer("SimpleFill", _fill(look)), _layer("SimpleLine", _line(look))]
    if sign is not None:
        middle = _layer("CentroidFill", {"point_on_surface": "1", "point_on_all_parts": "0"})
        one = ElementTree.SubElement(middle, "symbol", type="marker", name=f"@{name}@2", alpha="1")
        one.extend(_marker(sign))
        layers.append(middle)
    return layers


def _layer(kind: str, options: Mapping[str, str]) -> Element:
    """A symbol layer; its options twice, as versions before 3.26 read the second form."""
    layer = ElementTree.Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    named = ElementTree.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ElementTree.SubElement(named, "Option", type="QString", name=name, value=value)
        ElementTree.SubElement(layer, "prop", k=name, v=value)
    return layer


def _rgba(colour: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def _mm(pixels: float) -> str:
    return f"{pixels * PIXEL_MM:.2f}"


def _line(look: Style) -> dict[str, str]:
    options = {
        "line_color": _rgba(look["color"]),
        "line_width": _mm(look["weight"]),
        "line_width_unit": "MM",
        "capstyle": "flat",
        "joinstyle": "round",
        "use_custom_dash": "0",
    }
    if look["dashArray"]:
        dashes = ";".join(_mm(float(each)) for each in _even(look["dashArray"].split()))
        options |= {"use_custom_dash": "1", "customdash": dashes, "customdash_unit": "MM"}
    return options


def _even(lengths: list[str]) -> list[str]:
    return lengths if len(lengths) % 2 == 0 else lengths * 2


def _fill(look: Style) -> dict[str, str]:
    """The ground of an area; its edge is a line of its own, as only that knows dashes of any length."""
    return {
        "color": _rgba(look["fillColor"], look["fillOpacity"]),
        "style": "solid",
        "outline_style": "no",
    }


def _marker(look: Style) -> list[Element]:
    """A sign, and the letter on it."""
    signs = [
        _layer(
            "SimpleMarker",
            {
                "name": look["shape"],
                "color": _rgba(look["fillColor"], look["fillOpacity"]),
                "outline_color": _rgba(look["color"]),
                "outline_style": "dash" if look["dashArray"] else "solid",
                "outline_width": _mm(look["weight"]),
                "outline_width_unit": "MM",
                "size": _mm(2 * look["radius"]),
                "size_unit": "MM",
                "joinstyle": "round",
            },
        )
    ]
    if look.get("letter"):
        letter = {
            "chr": look["letter"],
            "font": LETTER_FONT,
            "color": _rgba(look["letterColor"]),
            "size": _mm(1.3 * look["radius"]),
            "size_unit": "MM",
            "horizontal_anchor_point": "1",
            "vertical_anchor_point": "1",
        }
        signs.append(_layer("FontMarker", letter))
    return signs


def _value_map(column: str, codes: Mapping[str, str]) -> Element:
    """The words of a column's codes, which QGIS shows in their place."""
    field = ElementTree.Element("field", name=column, configurationFlags="None")
    widget = ElementTree.SubElement(field, "editWidget", type="ValueMap")
    whole = ElementTree.SubElement(ElementTree.SubElement(widget, "config"), "Option", type="Map")
    listed = ElementTree.SubElement(whole, "Option", type="List", name="map")
    for code, word in codes.items():
        pair = ElementTree.SubElement(listed, "Option", type="Map")
        ElementTree.SubElement(pair, "Option", type="QString", name=printable(word), value=code)
    return field
