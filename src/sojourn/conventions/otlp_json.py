"""OTLP in JSON: hex ids, lowerCamelCase, 64-bit numbers as text. Tolerant of what senders really write:
base64 ids, ids as big integers, snake_case, enum names, numbers for text, a list of requests, one request a line."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import orjson

from sojourn.conventions.otlp import SPAN_ID_DIGITS, TRACE_ID_DIGITS, Decoded, MalformedBody, id_fault
from sojourn.domain.telemetry import Attributes, Origin, RawLog, RawSpan, SpanEvent, SpanLink

MAX_DEPTH = 64
_HEX = re.compile(r"[0-9a-fA-F]+")
_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_CODES = {"UNSET": 0, "OK": 1, "ERROR": 2}
_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue", "bytesValue")


def decode_traces(body: bytes) -> Decoded[RawSpan]:
    spans: list[RawSpan] = []
    rejected, reason = 0, ""
    for resource, scoped in _scoped(body, "resourceSpans", ("scopeSpans", "instrumentationLibrarySpans")):
        origin = _origin(resource, scoped)
        for span in _dicts(scoped, "spans"):
            try:
                read = _span(span, origin)
                fault = id_fault(read.trace_id, read.span_id, read.started_at_ns)
            except (TypeError, ValueError, OverflowError) as failure:
                fault = f"a span cannot be read: {failure}"
            if fault:
                rejected, reason = rejected + 1, fault
            else:
                spans.append(read)
    return Decoded(spans, rejected, reason)


def decode_logs(body: bytes) -> Decoded[RawLog]:
    logs: list[RawLog] = []
    rejected, reason = 0, ""
    for resource, scoped in _scoped(body, "resourceLogs", ("scopeLogs",)):
        origin = _origin(resource, scoped)
        for record in _dicts(scoped, "logRecords"):
            try:
                logs.append(_log(record, origin))
            except (TypeError, ValueError, OverflowError) as failure:
                rejected, reason = rejected + 1, f"a log record cannot be read: {failure}"
    return Decoded(logs, rejected, reason)


def count_metric_points(body: bytes) -> int:
    total = 0
    for _, scoped in _scoped(body, "resourceMetrics", ("scopeMetrics",)):
        for metric in _dicts(scoped, "metrics"):
            total += sum(len(_dicts(data, "dataPoints")) for data in metric.values() if isinstance(data, dict))
    return total


def attributes_of(pairs: Any) -> Attributes:
    if isinstance(pairs, dict):  # a plain object, as dumps of SDKs write it
        return pairs
    found: Attributes = {}
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            found[pair["key"]] = _value(pair.get("value"), 0)
    return found


def _value(value: Any, depth: int) -> Any:
    if not isinstance(value, dict) or depth > MAX_DEPTH:
        return value if not isinstance(value, dict | list) else None
    kind = next((name for name in _VALUES if name in value), None)
    if kind is None:
        snake = {_camel(name): inner for name, inner in value.items()}
        return _value(snake, depth + 1) if snake.keys() != value.keys() else None
    held = value[kind]
    if kind == "arrayValue":
        return [_value(item, depth + 1) for item in _dicts(held, "values")] if isinstance(held, dict) else []
    if kind == "kvlistValue":
        pairs = _dicts(held, "values") if isinstance(held, dict) else []
        return {str(pair.get("key")): _value(pair.get("value"), depth + 1) for pair in pairs}
    return _scalar(kind, held)


def _scalar(kind: str, held: Any) -> Any:
    try:
        if kind == "intValue":
            return int(held)
        if kind == "doubleValue":
            return float(held)
        if kind == "bytesValue":
            return base64.b64decode(held)
    except (TypeError, ValueError, binascii.Error):
        return held  # kept as it came
    return held


def _scoped(body: bytes, outer: str, inner: tuple[str, ...]) -> Iterator[tuple[Attributes, dict[str, Any]]]:
    for request in _requests(body):
        for group in _dicts(request, outer):
            held = _get(group, "resource")
            resource = attributes_of(held.get("attributes") if isinstance(held, dict) else None)
            for name in inner:
                for scoped in _dicts(group, name):
                    yield resource, scoped


def _requests(body: bytes) -> list[dict[str, Any]]:
    """One request, a list of requests, or one a line."""
    try:
        document = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError:
        try:
            document = [orjson.loads(line) for line in body.splitlines() if line.strip()]
        except orjson.JSONDecodeError as failure:
            raise MalformedBody(f"the body is not valid JSON: {failure}") from failure
    requests = document if isinstance(document, list) else [document]
    if not all(isinstance(request, dict) for request in requests):
        raise MalformedBody("the body is not an OTLP request")
    return requests


def _origin(resource: Attributes, scoped: dict[str, Any]) -> Origin:
    scope = _get(scoped, "scope") or _get(scoped, "instrumentationLibrary") or {}
    if not isinstance(scope, dict):
        scope = {}
    return Origin(
        resource,
        _text(scope.get("name")),
        _text(scope.get("version")),
        attributes_of(scope.get("attributes")),
        _text(_get(scoped, "schemaUrl")),
    )


def _span(span: dict[str, Any], origin: Origin) -> RawSpan:
    status = _get(span, "status")
    status = status if isinstance(status, dict) else {}
    return RawSpan(
        _id(_get(span, "traceId"), TRACE_ID_DIGITS),
        _id(_get(span, "spanId"), SPAN_ID_DIGITS),
        _id(_get(span, "parentSpanId"), SPAN_ID_DIGITS),
        _text(span.get("name")),
        _enum(span.get("kind"), _KINDS),
        _whole(_get(span, "startTimeUnixNano")),
        _whole(_get(span, "endTimeUnixNano")),
        _enum(status.get("code"), _CODES),
        _text(status.get("message")),
        attributes_of(span.get("attributes")),
        [
            SpanEvent(
                _text(event.get("name")), _whole(_get(event, "timeUnixNano")), attributes_of(event.get("attributes"))
            )
            for event in _dicts(span, "events")
        ],
        [
            SpanLink(
                _id(_get(link, "traceId"), 32), _id(_get(link, "spanId"), 16), attributes_of(link.get("attributes"))
            )
            for link in _dicts(span, "links")
        ],
        origin,
    )


def _log(record: dict[str, Any], origin: Origin) -> RawLog:
    attributes = attributes_of(record.get("attributes"))
    return RawLog(
        _id(_get(record, "traceId"), TRACE_ID_DIGITS),
        _id(_get(record, "spanId"), SPAN_ID_DIGITS),
        _whole(_get(record, "timeUnixNano")) or _whole(_get(record, "observedTimeUnixNano")),
        _text(_get(record, "eventName")) or _text(attributes.get("event.name")),
        _enum(_get(record, "severityNumber"), {}),
        _value(record.get("body"), 0),
        attributes,
        origin,
    )


def _get(record: dict[str, Any], name: str) -> Any:
    found = record.get(name)
    return record.get(_snake(name)) if found is None else found


def _dicts(record: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = _get(record, name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _id(value: Any, digits: int) -> str:
    """Hex of the length that the standard asks for; "" if there is none. Other spellings are converted."""
    if value is None or value == "":
        return ""
    if isinstance(value, int):
        return f"{value:0{digits}x}"
    text = str(value).removeprefix("0x")
    if len(text) == digits and _HEX.fullmatch(text):
        return text.lower()
    try:
        decoded = base64.b64decode(text, validate=True).hex()
    except (ValueError, binascii.Error):
        return text
    return decoded if len(decoded) == digits else text


def _whole(value: Any) -> int:
    return int(value) if value not in (None, "") else 0


def _enum(value: Any, names: dict[str, int]) -> int:
    if isinstance(value, str) and not value.isdigit():
        return names.get(value.rsplit("_", 1)[-1].upper(), 0)
    return _whole(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ("" if value is None else str(value))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), name)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
