"""Which drivers GDAL may have: those of the formats that are read or written here, and none that open something else.

GDAL looks at these names once, when pyogrio is first imported; the package ``geo`` sees to it that they stand by then.
"""

from __future__ import annotations

import os

ALLOWED = frozenset({"DXF", "ESRI Shapefile", "FlatGeobuf", "GPKG", "GPX", "GeoJSON", "KML", "LIBKML", "MEM"})
"""Drivers that stay."""
REMOTE_OR_VIRTUAL = frozenset({
    "OGR_VRT", "VRT", "GDALG", "HTTP", "WFS", "OAPIF", "OGCAPI", "CSW", "EEDA", "EEDAI", "Elasticsearch", "Carto",
    "AmigoCloud", "PLSCENES", "NGW", "WMS", "WCS", "WMTS", "DAAS", "STACIT", "STACTA", "GTI", "GPSBabel", "ADBC",
})  # fmt: skip
"""Drivers that open other files, addresses or programs on behalf of what they read."""
_OTHER_FORMATS = frozenset({
    "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "MapInfo File", "LVBAG", "S57", "DGN", "CSV", "GML", "GeoJSONSeq",
    "ESRIJSON", "TopoJSON", "OGR_GMT", "SQLite", "WAsP", "OpenFileGDB", "GeoRSS", "VFK", "PGDUMP", "OSM", "OGR_PDS",
    "EDIGEO", "Idrisi", "ODS", "XLSX", "SXF", "Selafin", "JML", "VDV", "MVT", "MapML", "GTFS", "PMTiles", "JSONFG",
    "MiraMonVector", "AVCBin", "AVCE00", "AIVector",
})  # fmt: skip
"""Drivers of formats that are not read through GDAL: fewer doors."""


def prepare_gdal() -> None:
    """Tell GDAL to leave out every driver that is not allowed; without effect once pyogrio has been imported.

    GDAL warns of a name it does not know, so the names are those of the GDAL that pyogrio brings; a test says so when
    a newer one brings more.
    """
    already = {name.strip() for name in os.environ.get("OGR_SKIP", "").split(",") if name.strip()}
    os.environ["OGR_SKIP"] = ",".join(sorted(already | REMOTE_OR_VIRTUAL | _OTHER_FORMATS))
    # Its faster way through FlatGeobuf hands over memory that is not its own where a row has no shape (GDAL 3.12.4).
    os.environ["OGR_FLATGEOBUF_STREAM_BASE_IMPL"] = "YES"
