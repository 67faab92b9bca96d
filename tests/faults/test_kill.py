"""kill -9 while requests are under way: every acknowledged span is there after the restart, once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest
from bench.agent_load import build_load
from tests.clickhouse_server import clickhouse_server
from tests.postgres_server import postgres_server
from tests.running_server import RunningServer, started

pytestmark = pytest.mark.xdist_group("faults")
HEADERS = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
SPANS_A_REQUEST = 40


def send(url: str, bodies: list[bytes], acknowledged: list[int], numbers: list[int]) -> None:
    """One after the other until the server is gone; notes what was acknowledged."""
    with httpx.Client(timeout=30) as client:
        for number in numbers:
            try:
                if client.post(f"{url}/v1/traces", content=bodies[number], headers=HEADERS).status_code == 200:
                    acknowledged.append(number)
            except httpx.TransportError:
                return


@pytest.mark.parametrize("delay_s", [0.05, 0.15, 0.3, 0.6, 1.0])
def test_what_was_acknowledged_survives_kill_9_once(tmp_path: Path, delay_s: float) -> None:
    load = build_load(60, SPANS_A_REQUEST, seed=int(delay_s * 100), end_ns=time.time_ns())
    server = RunningServer(tmp_path / "data").start()
    acknowledged: list[int] = []
    numbers = list(range(len(load.requests)))
    senders = [
        threading.Thread(target=send, args=(server.url, load.requests, acknowledged, numbers[start::3]))
        for start in range(3)
    ]
    for sender in senders:
        sender.start()
    time.sleep(delay_s)
    server.kill()
    for sender in senders:
        sender.join()

    server.start()
    stored = server.get("/api/v1/stats/overview")["events"]
    assert stored >= sum(min(SPANS_A_REQUEST, load.span_count - number * SPANS_A_REQUEST) for number in acknowledged)
    send(server.url, load.requests, [], numbers)  # a retry storm: everything again

    overview = server.get("/api/v1/stats/overview")
    server.kill()
    assert (overview["events"], overview["sessions"]) == (load.span_count, load.session_count)


def test_two_processes_share_postgresql_and_clickhouse(tmp_path: Path) -> None:
    load = build_load(20, SPANS_A_REQUEST, seed=5, end_ns=time.time_ns())
    with postgres_server() as database, clickhouse_server(tmp_path / "clickhouse") as clickhouse:
        shared = {"SOJOURN_DATABASE_URL": database, "SOJOURN_CLICKHOUSE_URL": clickhouse}
        with started(tmp_path / "one", **shared) as one, started(tmp_path / "two", **shared) as two:
            heard = threading.Event()
            threading.Thread(target=listen, args=(two.url, heard), daemon=True).start()
            time.sleep(1)
            halves = [
                threading.Thread(
                    target=send, args=(server.url, load.requests, [], list(range(start, len(load.requests), 2)))
                )
                for start, server in enumerate((one, two))
            ]
            for half in halves:
                half.start()
            for half in halves:
                half.join()
            time.sleep(1)

            overviews = [server.get("/api/v1/stats/overview") for server in (one, two)]
            assert heard.wait(10)

    assert [(seen["events"], seen["sessions"]) for seen in overviews] == [(load.span_count, load.session_count)] * 2


def listen(url: str, heard: threading.Event) -> None:
    with httpx.stream("GET", f"{url}/api/v1/live", timeout=60) as answer:
        for line in answer.iter_lines():
            if line.startswith("event: session."):
                heard.set()
                return
