"""The page's server, which on SIGUSR1 collects its garbage and hands free memory back, so that what is left is in use:
``python -m benchmarks.tidy_server run app.py …``, as ``python -m streamlit`` is called."""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
from contextlib import suppress
from typing import Any


def tidy(*_: Any) -> None:
    """Collect garbage; give free memory back to the system where its library can (glibc), Arrow's own too."""
    gc.collect()
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def main() -> None:
    """Run Streamlit."""
    from streamlit.web.cli import main as streamlit

    signal.signal(signal.SIGUSR1, tidy)
    sys.argv[0] = "streamlit"
    streamlit()


if __name__ == "__main__":
    main()
