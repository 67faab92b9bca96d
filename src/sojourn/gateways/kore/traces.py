"""Trace events of a session: the timeline, what is nested in a span, and all of it as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views.analysis import decision_kind
from sojourn.app.views.content import content_of, missing_content
from sojourn.app.views.events import Place, event_detail, event_json, window
from sojourn.app.views.exports import BLOCK_LIMIT_CHARS, event_blocks, session_events
from sojourn.app.views.reading import Reading
from sojourn.app.views.session_rows import session_json
from sojourn.domain.events import Event, EventStatus, EventType
from sojourn.events.rows import WindowFilter
from sojourn.gateways.kore.asking import Asked
from sojourn.gateways.kore.metrics import session_metrics
from sojourn.gateways.kore.sessions import session_row

Json = dict[str, Any]
DEFAULT_PAGE, MAX_PAGE = 100, 500
MAX_PAYLOADS = 50  # trace events of one answer that come with request and response
MAX_SIFTED = 5_000  # rows that one page goes through where the store cannot narrow enough
RESPONSE = "response"  # Kore's word for what an agent finally said
HANDOFF, GUARDRAIL = "handoff", "guardrail"
INCLUDES = frozenset({"metrics", "payloads"})


def trace_events(reading: Reading, asked: Asked) -> Json:
    """Of one event type, of one kind of decision, or all of them, in order of time."""
    include = set(asked.values("include"))
    if include - INCLUDES:
        raise Invalid(f"include takes: {', '.join(sorted(INCLUDES))}")
    most = MAX_PAYLOADS if "payloads" in include else MAX_PAGE
    limit = asked.whole("limit", default=min(DEFAULT_PAGE, most), least=1, most=most)
    rows, cursor = _sifted(reading, _Wanted(asked), asked.text("cursor"), limit)
    told = [trace_event(row) for row in rows]
    if "payloads" in include:
        told = [{**one, **_payloads(event_detail(reading, one["spanId"]))} for one in told]
    answer = {"sessionId": reading.session.id, "traces": told, "nextCursor": cursor}
    return {**answer, "metrics": session_metrics(reading)} if "metrics" in include else answer


def children(reading: Reading, span_id: str, asked: Asked) -> Json:
    """What is directly below a span, with request and response."""
    lineage = reading.spine().lineage
    if span_id not in lineage.place:
        raise NotFound("the session has no such span")
    limit = asked.whole("limit", default=MAX_PAYLOADS, least=1, most=MAX_PAYLOADS)
    offset = asked.whole("offset", default=0, least=0, most=2**31)
    nested = zip(lineage.event_ids, lineage.parent_ids, strict=True)
    below = [event_id for event_id, parent_id in nested if parent_id == span_id and event_id != span_id]
    spans = sorted(reading.spine().of(below), key=lambda row: (row.started_at_ns, row.seq, row.event_id))
    shown = [event_detail(reading, row.event_id) for row in spans[offset : offset + limit]]
    return {
        "spanId": span_id,
        "children": [{**trace_event(detail), **_payloads(detail)} for detail in shown],
        "total": len(below),
        "hasMore": offset + len(shown) < len(below),
    }


def span(reading: Reading, span_id: str) -> Json:
    """One trace event with request and response."""
    detail = event_detail(reading, span_id)
    return {**trace_event(detail), **_payloads(detail)}


def exported(reading: Reading, project: str, is_lines: bool) -> Iterator[bytes]:
    """The session and all its trace events, piece by piece: as JSON, or one object a line."""
    head = orjson.dumps(session_row(session_json(reading.session), project), option=orjson.OPT_NON_STR_KEYS)
    events = (_exported_event(reading, event) for event in session_events(reading))
    if is_lines:
        yield b'{"session":' + head + b"}\n"
        yield from (b'{"trace":' + event + b"}\n" for event in events)
        return
    yield b'{"session":' + head + b',"traces":['
    for place, event in enumerate(events):
        yield (b"," if place else b"") + event
    yield b"]}"


def trace_event(row: Json) -> Json:
    """A row of our timeline in Kore's words."""
    is_end = row["phase"] == 1
    event_type = event_type_of(row)
    failed = row["error"] or row["error_type"]
    return {
        "eventId": f"{row['event_id']}:{row['phase']}" if is_end else row["event_id"],
        "spanId": row["event_id"],
        "parentSpanId": row["parent_event_id"] or None,
        "traceId": row["trace_id"] or None,
        "eventType": event_type,
        "decisionKind": decision_kind_of(row) or None,
        "name": row["name"],
        "agentId": row["agent_id"],
        "status": row["status"],
        "timestamp": row["at"],
        "startedAt": row["started_at"],
        "endedAt": row["ended_at"],
        "durationMs": row["duration_ms"],
        "modelRequested": row["model_requested"],
        "model": row["model_used"] or row["model_requested"],
        "provider": row["provider"],
        "toolName": row["tool_name"],
        "toolCallId": row["tool_call_id"],
        "pairedSpanId": row["pair"]["event_id"] if row["pair"] else None,
        "tokens": {"input": row["input_tokens"], "output": row["output_tokens"]},
        "cost": row["cost_usd"],
        "error": {"type": row["error_type"], "message": row["error"]} if failed else None,
        "data": row["details"],
        "preview": row["preview"],
    }


def event_type_of(row: Json) -> str:
    if row["phase"] == 1:
        return str(EventType.TOOL_RESULT)
    return RESPONSE if _is_response(row) else str(row["type"])


def decision_kind_of(row: Json) -> str:
    """What a decision was about. Handing over and guarding are decisions to Kore, too."""
    if row["type"] == EventType.HANDOFF:
        return HANDOFF
    if row["type"] == EventType.GUARDRAIL_EVAL:
        return GUARDRAIL
    return decision_kind(row["details"]) if row["type"] == EventType.DECISION else ""


class _Wanted:
    """Which rows: as far as the store can tell them apart, and by a look at each."""

    def __init__(self, asked: Asked) -> None:
        self._event_type = asked.text("eventType", "event_type")
        self._kind = asked.text("decisionKind", "decision_kind")
        types: tuple[str, ...] = ()
        if self._kind:
            own = {HANDOFF: str(EventType.HANDOFF), GUARDRAIL: str(EventType.GUARDRAIL_EVAL)}.get(self._kind)
            types = (str(EventType.DECISION), *([own] if own else []))
        elif self._event_type == RESPONSE:
            types = (str(EventType.MESSAGE),)
        elif self._event_type and self._event_type != EventType.ERROR:
            types = (self._event_type,)
        is_error = self._event_type == EventType.ERROR  # whatever failed, and not only failures that stand alone
        self.filter = WindowFilter(
            types=types,
            statuses=(str(EventStatus.ERROR),) if is_error else asked.values("eventStatus"),
            agents=asked.values("agent", "agentId"),
            trace_ids=asked.values("traceId"),
            q=asked.text("search", "q"),
        )
        self.is_sifted = bool(self._kind) or self._event_type in (RESPONSE, EventType.MESSAGE)

    def is_met_by(self, row: Json) -> bool:
        if self._kind and decision_kind_of(row) != self._kind:
            return False
        return self._event_type in ("", EventType.ERROR, EventType.DECISION, event_type_of(row))


def _sifted(reading: Reading, wanted: _Wanted, after: str, limit: int) -> tuple[list[Json], str | None]:
    found: list[Json] = []
    looked_at = 0
    while True:
        page = window(reading, wanted.filter, Place(after=after, limit=limit - len(found)))
        looked_at += len(page["items"])
        found += [row for row in page["items"] if not wanted.is_sifted or wanted.is_met_by(row)]
        after = page["next_cursor"] or ""
        if not after or not wanted.is_sifted or len(found) == limit or looked_at >= MAX_SIFTED:
            return found, after or None


def _is_response(row: Json) -> bool:
    if row["type"] != EventType.MESSAGE:
        return False
    role = row["details"].get("role")
    return bool(role == "assistant" or (role is None and row["output_count"] and not row["input_count"]))


def _payloads(detail: Json) -> Json:
    return {"request": detail["input"], "response": detail["output"], "attributes": detail["attributes"]}


def _exported_event(reading: Reading, event: Event) -> bytes:
    told = {
        **trace_event(event_json(event)),
        "request": list(_contents(reading, event.input_refs)),
        "response": list(_contents(reading, event.output_refs)),
    }
    return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS)


def _contents(reading: Reading, hashes: tuple[bytes, ...]) -> Iterator[Json]:
    for digest, block, full_chars in event_blocks(reading, hashes):
        yield missing_content(digest) if block is None else content_of(block, full_chars, BLOCK_LIMIT_CHARS)
