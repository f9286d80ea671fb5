"""Programs that read what we write and are none of ours: ogrinfo and QGIS, where they are installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
"""Where Debian puts ``python3-qgis``."""
OFFSCREEN = {
    "QT_QPA_PLATFORM": "offscreen",
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
}

REQUIRED = bool(os.environ.get("PROGRAMS_REQUIRED"))
"""Whether a program that is missing is an error and not a skip."""

needs_ogrinfo = pytest.mark.skipif(
    shutil.which("ogrinfo") is None and not REQUIRED,
    reason="no ogrinfo: install gdal-bin to read the files with it too",
)


@cache
def _has_qgis() -> bool:
    try:
        asked = [SYSTEM_PYTHON, "-c", "import qgis.core"]
        return subprocess.run(asked, capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


def needs_qgis() -> None:
    """Skip where there is no QGIS."""
    if not _has_qgis() and not REQUIRED:
        pytest.skip("no QGIS: install python3-qgis to load the files with it")


def ogrinfo(*arguments: str) -> str:
    """What ogrinfo says of a file, its warnings behind."""
    own = {name: value for name, value in os.environ.items() if name not in {"OGR_SKIP", "GDAL_SKIP"}}
    asked = ["ogrinfo", *arguments]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=120, env=own)
    return done.stdout + done.stderr


_LOOK = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
found = {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    fields = layer.fields()
    told = {"valid": layer.isValid(), "rows": layer.featureCount(), "crs": layer.crs().authid()}
    told["renderer"] = layer.renderer().type()
    told["attribute"] = layer.renderer().classAttribute() if told["renderer"] == "categorizedSymbol" else ""
    told["categories"] = {}
    for each in layer.renderer().categories() if told["attribute"] else []:
        layers = [
            [one.layerType(), {key: str(value) for key, value in one.properties().items()}]
            for one in each.symbol().symbolLayers()
        ]
        signs = [s for one in each.symbol().symbolLayers() if one.subSymbol() for s in one.subSymbol().symbolLayers()]
        signs = [[one.layerType(), {key: str(value) for key, value in one.properties().items()}] for one in signs]
        told["categories"][each.value()] = {"label": each.label(), "layers": layers, "sign": signs}
    told["aliases"] = {field.name(): field.alias() for field in fields}
    told["widgets"] = {each.name(): layer.editorWidgetSetup(fields.indexOf(each.name())).type() for each in fields}
    found[name] = told
print("FOUND" + json.dumps(found))
sys.stdout.flush()
import os
os._exit(0)
"""


def seen_by_qgis(path: Path, names: list[str]) -> dict[str, Any]:
    """Layers of a GeoPackage as QGIS loads them: rows, CRS, renderer with its categories, aliases, widgets."""
    asked = [SYSTEM_PYTHON, "-c", _LOOK, str(path), *names]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=240, env=OFFSCREEN)
    (line,) = (each for each in done.stdout.splitlines() if each.startswith("FOUND"))
    found: dict[str, Any] = json.loads(line.removeprefix("FOUND"))
    return found
