"""OTLP requests for tests, in both encodings."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def trace_request(
    session: str, spans: int = 1, *, trace_id: bytes | None = None, **attributes: str
) -> ExportTraceServiceRequest:
    """`spans` spans of one trace; the first is the root."""
    request = ExportTraceServiceRequest()
    scoped = request.resource_spans.add().scope_spans.add()
    trace = trace_id or secrets.token_bytes(16)
    root_id = b""
    for number in range(spans):
        span = scoped.spans.add(
            trace_id=trace, span_id=secrets.token_bytes(8), parent_span_id=root_id, name=f"step {number}"
        )
        root_id = root_id or span.span_id
        span.start_time_unix_nano = time.time_ns() + number
        span.end_time_unix_nano = span.start_time_unix_nano + 1_000_000
        for name, value in {"session.id": session, **attributes}.items():
            span.attributes.add(key=name).value.string_value = value
    return request


def trace_json(session: str, **span: Any) -> bytes:
    """One span in OTLP/JSON; `span` replaces its fields."""
    now_ns = time.time_ns()
    fields = {
        "traceId": secrets.token_hex(16),
        "spanId": secrets.token_hex(8),
        "name": "step",
        "kind": 1,
        "startTimeUnixNano": str(now_ns),
        "endTimeUnixNano": str(now_ns + 1_000_000),
        "attributes": [{"key": "session.id", "value": {"stringValue": session}}],
        **span,
    }
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}).encode()


def log_request(session: str, name: str) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    record = (
        request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=time.time_ns(), event_name=name)
    )
    record.attributes.add(key="session.id").value.string_value = session
    return request


def metrics_request(points: int) -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="claude_code.token.usage")
    for number in range(points):
        metric.sum.data_points.add(as_int=number)
    return request
