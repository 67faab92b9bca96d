"""Dumps of OTLP: a request a line with logs and broken lines, protobuf bare and length-prefixed."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sojourn.transcripts import otlp_dumps
from sojourn.transcripts.reading import read_file

DEMO = Path(__file__).parents[1] / "fixtures" / "demo"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
AT_NS = 1_767_225_600_000_000_000
SPANS: dict[str, Any] = {
    "resourceSpans": [
        {
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": TRACE,
                            "spanId": SPAN,
                            "name": "chat gpt-4.1",
                            "startTimeUnixNano": str(AT_NS),
                            "endTimeUnixNano": str(AT_NS + 5),
                            "attributes": [
                                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}},
                            ],
                        }
                    ]
                }
            ]
        }
    ]
}
RECORD = {
    "timeUnixNano": str(AT_NS),
    "traceId": TRACE,
    "spanId": SPAN,
    "eventName": "my.event",
    "body": {"stringValue": "hello"},
}
LOGS = {"resourceLogs": [{"scopeLogs": [{"logRecords": [RECORD]}]}]}


def spans_message() -> bytes:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = bytes.fromhex(TRACE), bytes.fromhex(SPAN), "work"
    span.start_time_unix_nano, span.end_time_unix_nano = AT_NS, AT_NS + 5
    return bytes(request.SerializeToString())


def logs_message() -> bytes:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.time_unix_nano, record.event_name = AT_NS, "my.event"
    record.body.string_value = "hello"
    return bytes(request.SerializeToString())


def written(tmp_path: Path, body: bytes) -> Path:
    path = tmp_path / "dump.otlp"
    path.write_bytes(body)
    return path


def sources(path: Path) -> list[str]:
    return [mapped.event.source for batch in read_file(path) for mapped in batch.mapped]


def problems(path: Path) -> list[str]:
    return [str(problem) for batch in read_file(path) for problem in batch.problems]


def test_lines_hold_traces_logs_and_metrics_in_any_order(tmp_path: Path) -> None:
    lines = [LOGS, {"resourceMetrics": []}, SPANS]
    path = written(tmp_path, b"\n".join(map(orjson.dumps, lines)))

    assert sources(path) == ["log", "span"]
    assert problems(path) == []


def test_a_broken_line_loses_only_itself(tmp_path: Path) -> None:
    good = orjson.dumps(SPANS)
    path = written(tmp_path, b"\n".join([good, good[:40], b"", orjson.dumps(LOGS)]))

    assert sources(path) == ["span", "log"]
    assert problems(path) == ["line 2: not JSON"]


def test_a_span_without_an_id_is_named_with_its_line(tmp_path: Path) -> None:
    nameless = orjson.loads(orjson.dumps(SPANS))
    nameless["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["spanId"] = ""
    path = written(tmp_path, b"\n".join(map(orjson.dumps, [SPANS, nameless])))

    assert sources(path) == ["span"]
    assert [problem.split(":")[0] for problem in problems(path)] == ["line 2"]


def test_one_document_of_requests_is_read_as_before(tmp_path: Path) -> None:
    assert sources(written(tmp_path, orjson.dumps([SPANS, LOGS]))) == ["span", "log"]


def test_protobuf_traces_and_logs_are_told_apart(tmp_path: Path) -> None:
    assert sources(written(tmp_path, spans_message())) == ["span"]
    assert sources(written(tmp_path, logs_message())) == ["log"]


def test_messages_that_follow_their_length_are_all_read(tmp_path: Path) -> None:
    messages = [spans_message(), logs_message(), spans_message()]
    body = b"".join(len(message).to_bytes(4, "big") + message for message in messages)

    assert sources(written(tmp_path, body)) == ["span", "log", "span"]


def test_sdk_spans_one_a_line_are_those_of_the_document(tmp_path: Path) -> None:
    spans = orjson.loads(gzip.decompress((DEMO / "strands" / "openinference_live_spans.json.gz").read_bytes()))
    path = written(tmp_path, b"\n".join(map(orjson.dumps, spans)))

    ids = [mapped.event.event_id for batch in read_file(path) for mapped in batch.mapped]
    whole = read_file(DEMO / "strands" / "openinference_live_spans.json.gz")

    assert sorted(ids) == sorted(mapped.event.event_id for batch in whole for mapped in batch.mapped)
    assert len(ids) == len(spans)


def test_text_is_no_dump() -> None:
    assert otlp_dumps.read(b"# Licences\n\nAll MIT.\n") is None
    assert otlp_dumps.read(b'{"a": 1}\n{"b": 2}') is None
    assert otlp_dumps.read(b"") is None
