"""Too much at once: a clear answer that exporters understand, and nothing lost that was acknowledged."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from google.rpc.status_pb2 import Status
from tests.otlp_requests import PROTOBUF, trace_request
from tests.running_server import RunningServer, started

from sojourn.api.bodies import Room, Share, unpack
from sojourn.api.otlp_answers import refused
from sojourn.app.errors import Malformed, Overloaded, StorageUnavailable, TooLarge

MIB = 1 << 20


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data_dir = tmp_path_factory.mktemp("pressure") / "data"
    with started(data_dir, SOJOURN_MAX_BODY_BYTES=str(MIB), SOJOURN_MAX_BYTES_IN_FLIGHT=str(2 * MIB)) as running:
        yield running


@contextmanager
def slow_upload(server: RunningServer, size: int) -> Iterator[socket.socket]:
    """Announces a body, sends most of it, and waits."""
    head = head_of(size)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head + bytes(size - 1))
        yield connection


def head_of(size: int) -> bytes:
    lines = ("POST /v1/traces HTTP/1.1", "Host: localhost", f"Content-Type: {PROTOBUF}", f"Content-Length: {size}")
    return "\r\n".join((*lines, "", "")).encode()


def test_bodies_beyond_the_room_are_told_to_come_again(small_server: RunningServer) -> None:
    body = trace_request("crowded", 50, filler="x" * 10_000).SerializeToString()
    with ExitStack() as uploads:
        for _ in range(2):
            uploads.enter_context(slow_upload(small_server, MIB))
        time.sleep(0.5)

        answer = small_server.post("/v1/traces", content=body, headers={"content-type": PROTOBUF})

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert Status.FromString(answer.content).code == 14


def test_room_is_given_back_by_senders_that_hang_up(small_server: RunningServer) -> None:
    for _ in range(6):
        with slow_upload(small_server, MIB):
            time.sleep(0.1)
    time.sleep(0.5)

    answer = small_server.post(
        "/v1/traces", content=trace_request("after").SerializeToString(), headers={"content-type": PROTOBUF}
    )

    assert answer.status_code == 200
    text = httpx.get(f"{small_server.url}/metrics").text
    assert "\nsojourn_bytes_in_flight 0.0" in text


def test_a_half_sent_body_stores_nothing(small_server: RunningServer) -> None:
    body = trace_request("half", 3).SerializeToString()
    head = head_of(len(body))

    with socket.create_connection(("127.0.0.1", small_server.port)) as connection:
        connection.sendall(head + body[:-1])
    time.sleep(0.3)

    assert httpx.get(f"{small_server.url}/api/v1/sessions/half").status_code == 404
    assert "http.failed" not in small_server.log()


def test_a_full_queue_refuses_and_loses_nothing(tmp_path: Path) -> None:
    """Everything that was acknowledged is stored; everything refused says when to come again."""
    with started(tmp_path / "data", SOJOURN_MAX_QUEUED_ROWS="20") as server, httpx.Client() as client:
        bodies = [trace_request(f"queue-{number}", 15).SerializeToString() for number in range(40)]
        answers = _send_at_once(client, server, bodies)
        accepted = [answer for answer in answers if answer.status_code == 200]
        refused_ones = [answer for answer in answers if answer.status_code != 200]
        stored = server.get("/api/v1/stats/overview")

    assert accepted
    assert refused_ones
    assert {answer.status_code for answer in refused_ones} == {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused_ones)
    assert stored["events"] == 15 * len(accepted)


def _send_at_once(client: httpx.Client, server: RunningServer, bodies: list[bytes]) -> list[httpx.Response]:
    with ThreadPoolExecutor(16) as senders:
        return list(
            senders.map(
                lambda body: client.post(
                    f"{server.url}/v1/traces", content=body, headers={"content-type": PROTOBUF}, timeout=60
                ),
                bodies,
            )
        )


def test_a_storage_failure_is_503_in_both_forms() -> None:
    for form in (PROTOBUF, "application/json"):
        answer = refused(StorageUnavailable("No space left on device"), form)

        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.media_type == form
        assert b"No space left on device" in bytes(answer.body)


def test_only_what_may_be_sent_again_says_when() -> None:
    assert "retry-after" in refused(Overloaded(3), PROTOBUF).headers
    assert "retry-after" not in refused(Malformed("no"), PROTOBUF).headers
    assert "retry-after" not in refused(TooLarge("no"), PROTOBUF).headers


def test_a_long_message_is_a_valid_status() -> None:
    answer = refused(Malformed("ü" * 5_000), PROTOBUF)

    assert Status.FromString(bytes(answer.body)).message == "ü" * 5_000


def test_the_room_counts_every_share() -> None:
    room = Room(100)
    one, two = Share(room), Share(room)
    one.grow(60)

    with pytest.raises(Overloaded):
        two.grow(41)

    two.grow(40)
    room.give_back(one.taken_bytes)
    assert room.taken_bytes == 40


def test_unpacking_stops_at_the_room_that_is_left() -> None:
    with pytest.raises(Overloaded):
        unpack("gzip", gzip.compress(bytes(10 * MIB)), 64 * MIB, Share(Room(2 * MIB)))
