"""A result as KML for Google Earth and map programs: coloured as on the map, every text escaped."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import shapely

from geo.about_words import about_json, about_lines
from geo.crs import WGS84
from geo.export import DEGREE_DIGITS
from geo.field_words import LISTS, code_words, field_title
from geo.result_layer import KIND_COLUMN, Written, distinct_names, printable

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


@dataclass(frozen=True)
class _Said:
    """What is the same for every row of a layer: its columns by their names in the file, the escaped title and the
    codes of each, and by kind the legend's word and the style."""

    columns: Mapping[str, str]
    titles: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, str]
    styles: Mapping[str, str]


def _said(layer: ResultLayer, language: str) -> _Said:
    columns = column_names(layer)
    labels = {} if layer.drawing is None else layer.drawing.labels
    return _Said(
        columns,
        {name: _escaped(field_title(language, layer.name, name) or name) for name in columns.values()},
        {name: {} if name in LISTS else code_words(language, layer.name, name) for name in columns.values()},
        labels,
        {kind: f"kind{number}" for number, kind in enumerate(labels)},
    )


def _one(layer: ResultLayer, handover: Handover) -> bytes:
    said = _said(layer, handover.language)
    root = ElementTree.Element("kml", xmlns=NAMESPACE)
    document = ElementTree.SubElement(root, "Document", id="results")
    _text(document, "name", layer.title)
    _text(document, "description", "<br>".join(_escaped(line) for line in about_lines(handover)))
    for kind, name in said.styles.items():
        document.append(
            _style(name, None if layer.drawing is None else layer.drawing.styles[kind], layer.shape)
        )
    document.append(_style("plain", None, layer.shape))
    document.append(_schema(layer, handover))
    extended = ElementTree.SubElement(document, "ExtendedData")
    _text(ElementTree.SubElement(extended, "Data", name="about"), "value", about_json(handover))
    ElementTree.indent(root, " ")
    folder = ElementTree.SubElement(document, "Folder", id="rows")
    _text(folder, "name", layer.name)
    there = layer.drawn.notna().to_numpy()
    cells = layer.drawn.astype(object).to_numpy()
    names = [str(name) for name in layer.drawn]
    for row, known, shape in zip(cells.tolist(), there.tolist(), layer.shapes(WGS84).tolist(), strict=True):
        values = {name: value for name, value, one in zip(names, row, known, strict=True) if one}
        folder.append(_placemark(values, names[0], shape, said, drawn=layer.drawing is not None))
    content: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _placemark(
    known: Mapping[str, Any], key: str, shape: BaseGeometry | None, said: _Said, *, drawn: bool
) -> Element:
    """One row: its values that are known, and the name of the column that says which row it is."""
    kind = known.get(KIND_COLUMN)
    place = ElementTree.Element("Placemark")
    label = said.labels.get(str(kind), "")
    _text(place, "name", str(known.get("name", known.get(key, label))))
    if drawn and kind is None:
        _text(place, "visibility", "0")
    _text(place, "description", _description(known, label, said))
    _text(place, "styleUrl", f"#{said.styles.get(str(kind), 'plain')}")
    extended = ElementTree.SubElement(place, "ExtendedData")
    data = ElementTree.SubElement(extended, "SchemaData", schemaUrl="#columns")
    for column, name in said.columns.items():
        if name in known:
            value = known[name]
            written = str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
            ElementTree.SubElement(data, "SimpleData", name=column).text = written
    if shape is not None:
        place.append(_geometry(shape))
    return place


def _description(known: Mapping[str, Any], label: str, said: _Said) -> str:
    """What a click shows: the legend's word, then every column that is known, with its title."""
    lines = [f"<b>{_escaped(label)}</b>"] if label else []
    lines += [
        f"{said.titles[name]}: {_escaped(said.codes[name].get(str(value), str(value)))}"
        for name, value in known.items()
        if name != KIND_COLUMN
    ]
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
