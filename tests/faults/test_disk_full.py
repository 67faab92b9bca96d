"""A full disk: senders are told to come again, nothing acknowledged is lost, and room is all it takes to go on.

The server's log lies on the same full disk.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bench.agent_load import Load, build_load
from google.rpc.status_pb2 import Status
from tests.running_server import RunningServer, started

pytestmark = pytest.mark.xdist_group("faults")
PROTOBUF = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
DISK_MIB, BALLAST_MIB = 40, 24
SPANS_A_REQUEST = 100
MIB = 1 << 20
RPC_UNAVAILABLE = 14
FILLING_TIMEOUT_S = 120


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "sojourn-test", str(disk)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    try:
        (disk / "ballast").write_bytes(bytes(BALLAST_MIB * MIB))
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill_by_ingest(server: RunningServer, load: Load) -> tuple[int, httpx.Response]:
    """How many requests were acknowledged until one was refused, and that refusal."""
    until_s = time.monotonic() + FILLING_TIMEOUT_S
    for number, body in enumerate(load.requests):
        answer = server.post("/v1/traces", content=body, headers=PROTOBUF)
        if answer.status_code != 200:
            return number, answer
        if time.monotonic() > until_s:
            break
    raise AssertionError("the disk did not fill up")


def fill_the_rest(disk: Path) -> None:
    with (disk / "filler").open("ab", buffering=0) as filler:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                continue


def test_a_full_disk_refuses_loses_nothing_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    load = build_load(400, SPANS_A_REQUEST, seed=11, end_ns=time.time_ns())
    with started(small_disk / "data") as server:
        acknowledged, refused = fill_by_ingest(server, load)
        fill_the_rest(small_disk)
        refused_again = server.post("/v1/traces", content=load.requests[acknowledged], headers=PROTOBUF)
        declared = server.post("/api/v1/events", json={"type": "session", "session": "declared", "goal": "g" * 4000})
        event = server.post("/api/v1/events", json={"type": "message", "session": "declared", "input": "hello"})

        for answer in (refused, refused_again):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert Status.FromString(answer.content).code == RPC_UNAVAILABLE
        for answer in (declared, event):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.json()["code"] == "storage_unavailable"
            assert answer.json()["message"]
        assert server.process is not None
        assert server.process.poll() is None
        assert server.get("/api/v1/stats/overview")["events"] >= acknowledged * SPANS_A_REQUEST
        assert len(server.get("/api/v1/sessions/chat%3A3/events")["items"]) > 0

        ready = server.request("GET", "/readyz")
        assert ready.status_code == 503
        assert "not storing" in ready.json()["checks"]["ingest"]

        (small_disk / "filler").unlink()
        (small_disk / "ballast").unlink()
        assert server.post("/v1/traces", content=load.requests[acknowledged], headers=PROTOBUF).status_code == 200
        assert server.get("/readyz")["status"] == "ready"
        assert server.post("/api/v1/events", json=[{"type": "session", "session": "declared"}]).status_code == 200
        assert stored_spans(server) == (acknowledged + 1) * SPANS_A_REQUEST


def test_a_server_killed_on_a_full_disk_starts_again_with_all_it_acknowledged(small_disk: Path) -> None:
    load = build_load(400, SPANS_A_REQUEST, seed=12, end_ns=time.time_ns())
    server = RunningServer(small_disk / "data").start()
    acknowledged, _ = fill_by_ingest(server, load)
    fill_the_rest(small_disk)
    server.post("/v1/traces", content=load.requests[acknowledged], headers=PROTOBUF)
    server.kill()
    (small_disk / "filler").unlink()
    (small_disk / "ballast").unlink()

    server.start()
    try:
        assert stored_spans(server) >= acknowledged * SPANS_A_REQUEST
        for body in load.requests[acknowledged - 3 : acknowledged + 1]:  # senders try again
            assert server.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
        assert stored_spans(server) == (acknowledged + 1) * SPANS_A_REQUEST
    finally:
        server.kill()


def stored_spans(server: RunningServer) -> int:
    return int(server.get("/api/v1/stats/overview", service="bench-agents")["events"])
