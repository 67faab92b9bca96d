"""The rules of OTLP/HTTP against a real server."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest
from backports import zstd
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.otlp_requests import JSON, PROTOBUF, log_request, metrics_request, trace_json, trace_request
from tests.running_server import RunningServer

UNLIMITED = 10**9


def new_session() -> str:
    return f"session-{uuid4().hex}"


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def send(
    server: RunningServer, body: bytes, path: str = "/v1/traces", form: str = PROTOBUF, **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.post(path, content=body, headers={"content-type": form, **named})


def event_count(server: RunningServer, session: str) -> int:
    answer = httpx.get(f"{server.url}/api/v1/sessions/{session}")
    return 0 if answer.status_code == 404 else int(answer.json()["event_count"])


def test_protobuf_spans_are_readable_when_they_are_acknowledged(server: RunningServer) -> None:
    session = new_session()

    answer = send(server, trace_request(session, 3).SerializeToString())

    assert answer.status_code == 200
    assert answer.headers["content-type"] == PROTOBUF
    assert not ExportTraceServiceResponse.FromString(answer.content).HasField("partial_success")
    assert event_count(server, session) == 3


def test_json_is_answered_in_json(server: RunningServer) -> None:
    session = new_session()

    answer = send(server, trace_json(session), form="application/json; charset=utf-8")

    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (200, JSON, {})
    assert event_count(server, session) == 1


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:20]) + gzip.compress(body[20:])),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("zstd", zstd.compress),
        ("identity", bytes),
        ("identity, gzip", gzip.compress),
    ],
)
def test_each_encoding_is_read(server: RunningServer, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    session = new_session()

    answer = send(server, pack(trace_request(session).SerializeToString()), content_encoding=encoding)

    assert answer.status_code == 200
    assert event_count(server, session) == 1


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd, gzip", "compress"])
def test_other_and_stacked_encodings_are_refused(server: RunningServer, encoding: str) -> None:
    answer = send(server, b"x", content_encoding=encoding)

    assert answer.status_code == 415
    assert Status.FromString(answer.content).code == 12


@pytest.mark.parametrize("form", ["text/plain", "application/xml", ""])
def test_other_content_types_are_refused(server: RunningServer, form: str) -> None:
    answer = send(server, b"{}", form=form)

    assert answer.status_code == 415
    assert "application/x-protobuf" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs", "/v1/metrics"])
@pytest.mark.parametrize("form", [PROTOBUF, JSON])
def test_an_empty_request_succeeds(server: RunningServer, path: str, form: str) -> None:
    answer = send(server, b"", path, form)

    assert (answer.status_code, answer.content) == (200, b"" if form == PROTOBUF else b"{}")


def test_a_truncated_body_stores_nothing(server: RunningServer) -> None:
    session = new_session()
    body = trace_request(session, 50).SerializeToString()

    answer = send(server, body[:-7])

    assert answer.status_code == 400
    assert Status.FromString(answer.content).code == 3
    assert event_count(server, session) == 0


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"x" * 1_000, mtime=0)[:-9]),
        ("deflate", zlib.compress(b"x" * 1_000)[:-5]),
        ("zstd", zstd.compress(b"x" * 1_000)[:-3]),
        ("gzip", b"this is no gzip"),
        ("zstd", b"this is no zstd"),
        ("deflate", b"\xff\xff\xff"),
    ],
)
def test_broken_compression_is_told(server: RunningServer, encoding: str, body: bytes) -> None:
    answer = send(server, body, content_encoding=encoding)

    assert answer.status_code == 400
    assert encoding in Status.FromString(answer.content).message


@pytest.mark.parametrize("body", [b"{", b"[1]", b"null", b'"text"', b"\x80", b"[" * 100_000])
def test_json_that_cannot_be_read_is_told(server: RunningServer, body: bytes) -> None:
    answer = send(server, body, form=JSON)

    assert answer.status_code == 400
    assert answer.json()["code"] == 3
    assert answer.json()["message"]


def test_spans_without_a_valid_id_are_named_and_the_rest_is_stored(server: RunningServer) -> None:
    session = new_session()
    request = trace_request(session, 2)
    request.resource_spans[0].scope_spans[0].spans.add(name="no ids", start_time_unix_nano=1)

    answer = send(server, request.SerializeToString())

    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 1)
    assert "trace_id" in partial.error_message
    assert event_count(server, session) == 2


def test_partial_success_in_json(server: RunningServer) -> None:
    answer = send(server, trace_json(new_session(), spanId="xyz"), form=JSON)

    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert "span_id" in answer.json()["partialSuccess"]["errorMessage"]


def test_the_same_request_again_changes_nothing(server: RunningServer) -> None:
    session = new_session()
    body = trace_request(session, 4).SerializeToString()

    for _ in range(3):
        send(server, body)

    assert event_count(server, session) == 4


def test_logs_are_events(server: RunningServer) -> None:
    session = new_session()

    answer = send(server, log_request(session, "user_prompt").SerializeToString(), "/v1/logs")

    assert answer.status_code == 200
    assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()
    assert event_count(server, session) == 1


def test_metrics_are_counted_and_not_stored(server: RunningServer) -> None:
    before = metric(server, "sojourn_metric_points_total")

    answer = send(server, metrics_request(7).SerializeToString(), "/v1/metrics")

    assert answer.status_code == 200
    assert ExportMetricsServiceResponse.FromString(answer.content) == ExportMetricsServiceResponse()
    assert metric(server, "sojourn_metric_points_total") - before == 7


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_langfuse_paths_take_basic_auth(server: RunningServer, signal: str) -> None:
    session = new_session()
    body = trace_request(session).SerializeToString() if signal == "traces" else b""

    answer = send(server, body, f"/api/public/otel/v1/{signal}", authorization="Basic cGstMTpzay0x")

    assert answer.status_code == 200
    assert event_count(server, session) == (1 if signal == "traces" else 0)


def test_hostile_content_is_kept_and_the_server_lives(server: RunningServer) -> None:
    session = new_session()
    deep: object = "x"
    for _ in range(60):
        deep = {
            "kvlistValue": {"values": [{"key": "k", "value": deep if isinstance(deep, dict) else {"stringValue": "x"}}]}
        }
    hostile = [
        {"key": "session.id", "value": {"stringValue": session}},
        {"key": "nul", "value": {"stringValue": "a\x00b"}},
        {"key": "deep", "value": deep},
        {"key": "big", "value": {"intValue": str(2**63 - 1)}},
        {"key": "nan", "value": {"doubleValue": "NaN"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "-5"}},
        {"key": "", "value": {}},
    ]

    answer = send(server, trace_json(session, attributes=hostile, name="\x00" * 50, kind="what"), form=JSON)

    assert answer.status_code == 200, answer.text
    assert event_count(server, session) == 1


@pytest.mark.parametrize("at_ns", [1, 2**63 - 1, 4_102_444_800_000_000_000])
def test_a_clock_far_off_is_kept(server: RunningServer, at_ns: int) -> None:
    session = new_session()

    answer = send(server, trace_json(session, startTimeUnixNano=str(at_ns), endTimeUnixNano=str(at_ns)), form=JSON)

    assert answer.status_code == 200, answer.text
    assert event_count(server, session) + int(answer.json().get("partialSuccess", {}).get("rejectedSpans", 0)) == 1


def bomb(size_bytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    chunk = bytes(1 << 20)
    return b"".join(packer.compress(chunk) for _ in range(size_bytes >> 20)) + packer.flush()


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", bomb), ("zstd", lambda size: zstd.compress(bytes(size)))])
def test_a_decompression_bomb_is_refused_before_memory_grows(
    server: RunningServer, encoding: str, pack: Callable[[int], bytes]
) -> None:
    packed = pack(1 << 30)
    send(server, trace_request(new_session()).SerializeToString())
    before = server.memory_bytes()

    answer = send(server, packed, content_encoding=encoding)

    assert answer.status_code == 413
    assert Status.FromString(answer.content).code == 8
    assert server.memory_bytes() - before < 200 << 20


def test_a_body_over_the_limit_is_refused_by_its_announced_length(server: RunningServer) -> None:
    answer = None
    with suppress(httpx.WriteError, httpx.ReadError):  # it may hang up while we still send
        answer = send(server, bytes(65 << 20))

    assert answer is None or answer.status_code == 413
    assert server.get("/healthz") == {"status": "ok"}


def test_a_body_over_the_limit_is_refused_without_a_length(server: RunningServer) -> None:
    chunks = (bytes(1 << 20) for _ in range(80))

    answer = None
    with suppress(httpx.WriteError, httpx.ReadError):
        answer = server.post("/v1/traces", content=chunks, headers={"content-type": PROTOBUF})

    assert answer is None or answer.status_code == 413


def metric(server: RunningServer, name: str) -> float:
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


def test_json_dumps_of_exporters_parse_the_same_in_both_encodings(server: RunningServer) -> None:
    session = new_session()
    request = trace_request(session, 1, note="same")
    span = request.resource_spans[0].scope_spans[0].spans[0]
    as_json = json.loads(trace_json(session))
    as_json["resourceSpans"][0]["scopeSpans"][0]["spans"][0] |= {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
    }

    send(server, request.SerializeToString())
    send(server, json.dumps(as_json).encode(), form=JSON)

    assert event_count(server, session) == 1
