"""The live stream: what changes reaches open readers, and they cost nothing."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.live_reader import reading
from tests.otlp_requests import PROTOBUF, trace_request
from tests.running_server import RunningServer, started


def new_key() -> str:
    return f"live:{uuid4().hex}"


def say(server: RunningServer, key: str, text: str = "hello") -> None:
    assert server.post("/api/v1/events", json=[{"session": key, "type": "message", "input": text}]).status_code == 200


def test_a_new_session_arrives_as_it_is_in_the_list(server: RunningServer) -> None:
    key = new_key()
    with reading(server.url) as live:
        assert live.next().event == "ready"

        say(server, key)
        message = live.next("session.created")

    in_list = server.get(f"/api/v1/sessions/{key}")
    assert message.data == in_list


def test_a_change_arrives_within_a_second(server: RunningServer) -> None:
    key = new_key()
    say(server, key)
    with reading(server.url, session=key) as live:
        live.next("ready")
        for turn in range(3):
            sent_s = time.monotonic()

            say(server, key, f"turn {turn}")

            assert live.next("session.updated").at_s - sent_s < 1


def test_a_reader_resumes_after_the_last_id_it_saw(server: RunningServer) -> None:
    before, missed = new_key(), new_key()
    with reading(server.url) as live:
        live.next("ready")
        say(server, before)
        seen = live.next("session.created")

    say(server, missed)
    with reading(server.url, last_id=seen.id) as live:
        assert live.next().event == "ready"
        assert live.next("session.created").data["key"] == missed


@pytest.mark.parametrize("last_id", [10**15, 10**18 - 1])
def test_a_reader_from_another_history_is_told_to_start_over(server: RunningServer, last_id: int) -> None:
    with reading(server.url, last_id=last_id) as live:
        assert live.next().event == "reset"
        assert live.next().event == "ready"


def test_an_id_that_is_no_number_starts_from_now(server: RunningServer) -> None:
    with httpx.stream("GET", f"{server.url}/api/v1/live", headers={"last-event-id": "what"}) as answer:
        lines = answer.iter_lines()

        assert [next(lines), next(lines)][1] == "event: ready"


@pytest.mark.parametrize("by", ["key", "id"])
def test_a_reader_of_one_session_hears_of_no_other(server: RunningServer, by: str) -> None:
    mine, other = new_key(), new_key()
    say(server, mine)
    name = server.get(f"/api/v1/sessions/{mine}")[by]
    with reading(server.url, session=name) as live:
        live.next("ready")

        say(server, other)
        assert live.quiet(for_s=0.5)
        say(server, mine, "again")

        assert live.next().data["key"] == mine


def test_many_changes_of_one_session_are_few_messages(server: RunningServer) -> None:
    key = new_key()
    with reading(server.url, session=key) as live:
        live.next("ready")
        begun_s = time.monotonic()
        for turn in range(30):
            say(server, key, f"turn {turn}")
        took_s = time.monotonic() - begun_s
        received = []
        while not received or received[-1].data["event_count"] < 30:
            received.append(live.next())

    assert received[0].event == "session.created"
    assert len(received) <= took_s / 0.1 + 3


def test_a_derived_session_that_merges_is_removed_and_told_what_it_became(server: RunningServer) -> None:
    """A child arrives without its root; the root names the session, and the derived one is gone."""
    key = new_key()
    request = trace_request("", 2)
    scoped = request.resource_spans[0].scope_spans[0]
    root, child = scoped.spans
    for span in (root, child):
        del span.attributes[:]
    root.attributes.add(key="session.id").value.string_value = key
    early, late = trace_request("", 0), trace_request("", 0)
    early.resource_spans[0].scope_spans[0].spans.append(child)
    late.resource_spans[0].scope_spans[0].spans.append(root)
    with reading(server.url) as live:
        live.next("ready")

        server.post("/v1/traces", content=early.SerializeToString(), headers={"content-type": PROTOBUF})
        derived = live.next("session.created").data
        server.post("/v1/traces", content=late.SerializeToString(), headers={"content-type": PROTOBUF})
        events = [live.next(), live.next()]

    assert derived["is_derived"] is True
    assert {event.event for event in events} == {"session.created", "session.removed"}
    removed = next(event for event in events if event.event == "session.removed")
    became = server.get(f"/api/v1/sessions/{key}")
    assert removed.data == {"id": derived["id"], "merged_into": became["id"]}
    assert became["event_count"] == 2


def test_streams_that_are_closed_are_forgotten(server: RunningServer) -> None:
    for _ in range(5):
        with reading(server.url) as live:
            live.next("ready")
    say(server, new_key())

    until_s = time.monotonic() + 10
    while open_streams(server) and time.monotonic() < until_s:
        time.sleep(0.1)

    assert open_streams(server) == 0


def test_too_many_streams_are_refused(tmp_path: Path) -> None:
    with (
        started(tmp_path / "data", SOJOURN_MAX_LIVE_STREAMS="2") as server,
        reading(server.url) as one,
        reading(server.url) as two,
    ):
        one.next("ready")
        two.next("ready")

        third = httpx.get(f"{server.url}/api/v1/live")

    assert third.status_code == 503
    assert third.headers["retry-after"]


def test_readers_that_never_read_cost_nothing(tmp_path: Path) -> None:
    """Fifty dead connections; changes go on, a living reader hears of them, memory stays."""
    with started(tmp_path / "data") as server:
        say(server, "warm")
        dead = [stuck_reader(server.port) for _ in range(50)]
        before = server.memory_bytes()
        with reading(server.url) as live:
            live.next("ready")
            for turn in range(60):
                say(server, f"busy-{turn % 7}", "x" * 10_000)
            say(server, "the-last-one")
            while live.next().data.get("key") != "the-last-one":
                continue
        grown = server.memory_bytes() - before
        for connection in dead:
            connection.close()

    assert grown < 150 << 20


def stuck_reader(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(b"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return connection


def open_streams(server: RunningServer) -> int:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return int(float(next(line for line in lines if line.startswith("sojourn_live_streams ")).split()[1]))
