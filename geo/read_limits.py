"""How much of a file is read at most: every file may come from anyone, so each size is checked before it costs."""

from __future__ import annotations

MAX_BYTES = 100 * 1024**2
"""Bytes of one file; larger ones are refused before they are opened."""
MAX_UNPACKED_BYTES = 300 * 1024**2
"""Bytes of everything packed into one file, counted as it is unpacked and not as it says."""
MAX_RATIO = 250
"""Unpacked bytes for one packed byte; honest tables and drawings stay far below."""
RATIO_FROM_BYTES = 10 * 1024**2
"""Below so many unpacked bytes the ratio does not matter."""
MAX_PACKED_FILES = 1_000
"""Files packed into one."""
MAX_ROWS = 2_000_000
"""Rows of one table."""
MAX_COLUMNS = 1_000
"""Columns of one table."""
MAX_CELLS = 10_000_000
"""Cells of one table, empty ones between the first and the last included."""
MAX_CHARS = 200_000_000
"""Characters of all cells of one table, a text that many cells share counted for each."""
MAX_VERTICES = 10_000_000
"""Vertices of all shapes of one table."""
MAX_RING_PAIRS = 400_000_000
"""Pairs of rings within the shapes of a shapefile, all together: which ring is a hole of which is asked of each pair,
five seconds for so many."""
MAX_COLLECTIONS = 16
"""Collections, curves and surfaces in one shape; each level of them costs a level of the program's own stack."""
MAX_ELEMENTS = 4_000_000
"""Elements of one KML or GPX file: the library that reads it keeps some hundred bytes for each."""
MAX_TAG_BYTES = 4 * 1024**2
"""Bytes of one tag or comment of XML, which is kept whole until it ends."""
MAX_SHORT_RINGS = 1_000
"""Rings of less than three points in one parcel of boundary points; more are no survey."""
MAX_LINES = 10_000_000
"""Lines of one text, blank ones included."""
MAX_DEPTH = 100
"""Elements of XML within each other."""
MAX_CRS_CHARS = 20_000
"""Characters with which a file names its coordinate system."""
HEADER_WITHIN = 30
"""Rows in which the row of column names is looked for."""
XLS_MEMORY_BYTES = 1280 * 1024**2
"""Memory of the process that reads an old Excel workbook, where the system can limit it."""
XLS_SECONDS = 60
"""Time of that process."""
