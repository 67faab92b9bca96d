"""Answers of OTLP/HTTP: in the content type of the request, errors as google.rpc.Status."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.responses import Response

from sojourn.app.errors import Overloaded, SojournError, StorageUnavailable, Unsupported

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
FORMS = {PROTOBUF: PROTOBUF, "application/protobuf": PROTOBUF, JSON: JSON}
RESPONSES: dict[str, tuple[Any, str, str]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
}
# google.rpc.Code of each HTTP status that we answer.
RPC_CODES = {400: 3, 403: 7, 413: 8, 415: 12, 422: 3, 503: 14}
RPC_INTERNAL = 13
MAX_REASON_CHARS = 1_000


def form_of(request: Request) -> str:
    """The content type that we read and answer in."""
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named not in FORMS:
        raise Unsupported(f"content type {named[:60]!r} is not one of: {PROTOBUF}, {JSON}")
    return FORMS[named]


def accepted(signal: str, form: str, rejected: int, reason: str) -> Response:
    """200, with partial_success if some records were rejected or something is to be said."""
    message_class, field, json_field = RESPONSES[signal]
    reason = reason[:MAX_REASON_CHARS]
    if form == JSON:
        partial: dict[str, Any] = {json_field: str(rejected), "errorMessage": reason}
        return _answer(JSON, orjson.dumps({"partialSuccess": partial} if rejected or reason else {}), 200)
    message = message_class()
    if rejected or reason:
        setattr(message.partial_success, field, rejected)
        message.partial_success.error_message = reason
    return _answer(PROTOBUF, message.SerializeToString(), 200)


def refused(error: SojournError, form: str) -> Response:
    """The error as google.rpc.Status. Only what may be sent again says when."""
    code = RPC_CODES.get(error.status, RPC_INTERNAL)
    if form == JSON:
        body = orjson.dumps({"code": code, "message": error.message, "details": []})
    else:
        body = status_message(code, error.message)
    answer = _answer(form, body, error.status)
    if isinstance(error, Overloaded | StorageUnavailable):
        answer.headers["retry-after"] = str(error.retry_after_s)
    return answer


def status_message(code: int, message: str) -> bytes:
    """google.rpc.Status{code = 1, message = 2} on the wire; its classes would be one more dependency."""
    text = message.encode("utf-8", "replace")
    return b"\x08" + _varint(code) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def _answer(form: str, body: bytes, status: int) -> Response:
    return Response(body, status_code=status, media_type=form)
