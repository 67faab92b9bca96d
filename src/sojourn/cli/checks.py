"""What `sojourn doctor` looks at. Each check says what it found and, if that is not well, how to mend it."""

from __future__ import annotations

import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata, resources
from pathlib import Path

import httpx
from alembic.config import Config
from alembic.script import ScriptDirectory
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlalchemy.exc import SQLAlchemyError

from sojourn import __version__
from sojourn.api.web import STATIC
from sojourn.app.data_directory import owner_of
from sojourn.cli.client import Client
from sojourn.cli.errors import Unreachable
from sojourn.events.clickhouse_transport import ClickhouseTransport
from sojourn.ledger.ledger import Ledger
from sojourn.settings import Settings

OK, WARNING, FAILURE = "ok", "warning", "failure"
LIBRARIES = (
    "chdb-core-lite",
    "clickhouse-connect",
    "fastapi",
    "genai-prices",
    "opentelemetry-proto",
    "orjson",
    "pyarrow",
    "pydantic",
    "sqlalchemy",
    "uvicorn",
)
LOW_DISK_BYTES = 2 << 30
FULL_DISK_BYTES = 200 << 20
CLOCK_AHEAD = timedelta(minutes=5)
ENGINE_TIMEOUT_S = 60
TRY_ENGINE = "import chdb; print(chdb.query('SELECT version()', 'TabSeparated').bytes().decode().strip())"


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    level: str  # OK, WARNING or FAILURE
    message: str
    mend: str = ""


def findings(settings: Settings, client: Client) -> Iterator[Finding]:
    for check in (_versions, _data_dir, _disk, _lock, _engine, _ledger, _web_app):
        yield check(settings)
    is_there = client.is_there()
    yield from (_port(settings, name, is_there) for name in ("port", "otlp_port"))
    yield _server(client, is_there)
    if is_there:
        yield _clocks(client)


def _versions(_: Settings) -> Finding:
    found = [f"sojourn {__version__}", f"Python {platform.python_version()}"]
    missing = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding("versions", FAILURE, f"missing: {', '.join(missing)}", "pip install 'sojourn[server]'")
    return Finding("versions", OK, ", ".join(found))


def _data_dir(settings: Settings) -> Finding:
    if not settings.is_embedded:
        return Finding("data directory", OK, "not used: both stores are servers")
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=settings.data_dir, prefix="doctor-"):
            return Finding("data directory", OK, f"{settings.data_dir} can be written")
    except OSError as error:
        mend = "give this user the right to write there, or choose another with --data-dir or SOJOURN_DATA_DIR"
        return Finding("data directory", FAILURE, f"{settings.data_dir}: {error.strerror}", mend)


def _disk(settings: Settings) -> Finding:
    folder = next(folder for folder in (settings.data_dir, *settings.data_dir.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    message = f"{free / (1 << 30):.1f} GiB free where {folder} is"
    if free < FULL_DISK_BYTES:
        return Finding("disk space", FAILURE, message, "free some, or move the data directory; senders are told 503")
    if free < LOW_DISK_BYTES:
        return Finding("disk space", WARNING, message, "free some soon")
    return Finding("disk space", OK, message)


def _lock(settings: Settings) -> Finding:
    try:
        owner = owner_of(settings.data_dir)
    except OSError as error:
        return Finding("owner", FAILURE, f"the lock file cannot be opened: {error.strerror}", "own the data directory")
    if owner is None:
        return Finding("owner", OK, "nobody holds the data directory")
    return Finding("owner", OK, f"held by {owner.sentence()}")


def _engine(settings: Settings) -> Finding:
    """In a process of its own: a broken engine takes its process down."""
    if settings.clickhouse_url:
        return _answers("event store", lambda: _ask_clickhouse(settings), "SOJOURN_CLICKHOUSE_URL")
    try:
        tried = subprocess.run(
            [sys.executable, "-c", TRY_ENGINE], capture_output=True, text=True, timeout=ENGINE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        message = f"chDB did not load within {ENGINE_TIMEOUT_S} s"
        return Finding("event store", FAILURE, message, "see what keeps this machine busy")
    if tried.returncode:
        reason = (tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"])[-1]
        mend = "pip install --force-reinstall chdb-core-lite"
        return Finding("event store", FAILURE, f"chDB does not load: {reason}", mend)
    return Finding("event store", OK, f"chDB loads (ClickHouse {tried.stdout.strip()})")


def _ledger(settings: Settings) -> Finding:
    if settings.database_url:
        return _answers("ledger", lambda: _ask_ledger(settings), "SOJOURN_DATABASE_URL")
    path = settings.data_dir / "ledger.db"
    if not path.exists():
        return Finding("ledger", OK, "not made yet; the first start makes it")
    try:
        revision = _revision_of(path)
    except sqlite3.Error as error:
        mend = "restore it, or move it away: the list is made anew from the events"
        return Finding("ledger", FAILURE, f"{path} cannot be read: {error}", mend)
    script = Config()
    script.set_main_option("script_location", str(resources.files("sojourn.ledger").joinpath("migrations")))
    script.set_main_option("path_separator", "os")
    revisions = ScriptDirectory.from_config(script)
    if revision == revisions.get_current_head():
        return Finding("ledger", OK, f"SQLite at revision {revision}, the latest")
    if revision in {known.revision for known in revisions.walk_revisions()}:
        return Finding("ledger", OK, f"SQLite at revision {revision}; the next start brings it up to date")
    return Finding("ledger", FAILURE, f"revision {revision} is newer than this version knows", "upgrade Sojourn")


def _revision_of(path: Path) -> str | None:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    finally:
        connection.close()


def _ask_ledger(settings: Settings) -> None:
    ledger = Ledger.open(settings.database_url)
    try:
        ledger.health()
    finally:
        ledger.close()


def _ask_clickhouse(settings: Settings) -> None:
    transport = ClickhouseTransport(settings.clickhouse_url)
    try:
        transport.query("SELECT 1")
    finally:
        transport.close()


def _answers(what: str, ask: Callable[[], None], variable: str) -> Finding:
    try:
        ask()
    except (SQLAlchemyError, ClickHouseError, OSError) as error:
        return Finding(what, FAILURE, f"no answer: {str(error).splitlines()[0]}", f"start it, or correct {variable}")
    return Finding(what, OK, f"{variable} answers")


def _web_app(_: Settings) -> Finding:
    if (STATIC / "index.html").is_file():
        return Finding("web app", OK, "built")
    return Finding("web app", WARNING, f"no index.html in {STATIC}", "make ui, or install a released wheel")


def _port(settings: Settings, name: str, is_there: bool) -> Finding:
    port = getattr(settings, name)
    if not port:
        return Finding(f"port {name}", OK, "switched off")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            if is_there:
                return Finding(f"port {port}", OK, "in use, and a Sojourn runs")
            mend = f"stop who has it, or choose another with --{name.replace('_', '-')}"
            return Finding(f"port {port}", WARNING, f"cannot be used: {error.strerror}", mend)
    return Finding(f"port {port}", OK, "free")


def _server(client: Client, is_there: bool) -> Finding:
    if not is_there:
        return Finding("server", OK, f"none answers at {client.url}")
    try:
        answer = httpx.get(f"{client.url}/readyz", timeout=10)
        wrong = {name: found for name, found in answer.json()["checks"].items() if found != "ok"}
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return Finding("server", FAILURE, f"{client.url}/readyz: {error}", "look into its log")
    if wrong:
        told = "; ".join(f"{name}: {found}" for name, found in wrong.items())
        return Finding("server", FAILURE, f"{client.url} is not ready: {told}", "look into its log")
    return Finding("server", OK, f"{client.url} is ready")


def _clocks(client: Client) -> Finding:
    """A sender whose clock is ahead keeps its sessions at the top of the list and running."""
    try:
        newest = client.get("/api/v1/sessions", {"sort": "-last_activity_at", "limit": 1})["items"]
    except Unreachable as error:
        return Finding("clocks", FAILURE, str(error), "look into the server's log")
    if not newest:
        return Finding("clocks", OK, "no events yet")
    at = datetime.fromisoformat(newest[0]["last_activity_at"][:19]).replace(tzinfo=UTC)
    ahead = at - datetime.now(UTC)
    if ahead > CLOCK_AHEAD:
        message = f"session {newest[0]['key']!r} has events {ahead} in the future"
        return Finding("clocks", WARNING, message, "set the clock of the machine that sends it, or of this one")
    return Finding("clocks", OK, "no event lies in the future")
