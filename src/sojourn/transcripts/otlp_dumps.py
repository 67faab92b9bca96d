"""Files of OTLP requests that are no single JSON document: a request a line, or protobuf, bare or length-prefixed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

from sojourn.conventions import exports, otlp_json, otlp_protobuf
from sojourn.conventions.assemble import Mapped
from sojourn.conventions.otlp import Decoded, MalformedBody
from sojourn.conventions.registry import read_log, read_span
from sojourn.domain.telemetry import RawLog, RawSpan
from sojourn.transcripts.transcript import Batch, Problem

LENGTH_BYTES = 4  # before each message in the file exporter's protobuf format, the highest byte first
LINES_A_BATCH = 200
# Metrics and profiles may stand between the others; they hold no events.
REQUEST_KEYS = exports.REQUEST_KEYS | {"resourceMetrics", "resource_metrics", "resourceProfiles", "resource_profiles"}


def read(body: bytes) -> Iterator[Batch] | None:
    """What the file holds; None if it is no dump."""
    if body.lstrip()[:1] in (b"{", b"["):
        return _read_lines(body) if _is_dump(body) else None
    messages = [body] if _holds(body) else _framed(body)
    return map(_read_message, messages) if messages and all(map(_holds, messages)) else None


def _is_dump(body: bytes) -> bool:
    """Whether the first line that is JSON is a request or an exported span."""
    for text in body.splitlines():
        line = _json(text)
        if line is not None:
            return _is_request(line) or exports.detect([line]) is not None
    return False


def _is_request(line: Any) -> bool:
    return isinstance(line, dict) and not REQUEST_KEYS.isdisjoint(line)


def _read_lines(body: bytes) -> Iterator[Batch]:
    spans: list[Any] = []
    mapped: list[Mapped] = []
    problems: list[Problem] = []
    for number, text in enumerate(body.splitlines(), 1):
        line = _json(text)
        if not text.strip():
            continue
        if line is None:
            problems.append(Problem(number, "not JSON"))
        elif _is_request(line):
            events, reasons = _read_request(text)
            mapped += events
            problems += [Problem(number, reason) for reason in reasons]
        else:
            spans.append(json.loads(text))  # ids may be whole numbers of 128 bits, which orjson rounds
        if len(mapped) + len(problems) >= LINES_A_BATCH:
            yield Batch(mapped, [], problems)
            mapped, problems = [], []
    if spans:
        mapped += exports.read(spans)
    yield Batch(mapped, [], problems)


def _read_request(text: bytes) -> tuple[list[Mapped], list[str]]:
    try:
        return _events(otlp_json.decode_traces(text), otlp_json.decode_logs(text))
    except MalformedBody as error:
        return [], [str(error)]


def _read_message(body: bytes) -> Batch:
    try:
        traces = otlp_protobuf.decode_traces(body)
        logs: Decoded[RawLog] = Decoded([], 0, "") if traces.records else otlp_protobuf.decode_logs(body)
    except MalformedBody as error:
        return Batch([], [], [Problem(0, str(error))])
    events, reasons = _events(Decoded([], 0, "") if logs.records else traces, logs)
    return Batch(events, [], [Problem(0, reason) for reason in reasons])


def _events(traces: Decoded[RawSpan], logs: Decoded[RawLog]) -> tuple[list[Mapped], list[str]]:
    events = [read_span(span) for span in traces.records]
    events += [mapped for log in logs.records if (mapped := read_log(log)) is not None]
    return events, [decoded.reason for decoded in (traces, logs) if decoded.rejected]


def _holds(body: bytes) -> bool:
    """Whether this is a protobuf request with at least one span or log record. Both have the same outer shape."""
    try:
        return bool(otlp_protobuf.decode_traces(body).records or otlp_protobuf.decode_logs(body).records)
    except MalformedBody:
        return False


def _framed(body: bytes) -> list[bytes]:
    """The messages of a file where each is preceded by its length; none if the lengths do not fit."""
    messages: list[bytes] = []
    start = 0
    while start + LENGTH_BYTES <= len(body):
        length = int.from_bytes(body[start : start + LENGTH_BYTES])
        start += LENGTH_BYTES
        if not 0 < length <= len(body) - start:
            return []
        messages.append(body[start : start + length])
        start += length
    return messages if start == len(body) else []


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
