"""A real PostgreSQL for tests: started in a folder of its own, on a free port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

URL_VARIABLE = "SOJOURN_TEST_DATABASE_URL"
UNPRIVILEGED_USERS = ("postgres", "nobody")


def binaries() -> Path | None:
    """Where initdb and pg_ctl are: the distribution's folder, or the path. Wrappers of other programs do not count."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of an empty database. SOJOURN_TEST_DATABASE_URL names a server of your own instead."""
    if own := os.environ.get(URL_VARIABLE):
        yield own
        return
    folder = binaries()
    if folder is None:
        raise RuntimeError("no PostgreSQL found: install the package postgresql, or set " + URL_VARIABLE)
    data = Path(tempfile.mkdtemp(prefix="sojourn-pg-"))
    try:
        yield from _served(folder, data)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _served(folder: Path, data: Path) -> Iterator[str]:
    user = _unprivileged_user()
    if user is not None:
        shutil.chown(data, user.pw_name)
    port = _free_port()

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(folder / program), "-D", str(data / "db"), *arguments],
            check=True,
            capture_output=True,
            cwd=data,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
        )

    run("initdb", "-A", "trust", "-U", "sojourn", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {data} -c fsync=off -c max_connections=100"
    run("pg_ctl", "-w", "-l", str(data / "log"), "-o", options, "start")
    try:
        yield f"postgresql://sojourn@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")


def _unprivileged_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED_USERS if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
