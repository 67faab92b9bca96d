"""From a convention's draft to the canonical event and its content blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sojourn.conventions.draft import Draft
from sojourn.conventions.values import text_of
from sojourn.domain.costs import rate_rule
from sojourn.domain.events import MOMENT_TYPES, PREVIEW_CHARS, Event
from sojourn.domain.identity import FINAL_VERSION, PENDING_VERSION, content_id, span_event_id
from sojourn.domain.messages import (
    SPOKEN_ROLES,
    Block,
    Message,
    clean,
    dump_json,
    message_block,
    message_keys,
    plain_text,
    value_block,
)
from sojourn.domain.telemetry import Origin, RawLog, RawSpan

STATUS_ERROR = 2
# Exceptions by which frameworks say that a run stopped on purpose (interop.md §8.6).
WAITING = frozenset(
    {"GraphDrained", "GraphInterrupt", "NodeInterrupt", "ApprovalRequired", "CallDeferred", "HumanFeedbackPending"}
)
CANCELED = frozenset({"RunCancelled", "CancelledError", "KeyboardInterrupt"})
MAX_NAME_CHARS = 1_024
MAX_ERROR_CHARS = 8_000
LAST_NS = 2**63 - 1  # in the year 2262: later times are nonsense and no store takes them


class Mapped(NamedTuple):
    """One canonical event and the content that it refers to."""

    event: Event
    blocks: tuple[Block, ...]


class Place(NamedTuple):
    """What a record itself says of its identity and time, where the draft says nothing."""

    event_id: str
    trace_id: str
    parent_event_id: str
    name: str
    status: str
    started_at_ns: int
    ended_at_ns: int | None
    source: str
    scope: str


def assemble_span(span: RawSpan, draft: Draft) -> Mapped:
    is_open = span.ended_at_ns == 0
    _take_error(span, draft)
    place = Place(
        span_event_id(span.trace_id, span.span_id),
        span.trace_id,
        span_event_id(span.trace_id, span.parent_span_id),
        span.name,
        "pending" if is_open else _status(span.status_code == STATUS_ERROR, draft),
        span.started_at_ns,
        None if is_open else max(span.ended_at_ns, span.started_at_ns),
        "span",
        span.origin.scope_name,
    )
    return _assemble(draft, place, _rest_of_span(span, draft.consumed), PENDING_VERSION if is_open else FINAL_VERSION)


def assemble_log(log: RawLog, draft: Draft) -> Mapped:
    """A record has no id of its own: who sent it, when, in which session and with what content name it."""
    fingerprint = dump_json([log.event_name, log.body, log.attributes])
    place = Place(
        content_id("log", log.origin.scope_name, log.time_ns, log.trace_id, log.span_id, fingerprint),
        log.trace_id,
        span_event_id(log.trace_id, log.span_id),
        log.event_name or text_of(log.body)[:PREVIEW_CHARS] or "log",
        _status(bool(draft.error or draft.error_type), draft),
        log.time_ns,
        draft.ended_at_ns or log.time_ns,
        "log",
        log.origin.scope_name,
    )
    return _assemble(draft, place, _rest_of_log(log, draft.consumed), FINAL_VERSION)


def assemble_draft(
    draft: Draft, *, attributes: Mapping[str, Any], source: str, scope: str, trace_id: str = ""
) -> Mapped:
    """For records that are no OpenTelemetry; the draft must name its event_id and times."""
    place = Place(
        draft.event_id,
        trace_id,
        draft.parent_event_id,
        draft.name or draft.type,
        _status(bool(draft.error or draft.error_type), draft),
        draft.started_at_ns,
        draft.ended_at_ns,
        source,
        scope,
    )
    is_open = draft.status == "pending"
    return _assemble(draft, place, dict(attributes), PENDING_VERSION if is_open else FINAL_VERSION)


def _assemble(draft: Draft, place: Place, attributes: dict[str, Any], version: int) -> Mapped:
    inputs, outputs = _input_blocks(draft), _output_blocks(draft)
    event_id = draft.event_id or place.event_id
    started_at_ns = min(draft.started_at_ns or place.started_at_ns, LAST_NS)
    cost, rule = _reported_cost(draft)
    event = Event(
        event_id=clean(event_id),
        type=draft.type,
        name=clean((draft.name or place.name)[:MAX_NAME_CHARS]),
        status=draft.status or place.status,
        started_at_ns=started_at_ns,
        ended_at_ns=_end(draft, place, started_at_ns),
        trace_id=place.trace_id,
        parent_event_id=clean(draft.parent_event_id or place.parent_event_id),
        seq=draft.seq,
        version=version,
        conversation_id=clean(draft.conversation_id),
        session_tier=draft.session_tier,
        session_hint=clean(draft.session_key),
        agent_id=clean(draft.agent),
        model_requested=clean(draft.model_requested),
        model_used=clean(draft.model_used),
        provider=clean(draft.provider),
        tool_name=clean(draft.tool_name),
        tool_call_id=clean(draft.tool_call_id),
        input_tokens=draft.input_tokens,
        output_tokens=draft.output_tokens,
        cache_read_tokens=draft.cache_read_tokens,
        cache_write_tokens=draft.cache_write_tokens,
        reasoning_tokens=draft.reasoning_tokens,
        cost_usd=cost,
        cost_rule=rule,
        usage_kind=draft.usage_kind,
        usage_key=clean(draft.usage_key),
        source=place.source,
        scope=clean(place.scope),
        error_type=clean(draft.error_type),
        error=clean(draft.error)[:MAX_ERROR_CHARS],
        preview=clean(draft.preview or _preview(draft))[:PREVIEW_CHARS],
        user_text=_user_text(draft)[:PREVIEW_CHARS],
        input_refs=tuple(block.hash for block in inputs),
        output_refs=tuple(block.hash for block in outputs),
        message_keys=_keys(draft, event_id, inputs, outputs),
        details=dump_json(draft.details) if draft.details else "",
        attributes=dump_json(attributes) if attributes else "",
        session_fields=dump_json(draft.session_fields) if draft.session_fields else "",
    )
    return Mapped(event, tuple({block.hash: block for block in (*inputs, *outputs)}.values()))


def _input_blocks(draft: Draft) -> list[Block]:
    blocks = [message_block(message) for message in draft.system]
    blocks += [
        value_block("tool_definition", definition, _definition_name(definition))
        for definition in draft.tool_definitions
    ]
    blocks += [message_block(message) for message in draft.inputs]
    if draft.arguments is not None:
        blocks.append(value_block("arguments", draft.arguments, draft.tool_name))
    if draft.input_value is not None:
        blocks.append(value_block("value", draft.input_value))
    return blocks


def _output_blocks(draft: Draft) -> list[Block]:
    blocks = [message_block(message) for message in draft.outputs]
    if draft.result is not None:
        blocks.append(value_block("result", draft.result, draft.tool_name))
    if draft.output_value is not None:
        blocks.append(value_block("value", draft.output_value))
    return blocks


def _definition_name(definition: Any) -> str:
    if not isinstance(definition, dict):
        return ""
    inner = definition.get("function")
    return clean(text_of((inner if isinstance(inner, dict) else definition).get("name")))


def _keys(draft: Draft, event_id: str, inputs: Sequence[Block], outputs: Sequence[Block]) -> tuple[int, ...]:
    """A message row is a message of its own; a call tells of those in its history; other rows tell of none."""
    if draft.type == "message":
        spoken = any(message.role in SPOKEN_ROLES for message in (*draft.inputs, *draft.outputs))
        return (int(content_id("message", event_id)[:16], 16),) if spoken else ()
    if draft.type == "llm_call" and draft.details.get("counts_messages", True):
        return message_keys((*inputs, *outputs))
    return ()


def _status(is_error: bool, draft: Draft) -> str:
    error_class = draft.error_type.rsplit(".", 1)[-1]
    if error_class in WAITING:
        return "waiting"
    if error_class in CANCELED:
        return "canceled"
    return "error" if is_error else "ok"


def _take_error(span: RawSpan, draft: Draft) -> None:
    """What the span's status and its exception event say of a failure, where the convention said nothing."""
    if span.status_code != STATUS_ERROR and not draft.error_type and "error.type" not in span.attributes:
        return
    draft.error_type = draft.error_type or text_of(span.attributes.get("error.type"))
    draft.error = draft.error or span.status_message
    for happened in span.events:
        if happened.name == "exception":
            draft.error_type = draft.error_type or text_of(happened.attributes.get("exception.type"))
            draft.error = draft.error or text_of(happened.attributes.get("exception.message"))
    draft.error = draft.error or draft.error_type


def _end(draft: Draft, place: Place, started_at_ns: int) -> int | None:
    ended = place.ended_at_ns if draft.ended_at_ns is None else draft.ended_at_ns
    if ended is None:
        return started_at_ns if draft.type in MOMENT_TYPES else None
    return max(ended, started_at_ns) if ended <= LAST_NS else started_at_ns


def _reported_cost(draft: Draft) -> tuple[float | None, str]:
    if draft.reported_cost_usd is None:
        return None, ""
    return draft.reported_cost_usd, rate_rule("reported", by=draft.reported_cost_by or None)


def _preview(draft: Draft) -> str:
    """What was said or done, in a line: the answer, else the tools called, else the question."""
    for message in reversed(draft.outputs):
        if said := plain_text(message).strip() or _calls_in(message):
            return said
    if draft.arguments is not None:
        return text_of(draft.arguments)
    for message in reversed(draft.inputs):
        if said := plain_text(message).strip():
            return said
    value = draft.output_value if draft.output_value is not None else draft.input_value
    return text_of(value)[:PREVIEW_CHARS] if value is not None else ""


def _calls_in(message: Message) -> str:
    return ", ".join(
        f"→ {part.get('name')}({text_of(part.get('arguments'))[:80]})"
        for part in message.parts
        if part.get("type") == "tool_call"
    )


def _user_text(draft: Draft) -> str:
    for message in draft.inputs:
        if message.role == "user" and (said := plain_text(message).strip()):
            return clean(said)
    return ""


def _rest_of_span(span: RawSpan, consumed: set[str]) -> dict[str, Any]:
    """Everything that has no place of its own, as it came."""
    rest = {name: value for name, value in span.attributes.items() if name not in consumed}
    _add_origin(rest, span.origin)
    if span.kind:
        rest["span_kind"] = span.kind
    if span.status_message:
        rest["status_message"] = span.status_message
    events = [
        {"name": happened.name, "time_ns": happened.time_ns, "attributes": happened.attributes}
        for happened in span.events
        if f"event:{happened.name}" not in consumed
    ]
    if events:
        rest["events"] = events
    if span.links:
        rest["links"] = [link._asdict() for link in span.links]
    return rest


def _rest_of_log(log: RawLog, consumed: set[str]) -> dict[str, Any]:
    rest = {name: value for name, value in log.attributes.items() if name not in consumed}
    _add_origin(rest, log.origin)
    if log.body is not None and "body" not in consumed:
        rest["body"] = log.body
    if log.severity:
        rest["severity"] = log.severity
    return rest


def _add_origin(rest: dict[str, Any], origin: Origin) -> None:
    if origin.resource:
        rest["resource"] = origin.resource
    if origin.scope_version:
        rest["scope_version"] = origin.scope_version
    if origin.scope_attributes:
        rest["scope_attributes"] = origin.scope_attributes
