"""Bodies made to break a server: a clear answer, a process that lives, and memory that stays bounded.

Compression bombs, NUL, NaN and odd clocks of OTLP are in tests/otlp.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google.rpc.status_pb2 import Status
from tests.otlp_requests import JSON, PROTOBUF, trace_json
from tests.running_server import RunningServer, started

pytestmark = pytest.mark.xdist_group("faults")
MIB = 1 << 20
MAX_MEMORY_BYTES = 1 << 30
BODY_BYTES = 62 * MIB
TOO_LARGE = 8  # google.rpc.Code for 413


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("hostile") / "data") as running:
        yield running
        assert most_memory_bytes(running) < MAX_MEMORY_BYTES


def most_memory_bytes(server: RunningServer) -> int:
    """The most that was ever resident."""
    assert server.process is not None
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the system tells no VmHWM")


def post(server: RunningServer, path: str, body: bytes, form: str) -> httpx.Response:
    headers = {"content-type": form, "content-encoding": "gzip"}
    answer = server.post(path, content=gzip.compress(body, 1), headers=headers)
    assert server.get("/healthz") == {"status": "ok"}
    return answer


def field(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds a message or text."""
    size, digits = len(content), bytearray()
    while size > 0x7F:
        digits.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *digits, size]) + content


def in_spans(spans: bytes) -> bytes:
    return field(1, field(2, spans))


def span_with(attributes: bytes) -> bytes:
    started = b"\x39" + time.time_ns().to_bytes(8, "little")
    return field(2, field(1, bytes(range(1, 17))) + field(2, bytes(range(1, 9))) + started + attributes)


MANY = {
    "empty spans": ("/v1/traces", in_spans(b"\x12\x00" * (BODY_BYTES // 2))),
    "empty attributes": ("/v1/traces", in_spans(span_with(b"\x4a\x00" * (BODY_BYTES // 2)))),
    "empty log records": ("/v1/logs", in_spans(b"\x12\x00" * (BODY_BYTES // 2))),
    "fields that nobody knows": ("/v1/traces", b"\x7a\x00" * (BODY_BYTES // 2)),
    "endless numbers": ("/v1/metrics", b"\x80" * BODY_BYTES),
}


@pytest.mark.parametrize("name", MANY)
def test_many_tiny_pieces_are_refused_before_memory_grows(server: RunningServer, name: str) -> None:
    path, body = MANY[name]

    answer = post(server, path, body, PROTOBUF)

    assert answer.status_code in (400, 413)
    assert Status.FromString(answer.content).message
    assert most_memory_bytes(server) < MAX_MEMORY_BYTES


@pytest.mark.parametrize("opening", [b'{"resourceSpans":[', b'{"resourceLogs":[{"scopeLogs":[{"logRecords":['])
def test_many_tiny_objects_are_refused_before_memory_grows(server: RunningServer, opening: bytes) -> None:
    answer = post(server, "/v1/traces", opening + b"{}," * (BODY_BYTES // 3), JSON)

    assert answer.status_code == 413
    assert answer.json()["code"] == TOO_LARGE
    assert most_memory_bytes(server) < MAX_MEMORY_BYTES


def test_more_records_than_one_request_may_hold_are_refused_with_the_limit(server: RunningServer) -> None:
    answer = post(server, "/v1/traces", in_spans(span_with(b"") * 50_001), PROTOBUF)

    assert answer.status_code == 413
    assert "50000" in Status.FromString(answer.content).message


def test_a_text_as_large_as_a_body_may_be_is_stored_and_shown_cut(server: RunningServer) -> None:
    text = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "x" * BODY_BYTES}]}])
    attributes = [
        {"key": "session.id", "value": {"stringValue": "long"}},
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.input.messages", "value": {"stringValue": text}},
    ]

    answer = post(server, "/v1/traces", trace_json("long", attributes=attributes), JSON)
    shown = httpx.get(f"{server.url}/api/v1/sessions/long/conversation", timeout=60)

    assert answer.status_code == 200
    assert shown.json()["items"][0]["text_chars"] == BODY_BYTES
    assert len(shown.content) < MIB


def test_a_name_of_many_megabytes_is_cut_in_a_window(server: RunningServer) -> None:
    answer = post(server, "/v1/traces", trace_json("named", name="n" * (8 * MIB)), JSON)

    window = httpx.get(f"{server.url}/api/v1/sessions/named/events", timeout=60)
    assert answer.status_code == 200
    assert window.json()["total"] == 1
    assert len(window.content) < MIB


def test_values_nested_deeply_are_told_or_kept(server: RunningServer) -> None:
    deep_json = trace_json("deep").replace(b'"attributes": [', b'"attributes": [{"key":"k","value":' + b"[" * 5_000)
    deep = b""
    for _ in range(2_000):
        deep = field(5, field(1, deep))

    answers = [
        post(server, "/v1/traces", deep_json, JSON),
        post(server, "/v1/traces", in_spans(span_with(field(9, field(1, b"k") + field(2, deep)))), PROTOBUF),
        post(
            server,
            "/api/v1/events",
            b'{"session":"deep","type":"message","input":' + b"[" * 900 + b"]" * 900 + b"}",
            JSON,
        ),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert server.get("/api/v1/sessions/deep/conversation")["total"] >= 0


@pytest.mark.parametrize(
    "value", [b'"\\udfffx"', b'"\xed\xa0\x80"', b"NaN", b"1e999", b"Infinity"],
    ids=["lone surrogate", "surrogate in bytes", "NaN", "beyond a double", "Infinity"],
)  # fmt: skip
def test_what_json_cannot_hold_is_told(server: RunningServer, value: bytes) -> None:
    native = post(server, "/api/v1/events", b'{"session":"odd","type":"message","input":' + value + b"}", JSON)
    otlp = post(server, "/v1/traces", trace_json("odd").replace(b'"step"', value), JSON)

    assert (native.status_code, native.json()["code"]) == (422, "invalid")
    assert (otlp.status_code, otlp.json()["code"]) == (400, 3)


@pytest.mark.parametrize("at", ["2200-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "1960-01-01T00:00:00Z"])
def test_a_clock_far_off_is_kept_and_every_view_answers(server: RunningServer, at: str) -> None:
    record = {"session": at[:4], "type": "message", "role": "user", "input": "what year is it", "started_at": at}

    answer = post(server, "/api/v1/events", json.dumps(record).encode(), JSON)

    assert answer.status_code == 200
    assert server.get(f"/api/v1/sessions/{at[:4]}/conversation")["total"] == 1
    assert server.get(f"/api/v1/sessions/{at[:4]}/metrics")
    assert server.get("/api/v1/sessions", sort="started_at")["total"] >= 1
    assert server.get("/api/v1/stats/trends", bucket="hour")["buckets"]
