"""Dumps of OpenTelemetry SDK spans, as several tools write them: their own JSON, not OTLP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sojourn.conventions.adot_bodies import take_bodies
from sojourn.conventions.export_fields import SPAN_DIGITS, TRACE_DIGITS, attributes_of, hex_id, nanoseconds_of
from sojourn.conventions.values import count_of, first_of, first_text, list_of, object_of, text_of
from sojourn.domain.identity import content_id
from sojourn.domain.messages import dump_json
from sojourn.domain.telemetry import Origin, RawSpan, SpanEvent, SpanLink

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
STATUS_CODES = {"unset": 0, "ok": 1, "error": 2}
UNKNOWN_START_NS = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000  # of dumps without times
STEP_NS = 1_000_000
Document = Mapping[str, Any]


def is_dump(document: Any) -> bool:
    spans = _spans_in(document)
    return bool(spans) and all(map(_is_sdk_span, spans))


def spans_of(document: Any, undated_at_ns: int = UNKNOWN_START_NS) -> list[RawSpan]:
    spans = [span for span in _spans_in(document) if _is_sdk_span(span)]
    session = document.get("session_id") if isinstance(document, Mapping) else None
    shared = {"session.id": session} if session else {}
    order = _order_of(spans)
    return [_sdk_span(span, shared, undated_at_ns + order[position] * STEP_NS) for position, span in enumerate(spans)]


def _spans_in(document: Any) -> list[Any]:
    if isinstance(document, Mapping):
        held = document.get("spans")
        if isinstance(held, list):
            return held
        trace = document.get("trace")
        return _spans_in(trace) if isinstance(trace, Mapping) else [document]
    if not isinstance(document, list):
        return []
    if document and all(isinstance(item, Mapping) and "spans" in item for item in document):
        return [span for item in document for span in list_of(item["spans"])]
    return document


def _is_sdk_span(span: Any) -> bool:
    return (
        isinstance(span, Mapping)
        and isinstance(span.get("name"), str)
        and isinstance(span.get("attributes"), Mapping)
        and any(name in span for name in ("trace_id", "context", "trace"))
    )


def _order_of(spans: list[Any]) -> list[int]:
    """Places in time for spans without times: callers before what they call, else as they ended."""
    ids = {_span_id(span): position for position, span in enumerate(spans)}
    depths: list[int] = []
    for span in spans:
        depth, parent, seen = 0, _parent_id(span), set[str]()
        while parent in ids and parent not in seen:
            seen.add(parent)
            depth += 1
            parent = _parent_id(spans[ids[parent]])
        depths.append(depth)
    firsts = list(range(len(spans)))
    for position in sorted(range(len(spans)), key=lambda place: -depths[place]):
        parent = _parent_id(spans[position])
        if parent in ids:
            firsts[ids[parent]] = min(firsts[ids[parent]], firsts[position])
    ranked = sorted(range(len(spans)), key=lambda place: (firsts[place], depths[place], place))
    places = [0] * len(spans)
    for place, position in enumerate(ranked):
        places[position] = place
    return places


def _sdk_span(span: Document, shared: Mapping[str, Any], undated_at_ns: int) -> RawSpan:
    attributes = {**shared, **attributes_of(span.get("attributes"))}
    started_at_ns = nanoseconds_of(first_of(span, "start_time", "startTime", "start_time_unix_nano"))
    ended_at_ns = nanoseconds_of(first_of(span, "end_time", "endTime", "end_time_unix_nano"))
    if not started_at_ns:
        started_at_ns = ended_at_ns = undated_at_ns
    code, message = _status(span.get("status"))
    scope = first_of(span, "scope", "instrumentation_scope", "instrumentation_info")
    held = {"name": scope} if isinstance(scope, str) else object_of(scope)
    events = take_bodies(attributes, list_of(first_of(span, "span_events", "events")))
    return RawSpan(
        _trace_id(span),
        _span_id(span) or content_id("span", dump_json(span))[:SPAN_DIGITS],
        _parent_id(span),
        text_of(span.get("name")),
        _kind(span.get("kind")),
        started_at_ns,
        max(ended_at_ns, started_at_ns),
        code,
        message,
        attributes,
        _events(events),
        [_link(link) for link in list_of(span.get("links")) if isinstance(link, Mapping)],
        Origin(_resource(span.get("resource")), text_of(held.get("name")), text_of(held.get("version"))),
    )


def _resource(value: Any) -> dict[str, Any]:
    resource = object_of(value)
    return attributes_of(resource.get("attributes", resource))


def _trace_id(span: Document) -> str:
    context = object_of(span.get("context"))
    return hex_id(first_of(span, "trace_id", "trace") or context.get("trace_id"), TRACE_DIGITS)


def _span_id(span: Document) -> str:
    context = object_of(span.get("context"))
    return hex_id(first_of(span, "span_id", "span") or context.get("span_id"), SPAN_DIGITS)


def _parent_id(span: Document) -> str:
    parent = first_of(span, "parent_span_id", "parent_id", "parent")
    return hex_id(parent.get("span_id") if isinstance(parent, Mapping) else parent, SPAN_DIGITS)


def _kind(value: Any) -> int:
    if isinstance(value, str):
        return KINDS.get(value.lower().rsplit(".", 1)[-1].removeprefix("span_kind_"), 0)
    kind = count_of(value)
    return kind if kind is not None and kind < 6 else 0


def _status(value: Any) -> tuple[int, str]:
    held = value if isinstance(value, Mapping) else {"code": value}
    code = first_of(held, "status_code", "code")
    message = first_text(held, "description", "message")
    if isinstance(code, str):
        return STATUS_CODES.get(code.lower().rsplit(".", 1)[-1].removeprefix("status_code_"), 0), message
    return {1: 1, 2: 2}.get(code if isinstance(code, int) else 0, 0), message


def _events(events: list[Any]) -> list[SpanEvent]:
    return [_event(event) for event in events if isinstance(event, Mapping)]


def _event(event: Document) -> SpanEvent:
    at_ns = nanoseconds_of(first_of(event, "timestamp", "time", "time_unix_nano"))
    return SpanEvent(first_text(event, "name", "event_name"), at_ns, attributes_of(event.get("attributes")))


def _link(link: Document) -> SpanLink:
    return SpanLink(_trace_id(link), _span_id(link), attributes_of(link.get("attributes")))
