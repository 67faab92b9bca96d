"""OTLP over HTTP: traces, logs and metrics, as the specification says and as exporters really behave.

Back-pressure is 503 with Retry-After and never 429: exporters before mid-2026 drop their batch on 429.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from fastapi import APIRouter, Request
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.responses import Response

from sojourn.api.dependencies import Served, Workspace
from sojourn.api.otlp_answers import JSON, PROTOBUF, accepted, form_of, refused
from sojourn.api.otlp_schemas import DESCRIBED
from sojourn.api.serving import Received
from sojourn.app.errors import Malformed, SojournError, TooLarge
from sojourn.conventions import otlp_json, otlp_protobuf
from sojourn.conventions.assemble import Mapped
from sojourn.conventions.otlp import Decoded, MalformedBody
from sojourn.conventions.registry import read_log, read_span

log = structlog.get_logger(__name__)
router = APIRouter(tags=["OpenTelemetry"])
LANGFUSE_BASE = "/api/public/otel"  # Langfuse SDKs put it between their base URL and OTLP's own paths
MAX_FAULTS_LOGGED = 3  # of one request: a broken sender must not fill the log
MAX_RECORDS_A_BODY = 50_000  # spans or log records; exporters send hundreds, collectors some thousands
MAX_FIELDS_A_BODY = 4_000_000  # of all its messages: two bytes may become a hundred in memory
MAX_OBJECTS_A_BODY = 1_000_000  # the same for JSON: its braces and brackets
MIN_FIELD_BYTES = 2
VARINT, DELIMITED = 0, 2  # wire types of protobuf
FIXED_BYTES = {1: 8, 5: 4}
VARINT_BITS = 64
MessageTree = dict[int, Any]


class Reading(NamedTuple):
    """What a body holds, ready to be stored."""

    mapped: Sequence[Mapped]
    points: int = 0  # of metrics
    rejected: int = 0
    reason: str = ""


@router.post("/v1/traces", operation_id="export_traces", **DESCRIBED)
@router.post(f"{LANGFUSE_BASE}/v1/traces", operation_id="export_langfuse_traces", **DESCRIBED)
async def traces(request: Request, served: Served, received: Received, workspace_id: Workspace) -> Response:
    """Spans of any convention. Acknowledged when they are durable and readable."""
    return await _export("traces", request, served, received, workspace_id)


@router.post("/v1/logs", operation_id="export_logs", **DESCRIBED)
@router.post(f"{LANGFUSE_BASE}/v1/logs", operation_id="export_langfuse_logs", **DESCRIBED)
async def logs(request: Request, served: Served, received: Received, workspace_id: Workspace) -> Response:
    """Log records and events: how Claude Code, Codex and Gemini CLI speak."""
    return await _export("logs", request, served, received, workspace_id)


@router.post("/v1/metrics", operation_id="export_metrics", **DESCRIBED)
@router.post(f"{LANGFUSE_BASE}/v1/metrics", operation_id="export_langfuse_metrics", **DESCRIBED)
async def metrics(request: Request, served: Served, received: Received, workspace_id: Workspace) -> Response:
    """Taken and counted, never stored: what they sum up is counted from spans and logs."""
    return await _export("metrics", request, served, received, workspace_id)


async def _export(signal: str, request: Request, served: Served, received: Received, workspace_id: str) -> Response:
    form = JSON
    try:
        form = form_of(request)
        async with received.bodies.read(request, lambda body: _read(signal, form, body)) as reading:
            await served.ingest.submit(workspace_id, reading.mapped)
    except SojournError as error:
        return refused(error, form)
    received.measures.count_body(signal, request, len(reading.mapped), reading.rejected)
    received.measures.metric_points.inc(reading.points)
    return accepted(signal, form, reading.rejected, reading.reason)


def _read(signal: str, form: str, body: bytes) -> Reading:
    """Runs beside the event loop."""
    _check_size(signal, form, body)
    try:
        return READERS[signal](form, body)
    except MalformedBody as error:
        raise Malformed(str(error)) from error


def _check_size(signal: str, form: str, body: bytes) -> None:
    """Refuses what would take far more memory than its bytes, before it is parsed."""
    if len(body) <= MIN_FIELD_BYTES * MAX_OBJECTS_A_BODY:
        return
    if form == JSON:
        records, objects = body.count(b'"spanId"'), body.count(b"{") + body.count(b"[")
        if objects > MAX_OBJECTS_A_BODY:
            raise _too_many("objects and arrays", MAX_OBJECTS_A_BODY)
    else:
        records, fields = _count_fields(body, TREES[signal])
        if fields > MAX_FIELDS_A_BODY:
            raise _too_many("fields", MAX_FIELDS_A_BODY)
    if records > MAX_RECORDS_A_BODY and signal != "metrics":
        raise _too_many("records", MAX_RECORDS_A_BODY)


def _too_many(what: str, limit: int) -> TooLarge:
    return TooLarge(f"the body holds more than {limit} {what}; send it in smaller requests", {"limit": limit})


def _count_fields(body: bytes, tree: MessageTree) -> tuple[int, int]:
    """Records and fields of all messages on the wire, up to the limits. What is malformed is left to the parser."""
    record_tree = tree[1][2][2]
    records = fields = 0
    open_messages = [(0, len(body), tree)]
    while open_messages and records <= MAX_RECORDS_A_BODY and fields <= MAX_FIELDS_A_BODY:
        at, end, tree = open_messages.pop()
        while at < end and fields <= MAX_FIELDS_A_BODY:
            tag, at = _varint(body, at, end)
            fields += 1
            wire_type = tag & 7
            if wire_type == VARINT:
                _, at = _varint(body, at, end)
            elif wire_type == DELIMITED:
                size, at = _varint(body, at, end)
                nested = tree.get(tag >> 3)
                if nested is not None:
                    records += nested is record_tree
                    open_messages += [(at + size, end, tree), (at, min(end, at + size), nested)]
                    break
                at += size
            else:
                at += FIXED_BYTES.get(wire_type, 0)
    return records, fields


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """A number and the place behind it; at the end of a message that is cut off whatever there is of it."""
    found = shift = 0
    while at < end and shift < VARINT_BITS:
        byte = body[at]
        at += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    return found, at


def _tree_of(message: Any, known: dict[str, MessageTree]) -> MessageTree:
    """Numbers of the fields that hold messages, with the same of those; values hold values, so it has cycles."""
    if message.full_name not in known:
        tree = known[message.full_name] = {}
        for field in message.fields:
            if field.message_type is not None:
                tree[field.number] = _tree_of(field.message_type, known)
    return known[message.full_name]


def _read_traces(form: str, body: bytes) -> Reading:
    return _map(TRACES[form](body), read_span)


def _read_logs(form: str, body: bytes) -> Reading:
    return _map(LOGS[form](body), read_log)


def _read_metrics(form: str, body: bytes) -> Reading:
    return Reading((), POINTS[form](body))


def _map(decoded: Decoded[Any], read: Callable[[Any], Mapped | None]) -> Reading:
    """One record that a convention stumbles over does not take the others with it."""
    if len(decoded.records) > MAX_RECORDS_A_BODY:
        raise _too_many("records", MAX_RECORDS_A_BODY)
    mapped: list[Mapped] = []
    faults = 0
    reason = decoded.reason
    for record in decoded.records:
        try:
            found = read(record)
        except Exception as error:  # hostile content may break any reader; the sender is told
            faults += 1
            reason = reason or f"a record could not be read: {type(error).__name__}"
            if faults <= MAX_FAULTS_LOGGED:
                log.exception("otlp.record_failed", scope=record.origin.scope_name)
            continue
        if found is not None:
            mapped.append(found)
    return Reading(mapped, 0, decoded.rejected + faults, reason)


READERS: Mapping[str, Callable[[str, bytes], Reading]] = {
    "traces": _read_traces,
    "logs": _read_logs,
    "metrics": _read_metrics,
}
TRACES = {PROTOBUF: otlp_protobuf.decode_traces, JSON: otlp_json.decode_traces}
LOGS = {PROTOBUF: otlp_protobuf.decode_logs, JSON: otlp_json.decode_logs}
POINTS = {PROTOBUF: otlp_protobuf.count_metric_points, JSON: otlp_json.count_metric_points}
TREES: Mapping[str, MessageTree] = {
    "traces": _tree_of(ExportTraceServiceRequest.DESCRIPTOR, {}),
    "logs": _tree_of(ExportLogsServiceRequest.DESCRIPTOR, {}),
    "metrics": _tree_of(ExportMetricsServiceRequest.DESCRIPTOR, {}),
}
