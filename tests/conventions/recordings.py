"""Recorded telemetry as what the conventions are given, and short ways to ask what became of it."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.registry import read_log, read_span
from sojourn.domain.events import Event
from sojourn.domain.messages import Message, message_of, value_of
from sojourn.domain.telemetry import Origin, RawLog, RawSpan, SpanEvent

FIXTURES = Path(__file__).parents[1] / "fixtures" / "conventions"
SECOND_NS = 1_000_000_000
START_NS = 1_763_700_000 * SECOND_NS
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def recording(name: str) -> Any:
    path = FIXTURES / name
    return orjson.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())


def make_span(
    attributes: dict[str, Any],
    *,
    name: str = "span",
    scope: str = "",
    span_id: str = "00f067aa0ba902b7",
    parent: str = "",
    status_code: int = 0,
    status_message: str = "",
    events: Iterable[SpanEvent] = (),
    ended_at_ns: int = START_NS + SECOND_NS,
    resource: dict[str, Any] | None = None,
) -> RawSpan:
    return RawSpan(
        TRACE_ID,
        span_id,
        parent,
        name,
        1,
        START_NS,
        ended_at_ns,
        status_code,
        status_message,
        attributes,
        list(events),
        [],
        Origin(resource or {}, scope),
    )


def make_log(
    attributes: dict[str, Any],
    *,
    event_name: str = "",
    body: Any = None,
    scope: str = "",
    time_ns: int = START_NS,
    resource: dict[str, Any] | None = None,
) -> RawLog:
    return RawLog("", "", time_ns, event_name, 9, body, attributes, Origin(resource or {}, scope))


def recorded_logs(name: str) -> list[RawLog]:
    held = recording(name)
    origin = Origin(held["resource"], held["scope"])
    return [
        RawLog(
            log["trace_id"],
            log["span_id"],
            log["time_ns"],
            log["event_name"] or log["attributes"]["event.name"],
            9,
            log["body"],
            log["attributes"],
            origin,
        )
        for log in held["logs"]
    ]


def recorded_spans(name: str) -> list[RawSpan]:
    held = recording(name)
    origin = Origin(held["resource"], held["scope"])
    return [
        RawSpan(
            span["trace_id"],
            span["span_id"],
            span["parent_span_id"],
            span["name"],
            1,
            span["started_at_ns"],
            span["ended_at_ns"],
            span["status_code"],
            "",
            span["attributes"],
            [SpanEvent(event["name"], event["time_ns"], event["attributes"]) for event in span["events"]],
            [],
            origin,
        )
        for span in held["spans"]
    ]


def mapped_logs(name: str) -> list[Mapped]:
    return [mapped for log in recorded_logs(name) if (mapped := read_log(log)) is not None]


def mapped_spans(name: str) -> list[Mapped]:
    return [read_span(span) for span in recorded_spans(name)]


def span_event(attributes: dict[str, Any], **fields: Any) -> Event:
    return read_span(make_span(attributes, **fields)).event


def only(mapped: Iterable[Mapped], matching: Callable[[Event], bool]) -> Mapped:
    found = [item for item in mapped if matching(item.event)]
    assert len(found) == 1, [item.event.name for item in found]
    return found[0]


def named(mapped: Iterable[Mapped], name: str) -> Mapped:
    return only(mapped, lambda event: event.name == name)


def of_type(mapped: Iterable[Mapped], kind: str) -> list[Event]:
    return [item.event for item in mapped if item.event.type == kind]


def types(mapped: Iterable[Mapped]) -> dict[str, int]:
    return dict(Counter(item.event.type for item in mapped))


def inputs(mapped: Mapped) -> list[Message]:
    return _messages(mapped, mapped.event.input_refs)


def outputs(mapped: Mapped) -> list[Message]:
    return _messages(mapped, mapped.event.output_refs)


def values(mapped: Mapped, refs: tuple[bytes, ...]) -> list[Any]:
    """What the blocks that are not messages hold."""
    blocks = {block.hash: block for block in mapped.blocks}
    return [value_of(blocks[ref]) for ref in refs if blocks[ref].kind != "message"]


def details(event: Event) -> dict[str, Any]:
    found = orjson.loads(event.details or "{}")
    assert isinstance(found, dict)
    return found


def session_fields(event: Event) -> dict[str, Any]:
    found = orjson.loads(event.session_fields or "{}")
    assert isinstance(found, dict)
    return found


def tokens(mapped: Iterable[Mapped], kind: str = "call") -> tuple[int, int]:
    """Input and output tokens of the model calls, or of the sums over them."""
    events = [item.event for item in mapped if item.event.usage_kind == kind]
    return sum(event.input_tokens or 0 for event in events), sum(event.output_tokens or 0 for event in events)


def _messages(mapped: Mapped, refs: tuple[bytes, ...]) -> list[Message]:
    blocks = {block.hash: block for block in mapped.blocks}
    return [message_of(blocks[ref]) for ref in refs if blocks[ref].kind == "message"]
