"""QGIS native:serviceareafromlayer, offscreen, asked in its own process."""
# mypy: disable-error-code="import-not-found"
# What it asks lives in another interpreter.

import os
import sys
import time
from typing import Any

from benchmarks.peers.asked import serve, tell

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
STARTED = time.perf_counter()
try:
    import numpy as np
    from qgis.core import (
        Qgis,
        QgsApplication,
        QgsFeature,
        QgsField,
        QgsGeometry,
        QgsPointXY,
        QgsVectorLayer,
    )
    from qgis.PyQt.QtCore import QVariant
except ImportError as missing:
    tell({"error": str(missing)})
    sys.exit(1)

QgsApplication.setPrefixPath(os.environ.get("QGIS_PREFIX_PATH", "/usr"), True)
APP = QgsApplication([], False)
APP.initQgis()
sys.path.append(os.path.join(APP.pkgDataPath(), "python", "plugins"))
import processing  # noqa: E402 - its folder is known only now
from processing.core.Processing import Processing  # noqa: E402

Processing.initialize()
START_MS = (time.perf_counter() - STARTED) * 1e3
STATE: dict[str, Any] = {}


def build(arrays: str, crs: str) -> dict[str, Any]:
    """Put the streets into a layer in memory."""
    begin = time.perf_counter()
    layer = QgsVectorLayer(f"LineString?crs={crs}", "streets", "memory")
    provider = layer.dataProvider()
    provider.addAttributes([QgsField("kph", QVariant.Double), QgsField("way", QVariant.String)])
    layer.updateFields()
    features = []
    with np.load(arrays) as file:
        STATE["stations"] = file["station_xy"].tolist()
        columns = [file[name].tolist() for name in ("wkb", "ahead_s", "back_s", "speed_kph")]
        for wkb, ahead, back, kph in zip(*columns, strict=True):
            feature = QgsFeature(layer.fields())
            geometry = QgsGeometry()
            geometry.fromWkb(bytes.fromhex(wkb))
            feature.setGeometry(geometry)
            feature.setAttributes(
                [kph, "both" if ahead >= 0 and back >= 0 else "ahead" if ahead >= 0 else "back"]
            )
            features.append(feature)
    provider.addFeatures(features)
    STATE["layer"], STATE["crs"] = layer, crs
    return {"ms": (time.perf_counter() - begin) * 1e3, "start_ms": START_MS}


def lines(count: int, limit: float) -> dict[str, Any]:
    """Reached metres of the first stations: the lines joined, so that each stretch counts once."""
    points = QgsVectorLayer(f"Point?crs={STATE['crs']}", "stations", "memory")
    features = []
    for x, y in STATE["stations"][:count]:
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
        features.append(feature)
    points.dataProvider().addFeatures(features)
    begin = time.perf_counter()
    found = processing.run(
        "native:serviceareafromlayer",
        {
            "INPUT": STATE["layer"], "STRATEGY": 1, "DIRECTION_FIELD": "way", "VALUE_FORWARD": "ahead",
            "VALUE_BACKWARD": "back", "VALUE_BOTH": "both", "DEFAULT_DIRECTION": 2, "SPEED_FIELD": "kph",
            "DEFAULT_SPEED": 30, "TOLERANCE": 0, "START_POINTS": points, "TRAVEL_COST2": limit / 3600,
            "OUTPUT_LINES": "memory:",
        },
    )  # fmt: skip
    took = time.perf_counter() - begin
    layer = found["OUTPUT_LINES"]
    shapes = [feature.geometry() for feature in layer.getFeatures()]
    return {"ms": took * 1e3, "answer": QgsGeometry.unaryUnion(shapes).length(), "features": len(shapes)}


serve(f"QGIS {Qgis.QGIS_VERSION}", {"build": build, "lines": lines})
