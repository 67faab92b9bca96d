"""A session as OTLP/JSON traces in the GenAI vocabulary, so that any OpenTelemetry backend can read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from sojourn.app.views.content import loaded_object, message_parts, opaque_value
from sojourn.app.views.exports import BLOCK_LIMIT_CHARS, event_blocks, session_events
from sojourn.app.views.reading import Reading
from sojourn.domain.events import Event, EventStatus
from sojourn.domain.messages import Block, dump_json
from sojourn.domain.sessions import Session

Json = dict[str, Any]
OPERATIONS = {"llm_call": "chat", "tool_call": "execute_tool", "retrieval": "retrieval"}
STATUS_CODES: dict[str, int] = {EventStatus.OK: 1, EventStatus.ERROR: 2}
INTERNAL_KIND = 1
SPAN_ID_DIGITS = 16
_ATTRIBUTES = {
    "agent_id": "gen_ai.agent.name",
    "model_requested": "gen_ai.request.model",
    "model_used": "gen_ai.response.model",
    "provider": "gen_ai.provider.name",
    "tool_name": "gen_ai.tool.name",
    "tool_call_id": "gen_ai.tool.call.id",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "conversation_id": "gen_ai.conversation.id",
    "error_type": "error.type",
    "type": "sojourn.event.type",
    "details": "sojourn.details",
}
_BLOCK_ATTRIBUTES = {"arguments": "gen_ai.tool.call.arguments", "result": "gen_ai.tool.call.result"}


def session_otlp(reading: Reading) -> Iterator[bytes]:
    """One JSON document, written span by span."""
    session = reading.session
    resource = {
        "attributes": _key_values(
            {
                "service.name": session.service,
                "deployment.environment.name": session.environment,
            }
        )
    }
    yield b'{"resourceSpans":[{"resource":' + orjson.dumps(resource)
    yield b',"scopeSpans":[{"scope":{"name":"sojourn.export"},"spans":['
    for index, event in enumerate(session_events(reading)):
        yield (b"," if index else b"") + orjson.dumps(_span(reading, session, event))
    yield b"]}]}]}"


def _span(reading: Reading, session: Session, event: Event) -> Json:
    trace_id = event.trace_id if len(event.trace_id) == 32 else session.id.replace("-", "")
    ended_at_ns = event.ended_at_ns or event.started_at_ns
    return {
        "traceId": trace_id,
        "spanId": span_id_of(event.event_id),
        "parentSpanId": span_id_of(event.parent_event_id) if event.parent_event_id else "",
        "name": event.name,
        "kind": INTERNAL_KIND,
        "startTimeUnixNano": str(event.started_at_ns),
        "endTimeUnixNano": str(ended_at_ns),
        "status": {"code": STATUS_CODES.get(event.status, 0), "message": event.error},
        "attributes": _key_values(
            {
                **loaded_object(event.attributes),
                **_told(session, event),
                **_content(reading, event),
            }
        ),
    }


def span_id_of(event_id: str) -> str:
    """The span id of an event that was a span, else one made from the event id."""
    span_id = event_id.rpartition("-")[2]
    if len(span_id) == SPAN_ID_DIGITS and all(char in "0123456789abcdef" for char in span_id):
        return span_id
    return hashlib.blake2b(event_id.encode(), digest_size=SPAN_ID_DIGITS // 2).hexdigest()


def _told(session: Session, event: Event) -> Json:
    told = {"sojourn.session.id": session.key, "gen_ai.operation.name": OPERATIONS.get(event.type, "")}
    return {**told, **{attribute: getattr(event, name) for name, attribute in _ATTRIBUTES.items()}}


def _content(reading: Reading, event: Event) -> Json:
    """Messages, tool definitions, arguments and results as the convention's JSON attributes."""
    lists: dict[str, list[Any]] = {}
    single: Json = {}
    for side, hashes in (("input", event.input_refs), ("output", event.output_refs)):
        for _, block, full_chars in event_blocks(reading, hashes):
            if block is None:
                continue
            is_cut = full_chars > len(block.text)
            if block.kind == "message":
                lists.setdefault(f"gen_ai.{side}.messages", []).append(_message(block, is_cut))
            elif block.kind == "tool_definition":
                lists.setdefault("gen_ai.tool.definitions", []).append(opaque_value(block, is_cut))
            else:
                single[_BLOCK_ATTRIBUTES.get(block.kind, f"{side}.value")] = block.text
    return {**single, **{name: dump_json(values) for name, values in lists.items()}}


def _message(block: Block, is_cut: bool) -> Json:
    message = {"role": block.role, "parts": message_parts(block, is_cut, BLOCK_LIMIT_CHARS)}
    return {**message, "name": block.name} if block.name else message


def _key_values(attributes: Json) -> list[Json]:
    return [{"key": name, "value": _any_value(value)} for name, value in attributes.items() if value not in (None, "")]


def _any_value(value: Any) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any_value(item) for item in value if item is not None]}}
    return {"stringValue": value if isinstance(value, str) else dump_json(value)}
