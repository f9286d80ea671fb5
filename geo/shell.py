"""Ending a command the way shells expect it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def ended(command: Callable[[], int]) -> int:
    """Run a command and give its exit code; a reader that stops early, as ``head`` does, ends it in silence."""
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer has nowhere to go; without this Python complains of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
