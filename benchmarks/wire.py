"""What travels: a relay between browser and page that counts the bytes of the page's socket as they come by."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 1 << 16
SOCKET = b"/_stcore/stream"


@dataclass
class Wire:
    """The relay's address, and the bytes that came down the page's socket since :meth:`taken` was asked; those of files
    are counted by the browser."""

    address: str
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        """Count some bytes more."""
        with self._lock:
            self._bytes += count

    def taken(self) -> int:
        """The bytes since the last time this was asked."""
        with self._lock:
            count, self._bytes = self._bytes, 0
        return count


def _pump(source: socket.socket, sink: socket.socket, wire: Wire | None) -> None:
    with suppress(OSError):
        while chunk := source.recv(AT_ONCE):
            if wire is not None:
                wire.add(len(chunk))
            sink.sendall(chunk)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _serve(browser: socket.socket, port: int, wire: Wire) -> None:
    with browser, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as page:
        first = browser.recv(AT_ONCE)  # the browser speaks first, and a socket stays one
        page.sendall(first)
        counted = wire if SOCKET in first.split(b"\r\n", 1)[0] else None
        down = threading.Thread(target=_pump, args=(page, browser, counted), daemon=True)
        down.start()
        _pump(browser, page, None)
        down.join()


@contextmanager
def counted(address: str) -> Iterator[Wire]:
    """A relay to the page at ``address``; open its own address instead."""
    port = int(urlsplit(address).port or 0)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as door:
        wire = Wire(f"http://127.0.0.1:{door.getsockname()[1]}")

        def listen() -> None:
            with suppress(OSError):
                while True:
                    browser, _ = door.accept()
                    threading.Thread(target=_serve, args=(browser, port, wire), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        yield wire
