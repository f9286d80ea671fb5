"""The side of a worker that is asked; imported by the worker scripts, which stand alone."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any


def tell(answer: Mapping[str, Any]) -> None:
    """Write one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def serve(version: str, does: Mapping[str, Callable[..., dict[str, Any]]]) -> None:
    """Answer questions ``{"do": name, …}`` until there are no more."""
    tell({"ready": version})
    for line in sys.stdin:
        question = json.loads(line)
        try:
            tell(does[question.pop("do")](**question))
        except Exception as error:
            traceback.print_exc()
            tell({"error": f"{type(error).__name__}: {error}"})
