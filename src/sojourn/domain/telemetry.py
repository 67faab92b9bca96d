"""What OpenTelemetry senders give us, decoded but not yet understood."""

from __future__ import annotations

from typing import Any, NamedTuple

Attributes = dict[str, Any]  # str, bool, int, float, bytes, list, dict or None


class Origin(NamedTuple):
    """Who sent it: the resource and the instrumentation scope, shared by many spans."""

    resource: Attributes
    scope_name: str = ""
    scope_version: str = ""
    scope_attributes: Attributes = {}  # noqa: RUF012  nobody changes it: a tuple's default
    schema_url: str = ""


class SpanEvent(NamedTuple):
    name: str
    time_ns: int
    attributes: Attributes


class SpanLink(NamedTuple):
    trace_id: str
    span_id: str
    attributes: Attributes


class RawSpan(NamedTuple):
    trace_id: str  # 32 lower-case hex digits
    span_id: str  # 16 lower-case hex digits
    parent_span_id: str  # "" for a root
    name: str
    kind: int  # OTLP SpanKind 0-5
    started_at_ns: int
    ended_at_ns: int  # 0 while the span is still open (our SDK sends those)
    status_code: int  # 0 unset, 1 ok, 2 error
    status_message: str
    attributes: Attributes
    events: list[SpanEvent]
    links: list[SpanLink]
    origin: Origin


class RawLog(NamedTuple):
    trace_id: str  # "" if none
    span_id: str  # "" if none
    time_ns: int  # falls back to the observed time
    event_name: str  # LogRecord.event_name, or attribute event.name, or ""
    severity: int  # OTLP SeverityNumber
    body: Any
    attributes: Attributes
    origin: Origin
