"""Write THIRD_PARTY_NOTICES.md from what the packages of requirements.txt say about themselves.

    .venv/bin/python scripts/third_party_notices.py

Versions come from the lock, licences from the metadata of the installed packages. A licence this script does
not know stops it: somebody has to look first.
"""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTICES = ROOT / "THIRD_PARTY_NOTICES.md"

# What older metadata write, in the words of SPDX; looked for at the start of the licence field.
SPOKEN = {
    "MIT": "MIT",
    "BSD 3-Clause": "BSD-3-Clause",
    "3-Clause BSD": "BSD-3-Clause",
    "BSD-2-Clause": "BSD-2-Clause",
    "Apache-2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "MPL-2.0": "MPL-2.0",
}
CLASSIFIED = {"MIT License": "MIT", "BSD License": "BSD-3-Clause", "Apache Software License": "Apache-2.0"}
# Packages whose metadata name no licence; read in their repositories.
READ = {"streamlit-folium": "MIT"}

HEAD = """# Third-party notices

The county fire cover is under the MIT licence (see LICENSE). It is run with the packages below, which
`start.py` installs from a package index and which are not part of this repository; each brings its own
licence text. Made by `scripts/third_party_notices.py` from the locked requirements.

| package | version | licence |
|---|---|---|
"""

TAIL = """
Compiled libraries inside these packages keep their own licences, whose texts lie in the packages: among
them GDAL (MIT), PROJ (MIT), GEOS (LGPL-2.1), libosmium (BSL-1.0), OpenBLAS (BSD-3-Clause) and the GNU
Fortran runtime (GPL-3.0 with the GCC runtime library exception).

## In the browser

The map is drawn by Leaflet 1.9.3, Copyright (c) 2010-2022 Vladimir Agafonkin, Copyright (c) 2010-2011
CloudMade, under BSD-2-Clause. It is taken from the package `folium-offline`, served by the page itself,
and written into maps that are saved as one file:

> Redistribution and use in source and binary forms, with or without modification, are permitted provided
> that the following conditions are met: 1. Redistributions of source code must retain the above copyright
> notice, this list of conditions and the following disclaimer. 2. Redistributions in binary form must
> reproduce the above copyright notice, this list of conditions and the following disclaimer in the
> documentation and/or other materials provided with the distribution.
>
> THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED
> WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
> PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR
> ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
> LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
> INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR
> TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF
> ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

## Data

**OpenStreetMap.** Streets, stations and hydrants that `fetch` and `build` take from OpenStreetMap are ©
OpenStreetMap contributors and available under the Open Database License 1.0
(https://opendatacommons.org/licenses/odbl/1-0/, https://www.openstreetmap.org/copyright). None are part
of this repository. A file derived from them - a county folder built from OpenStreetMap, and the streets,
areas and sites written out from it - may be passed on only under the same licence and with that
attribution; every such file says so. A picture or a printed map needs the attribution alone.

**The county.** Parcels, stations, hydrants, cranes and the plan's targets in `data/` are facts
transcribed from a public notice of the county's government; names, points and populations of townships
are facts from the sources that stand beside each row. The street network in `data/roads/` was drawn for
this project from street names and is not a survey.
"""


def locked(lock: str) -> dict[str, list[str]]:
    """Versions of each package in the text of a lock; several where they depend on the Python version."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE):
        versions.setdefault(name, []).append(version)
    return versions


def licence(name: str, about: PackageMetadata) -> str:
    """The licence of a package as an SPDX expression; raises ``LookupError`` where it cannot be told."""
    for expression in about.get_all("License-Expression") or []:
        return str(expression)
    text = "".join(str(each).strip() for each in about.get_all("License") or [])
    for spoken, spdx in SPOKEN.items():
        if text.startswith(spoken):
            return spdx
    classes = [str(each).rpartition("::")[2].strip() for each in about.get_all("Classifier") or []]
    found = next((CLASSIFIED[each] for each in classes if each in CLASSIFIED), READ.get(name))
    if found is None:
        raise LookupError(f"the licence of {name} is not known: read it and add it to this script")
    return found


def notices(lock: str) -> str:
    """The whole text of THIRD_PARTY_NOTICES.md for the text of a lock."""
    rows = [
        f"| {name} | {', '.join(versions)} | {licence(name, metadata(name))} |\n"
        for name, versions in locked(lock).items()
    ]
    return HEAD + "".join(rows) + TAIL


if __name__ == "__main__":
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    text = notices(lock)
    half = NOTICES.with_suffix(".tmp")
    half.write_text(text, encoding="utf-8")
    os.replace(half, NOTICES)
    sys.stdout.write(f"{NOTICES.name}: {len(locked(lock))} packages\n")
