"""The server as a process: starting, sharing, stopping, dying."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.otlp_requests import PROTOBUF, trace_request
from tests.running_server import RunningServer, free_port, started

from sojourn.app.data_directory import Owner, owned, owner_of
from sojourn.app.errors import Conflict, StorageUnavailable


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_second_process_on_the_same_data_directory_is_told_who_holds_it(data_dir: Path) -> None:
    with started(data_dir) as first:
        second = RunningServer(data_dir).start(wait=False)
        assert second.process is not None
        assert first.process is not None

        code = second.process.wait(60)

    told = second.log()
    assert code == 1
    assert f"process {first.process.pid}" in told
    assert f"http://127.0.0.1:{first.port}" in told
    assert "Traceback" not in told


def test_a_killed_owner_does_not_block_the_next(data_dir: Path) -> None:
    with started(data_dir) as first:
        first.kill()

        with started(data_dir) as second:
            assert second.get("/readyz")["status"] == "ready"


def test_sigterm_drains_and_exits_0(data_dir: Path) -> None:
    with started(data_dir) as server, httpx.Client() as client:
        client.get(f"{server.url}/healthz")  # an idle connection must not hold it up

        begun_s = time.monotonic()
        code = server.stop()

    assert code == 0
    assert time.monotonic() - begun_s < 10
    assert owner_of(data_dir) is None


def test_sigint_drains_and_exits_0(data_dir: Path) -> None:
    with started(data_dir) as server:
        assert server.process is not None

        server.process.send_signal(signal.SIGINT)

        assert server.process.wait(30) == 0
        assert "Traceback" not in server.log()


def test_open_live_streams_do_not_hold_up_the_end(data_dir: Path) -> None:
    with started(data_dir) as server, httpx.stream("GET", f"{server.url}/api/v1/live", timeout=30) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("id:")

        begun_s = time.monotonic()
        code = server.stop()
        rest = list(lines)

    assert code == 0
    assert time.monotonic() - begun_s < 10
    assert any("ready" in line for line in rest)


def test_what_was_acknowledged_before_sigterm_is_there_after_the_restart(data_dir: Path) -> None:
    """Requests run while the server stops: each is either acknowledged and kept, or refused."""
    acknowledged: list[int] = []
    is_stopping = threading.Event()

    def send_until_it_ends(number: int) -> None:
        for turn in range(1_000):
            body = trace_request(f"drain-{number}-{turn}").SerializeToString()
            try:
                answer = httpx.post(
                    f"{server.url}/v1/traces", content=body, headers={"content-type": PROTOBUF}, timeout=60
                )
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                acknowledged.append(1)
            if len(acknowledged) > 20:
                is_stopping.set()

    with started(data_dir) as server:
        with ThreadPoolExecutor(4) as senders:
            for number in range(4):
                senders.submit(send_until_it_ends, number)
            is_stopping.wait(60)
            assert server.stop() == 0
        with started(data_dir) as again:
            total = again.get("/api/v1/sessions", limit=1)["total"]

    assert len(acknowledged) > 20
    assert total >= len(acknowledged)


def test_what_was_acknowledged_survives_a_kill(data_dir: Path) -> None:
    with started(data_dir) as server:
        for number in range(5):
            answer = server.post(
                "/v1/traces",
                content=trace_request(f"kill-{number}").SerializeToString(),
                headers={"content-type": PROTOBUF},
            )
            assert answer.status_code == 200
        server.kill()

    with started(data_dir) as again:
        assert again.get("/api/v1/sessions")["total"] == 5


def test_a_second_port_serves_the_same_and_may_be_taken(tmp_path: Path) -> None:
    otlp_port = free_port()
    with started(tmp_path / "one", otlp_port=otlp_port) as first:
        assert httpx.get(f"http://127.0.0.1:{otlp_port}/readyz").status_code == 200

        with started(tmp_path / "two", otlp_port=otlp_port) as second:
            assert second.get("/readyz")["status"] == "ready"
            assert "server.otlp_port_taken" in second.log()
        assert first.get("/readyz")["status"] == "ready"


def test_a_taken_main_port_is_told(data_dir: Path) -> None:
    with socket.socket() as taken:
        server = RunningServer(data_dir)
        taken.bind(("127.0.0.1", server.port))
        taken.listen()

        server.start(wait=False)
        assert server.process is not None
        code = server.process.wait(60)

    assert code == 1
    assert f"port {server.port}" in server.log()
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::"])
def test_an_address_that_others_reach_is_refused(data_dir: Path, host: str) -> None:
    server = RunningServer(data_dir, "--host", host).start(wait=False)
    assert server.process is not None

    code = server.process.wait(60)

    assert code == 1
    assert "SOJOURN_AUTH" in server.log()
    assert not data_dir.exists()


def test_a_setting_that_makes_no_sense_is_told(data_dir: Path) -> None:
    server = RunningServer(data_dir, SOJOURN_MAX_BODY_BYTES="a lot").start(wait=False)
    assert server.process is not None

    assert server.process.wait(60) == 1
    assert "SOJOURN_MAX_BODY_BYTES" in server.log()


def test_a_ledger_of_a_newer_version_is_told(data_dir: Path) -> None:
    with started(data_dir) as server:
        server.stop()
    with sqlite3.connect(data_dir / "ledger.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    server = RunningServer(data_dir).start(wait=False)
    assert server.process is not None

    assert server.process.wait(60) == 1
    assert "upgrade" in server.log()
    assert "Traceback" not in server.log()


def test_logs_are_json_lines_with_request_ids(data_dir: Path) -> None:
    with started(data_dir, SOJOURN_LOG_LEVEL="debug") as server:
        httpx.get(f"{server.url}/api/v1/sessions", headers={"x-request-id": "mine-1"})
        server.stop()
        lines = [json.loads(line) for line in server.log().splitlines()]

    asked = [line for line in lines if line["event"] == "http.request" and line.get("request_id") == "mine-1"]
    assert [line["status"] for line in asked] == [200]
    assert {"server.ready", "server.draining", "server.stopped"} <= {line["event"] for line in lines}


def test_an_owner_is_known_only_while_it_lives(tmp_path: Path) -> None:
    mine = Owner(os.getpid(), "2026-11-21T00:00:00Z", "127.0.0.1", 7437, "serve")

    with owned(tmp_path, mine):
        assert owner_of(tmp_path) == mine
        with pytest.raises(Conflict, match=f"process {os.getpid()}"), owned(tmp_path, mine):
            pass

    assert owner_of(tmp_path) is None
    (tmp_path / "owner.lock").write_text("left by a crash")
    with owned(tmp_path, mine):
        assert owner_of(tmp_path) == mine


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(StorageUnavailable, match="cannot be used"),
        owned(tmp_path / "file" / "data", Owner(1, "", "", 0, "")),
    ):
        pass
