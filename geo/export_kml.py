"""A result as KML for Google Earth and map programs: coloured as on the map, every text escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import shapely

from geo.about_words import about_json, about_lines
from geo.crs import WGS84
from geo.export import DEGREE_DIGITS
from geo.field_words import LISTS, code_words, field_title
from geo.result_layer import Written, distinct_names, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from xml.etree.ElementTree import Element

    from shapely.geometry.base import BaseGeometry

    from geo.map_style import Style
    from geo.result_layer import Handover, ResultLayer

NAMESPACE = "http://www.opengis.net/kml/2.2"
TAKEN = (
    "name", "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility",
    "draworder", "icon", "id", "snippet", "styleurl",
)  # fmt: skip
"""Names that programs keep for KML's own parts of a place; a column called so gets a number."""
_TYPES = {"object": "string", "float64": "double", "Int64": "int", "boolean": "bool"}
_ICON_PX = 9.0
"""Radius of the sign that has KML's plain size."""


def kmls(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """One file (WGS84, seven decimals) for every layer that has places.

    Every row is a Placemark with its columns as typed data and, for people, as a description in which every text is
    escaped and none is put in by the program that shows it; rows without a place have none, rows that the map does
    not draw are switched off. KML has colours and widths, no dashes and no shapes of signs.
    """
    return Written({f"{layer.name}.kml": _one(layer, handover) for layer in layers if layer.geometry_type})


def column_names(layer: ResultLayer) -> dict[str, str]:
    """The columns of a layer in the file, each with its name in the table."""
    given = [str(name) for name in layer.drawn]
    return dict(zip(distinct_names(given, taken=TAKEN), given, strict=True))


def _one(layer: ResultLayer, handover: Handover) -> bytes:
    root = ElementTree.Element("kml", xmlns=NAMESPACE)
    document = ElementTree.SubElement(root, "Document", id="results")
    _text(document, "name", layer.title)
    _text(document, "description", "<br>".join(_escaped(line) for line in about_lines(handover)))
    styles = (
        {} if layer.drawing is None else {kind: layer.drawing.styles[kind] for kind in layer.drawing.labels}
    )
    numbers = {kind: f"kind{number}" for number, kind in enumerate(styles)}
    for kind, look in styles.items():
        document.append(_style(numbers[kind], look, layer.shape))
    document.append(_style("plain", None, layer.shape))
    document.append(_schema(layer, handover))
    extended = ElementTree.SubElement(document, "ExtendedData")
    _text(ElementTree.SubElement(extended, "Data", name="about"), "value", about_json(handover))
    folder = ElementTree.SubElement(document, "Folder", id="rows")
    _text(folder, "name", layer.name)
    columns = column_names(layer)
    codes = {
        name: code_words(handover.language, layer.name, name)
        for name in columns.values()
        if name not in LISTS
    }
    rows = layer.drawn.astype(object).to_dict("records")
    for row, shape in zip(rows, layer.shapes(WGS84).tolist(), strict=True):
        folder.append(_placemark(layer, handover, row, shape, numbers, columns, codes))
    ElementTree.indent(root, " ")
    content: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _placemark(
    layer: ResultLayer, handover: Handover, row: Mapping[Any, Any], shape: BaseGeometry | None,
    numbers: Mapping[str, str], columns: Mapping[str, str], codes: Mapping[str, Mapping[str, str]],
) -> Element:  # fmt: skip
    known = {name: value for name, value in row.items() if not pd.isna(value)}
    kind = known.get("drawn_as")
    place = ElementTree.Element("Placemark")
    label = "" if layer.drawing is None else layer.drawing.labels.get(str(kind), "")
    _text(place, "name", str(known.get("name", known.get(next(iter(row)), label))))
    if layer.drawing is not None and kind is None:
        _text(place, "visibility", "0")
    _text(place, "description", _description(layer, handover, known, label, codes))
    _text(place, "styleUrl", f"#{numbers.get(str(kind), 'plain')}")
    data = ElementTree.SubElement(
        ElementTree.SubElement(place, "ExtendedData"), "SchemaData", schemaUrl="#columns"
    )
    for column, name in columns.items():
        if name in known:
            value = known[name]
            written = str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
            ElementTree.SubElement(data, "SimpleData", name=column).text = written
    if shape is not None:
        place.append(_geometry(shape))
    return place


def _description(
    layer: ResultLayer, handover: Handover, known: Mapping[str, Any], label: str,
    codes: Mapping[str, Mapping[str, str]],
) -> str:  # fmt: skip
    """What a click shows: the legend's word, then every column that is known, with its title."""
    lines = [f"<b>{_escaped(label)}</b>"] if label else []
    for name, value in known.items():
        if name != "drawn_as":
            title = field_title(handover.language, layer.name, name) or name
            said = codes.get(name, {}).get(str(value), str(value))
            lines.append(f"{_escaped(title)}: {_escaped(said)}")
    return "<br>".join(lines)


def _escaped(text: str) -> str:
    """A text as HTML that shows it letter by letter, and that names no column to be put in."""
    return html.escape(text).replace("$", "&#36;").replace("\n", "<br>")


def _schema(layer: ResultLayer, handover: Handover) -> Element:
    schema = ElementTree.Element("Schema", name="columns", id="columns")
    for column, name in column_names(layer).items():
        kind = _TYPES[str(layer.drawn[name].dtype)]
        simple = ElementTree.SubElement(schema, "SimpleField", type=kind, name=column)
        _text(simple, "displayName", field_title(handover.language, layer.name, name) or name)
    return schema


def _style(name: str, look: Style | None, shape: str) -> Element:
    """A style by its name; the balloon shows the description alone, so that no name is taken for HTML."""
    style = ElementTree.Element("Style", id=name)
    if look is not None and shape == "point":
        icon = ElementTree.SubElement(style, "IconStyle")
        _text(icon, "color", _abgr(look["fillColor"] if look["fillColor"] != "#ffffff" else look["color"]))
        _text(icon, "scale", f"{look['radius'] / _ICON_PX:.2f}")
    elif look is not None:
        line = ElementTree.SubElement(style, "LineStyle")
        _text(line, "color", _abgr(look["color"]))
        _text(line, "width", f"{look['weight']:g}")
        if shape == "area":
            fill = ElementTree.SubElement(style, "PolyStyle")
            _text(fill, "color", _abgr(look["fillColor"], look["fillOpacity"]))
    _text(ElementTree.SubElement(style, "BalloonStyle"), "text", "$[description]")
    return style


def _abgr(colour: str, opacity: float = 1.0) -> str:
    return f"{round(opacity * 255):02x}{colour[5:7]}{colour[3:5]}{colour[1:3]}".lower()


def _text(parent: Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = printable(text)


def _geometry(shape: BaseGeometry) -> Element:
    parts = shapely.get_parts(shape).tolist()
    if len(parts) == 1:
        return _single(parts[0])
    whole = ElementTree.Element("MultiGeometry")
    whole.extend([_single(part) for part in parts])
    return whole


def _single(shape: Any) -> Element:
    if shape.geom_type != "Polygon":
        element = ElementTree.Element(shape.geom_type)
        _text(element, "coordinates", _coordinates(shape))
        return element
    polygon = ElementTree.Element("Polygon")
    for tag, ring in [
        ("outerBoundaryIs", shape.exterior),
        *(("innerBoundaryIs", each) for each in shape.interiors),
    ]:
        linear = ElementTree.SubElement(ElementTree.SubElement(polygon, tag), "LinearRing")
        _text(linear, "coordinates", _coordinates(ring))
    return polygon


def _coordinates(shape: BaseGeometry) -> str:
    return " ".join(
        f"{x:.{DEGREE_DIGITS}f},{y:.{DEGREE_DIGITS}f}" for x, y in shapely.get_coordinates(shape).tolist()
    )
