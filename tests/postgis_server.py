"""A PostgreSQL server with PostGIS that is thrown away after the tests, from Debian's packages."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = "postgres"
"""Who runs the server where the tests run as root, which the server refuses."""
PASSWORD = "p@ss:w/rd"  # noqa: S105 - of a server that lives for the tests alone
NOT_THERE = "no PostGIS server: install postgresql and postgresql-15-postgis-3 to write into one"


def _programs() -> Path | None:
    """Folder of ``initdb`` and ``pg_ctl`` of the newest version that has PostGIS."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        control = Path("/usr/share/postgresql") / folder.parent.name / "extension" / "postgis.control"
        if (folder / "initdb").is_file() and control.is_file():
            return folder
    return None


def can_run() -> bool:
    """Whether a server can be started here."""
    return _programs() is not None and (os.getuid() != 0 or shutil.which("su") is not None)


def _run(*command: object) -> None:
    words = [str(each) for each in command]
    if os.getuid() == 0:
        words = ["su", OWNER, "-s", "/bin/sh", "-c", shlex.join(words)]
    # Into a file: a pipe would be held open by the server that was started.
    with tempfile.TemporaryFile() as said:
        code = subprocess.run(words, stdout=said, stderr=said, check=False, timeout=120, cwd="/").returncode
        said.seek(0)
        assert code == 0, said.read().decode(errors="replace")


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server on a free port of this computer; the address of its superuser on a database with PostGIS."""
    programs = _programs()
    assert programs is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="postgis-tests-"))
    secret, data = folder / "secret", folder / "data"
    secret.write_text(PASSWORD, encoding="utf-8")
    if os.getuid() == 0:
        shutil.chown(folder, OWNER)
        shutil.chown(secret, OWNER)
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c log_statement=all"
    try:
        _run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            "owner",
            "-A",
            "scram-sha-256",
            "--pwfile",
            secret,
            "-E",
            "UTF8",
        )
        _run(programs / "pg_ctl", "-D", data, "-o", settings, "-l", folder / "log", "-w", "start")
        try:
            address = f"postgresql://owner:p%40ss%3Aw%2Frd@127.0.0.1:{port}"
            _make_database(f"{address}/postgres", "county")
            yield f"{address}/county"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_database(address: str, name: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(address.rsplit("/", 1)[0] + f"/{name}", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
