"""`sojourn doctor`, `version`, and what the light install says."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import sojourn
from tests.running_server import RunningServer, clean_environment, free_port

from sojourn import __version__

Findings = dict[str, dict[str, Any]]


def diagnose(data_dir: Path, *, code: int = 0, **environment: str) -> Findings:
    ports = {"SOJOURN_PORT": str(free_port()), "SOJOURN_OTLP_PORT": "0", **environment}
    done = sojourn("doctor", "--json", "--data-dir", str(data_dir), **ports)
    assert done.returncode == code, done.stdout + done.stderr
    return {finding["what"]: finding for finding in json.loads(done.stdout)}


def test_a_fresh_installation_is_well(tmp_path: Path) -> None:
    found = diagnose(tmp_path / "data")

    assert {finding["level"] for what, finding in found.items() if what != "web app"} == {"ok"}
    assert {
        "versions",
        "data directory",
        "disk space",
        "owner",
        "event store",
        "ledger",
        "web app",
        "server",
    } <= found.keys()
    assert __version__ in found["versions"]["message"]
    assert "chDB loads" in found["event store"]["message"]


def test_a_running_server_is_found_with_its_owner(server: RunningServer) -> None:
    assert server.process is not None

    found = diagnose(server.data_dir, SOJOURN_URL=server.url, SOJOURN_PORT=str(server.port))

    assert f"process {server.process.pid}" in found["owner"]["message"]
    assert "is ready" in found["server"]["message"]
    assert "the latest" in found["ledger"]["message"]
    assert found[f"port {server.port}"]["message"] == "in use, and a Sojourn runs"
    assert "clocks" in found


def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    found = diagnose(tmp_path / "file" / "data", code=1)

    assert found["data directory"]["level"] == "failure"
    assert "--data-dir" in found["data directory"]["mend"]


def test_a_port_that_somebody_has_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        found = diagnose(tmp_path / "data", SOJOURN_OTLP_PORT=str(port))

    assert found[f"port {port}"]["level"] == "warning"
    assert "--otlp-port" in found[f"port {port}"]["mend"]


def test_a_broken_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database, it is a text that lies in its place" * 20)

    assert diagnose(tmp_path, code=1)["ledger"]["level"] == "failure"


def test_a_newer_ledger_is_told(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.commit()
    connection.close()

    assert "upgrade" in diagnose(tmp_path, code=1)["ledger"]["mend"]


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("SOJOURN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "ledger"),
        ("SOJOURN_CLICKHOUSE_URL", "http://127.0.0.1:1", "event store"),
    ],
)
def test_a_store_that_does_not_answer_is_told(tmp_path: Path, variable: str, value: str, what: str) -> None:
    found = diagnose(tmp_path, code=1, **{variable: value})

    assert found[what]["level"] == "failure"
    assert variable in found[what]["mend"]


def test_a_clock_that_is_ahead_is_told(server: RunningServer) -> None:
    ahead = {"session": "from-the-future", "type": "message", "input": "x", "started_at": time.time() + 86_400}
    server.post("/api/v1/events", json=[ahead])

    found = diagnose(server.data_dir, SOJOURN_URL=server.url)

    assert found["clocks"]["level"] == "warning"
    assert "from-the-future" in found["clocks"]["message"]


def test_it_reads_well(tmp_path: Path) -> None:
    told = sojourn("doctor", "--data-dir", str(tmp_path)).stdout

    assert "✓ versions" in told
    assert "Traceback" not in told


def test_the_version() -> None:
    assert sojourn("version").stdout.strip() == __version__


def test_help_names_every_command() -> None:
    told = sojourn("--help").stdout

    for command in ("serve", "ingest", "sessions", "doctor", "version"):
        assert command in told


def test_every_command_and_option_is_documented() -> None:
    document = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()

    for command in (
        ["serve"],
        ["ingest"],
        ["doctor"],
        ["sessions", "list"],
        ["sessions", "show"],
        ["sessions", "export"],
        ["sessions", "search"],
    ):
        told = sojourn(*command, "--help").stdout
        options = {word.strip("│,") for line in told.splitlines() for word in line.split() if word.startswith("--")}
        for option in options - {"--help"}:
            assert option in document, f"{command} {option}"


def test_without_the_server_extra_it_says_what_to_install() -> None:
    script = "import sys; sys.modules['typer'] = None; import sojourn.__main__ as entry; entry.main()"

    done = subprocess.run(
        [sys.executable, "-c", script], env=clean_environment(), capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert "pip install 'sojourn[server]'" in done.stderr
