"""OTLP over HTTP: traces, logs and metrics, as the specification says and as exporters really behave.

Back-pressure is 503 with Retry-After and never 429: exporters before mid-2026 drop their batch on 429.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response

from sojourn.api.dependencies import INGEST, Served, Workspace
from sojourn.api.otlp_answers import JSON, PROTOBUF, accepted, form_of, refused
from sojourn.api.otlp_schemas import DESCRIBED
from sojourn.api.otlp_sizes import MAX_RECORDS_A_BODY, check_size, too_many
from sojourn.api.serving import Received
from sojourn.app.errors import Malformed, SojournError
from sojourn.conventions import otlp_json, otlp_protobuf
from sojourn.conventions.assemble import Mapped
from sojourn.conventions.otlp import Decoded, MalformedBody
from sojourn.conventions.registry import read_log, read_span

log = structlog.get_logger(__name__)
router = APIRouter(tags=["OpenTelemetry"], dependencies=[INGEST])
LANGFUSE_BASE = "/api/public/otel"  # Langfuse SDKs put it between their base URL and OTLP's own paths
MAX_FAULTS_LOGGED = 3  # of one request: a broken sender must not fill the log


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
    check_size(signal, form, body)
    try:
        return READERS[signal](form, body)
    except MalformedBody as error:
        raise Malformed(str(error)) from error


def _read_traces(form: str, body: bytes) -> Reading:
    return _map(TRACES[form](body), read_span)


def _read_logs(form: str, body: bytes) -> Reading:
    return _map(LOGS[form](body), read_log)


def _read_metrics(form: str, body: bytes) -> Reading:
    return Reading((), POINTS[form](body))


def _map(decoded: Decoded[Any], read: Callable[[Any], Mapped | None]) -> Reading:
    """One record that a convention stumbles over does not take the others with it."""
    if len(decoded.records) > MAX_RECORDS_A_BODY:
        raise too_many("records", MAX_RECORDS_A_BODY)
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
