"""One event in Itential's words: an inference, a tool execution, or a step of the session's own life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.app.views.content import loaded_object, message_parts, opaque_value
from sojourn.domain.events import Event, EventStatus, EventType
from sojourn.domain.messages import Block, dump_json
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.gateways.itential.session_bodies import STATUSES, TERMINAL

Json = dict[str, Any]
REASONING, TOOL, STATUS = "AGENT_REASONING", "TOOL_CALLED", "AGENT_STATUS"
PAST = {"pause": "paused", "resume": "resumed", "cancel": "canceled"}
TOOL_STATES = {EventStatus.OK: "succeeded", EventStatus.ERROR: "failed", EventStatus.CANCELED: "canceled"}
RESPONSE_FIELDS = ("response", "arguments")


class Content:
    """Blocks that were fetched, each text cut at a length."""

    def __init__(self, blocks: Mapping[bytes, tuple[Block, int]], max_chars: int) -> None:
        self._blocks = blocks
        self._max_chars = max_chars

    def parts(self, hashes: Sequence[bytes]) -> list[Json]:
        found: list[Json] = []
        for block, full_chars in self._found(hashes):
            is_cut = full_chars > len(block.text)
            if block.kind == "message":
                found += message_parts(block, is_cut)
            else:
                found.append({"type": "text", "content": _as_text(opaque_value(block, is_cut))})
        return found

    def role(self, hashes: Sequence[bytes]) -> str:
        return next((block.role for block, _ in self._found(hashes) if block.role), "")

    def text(self, hashes: Sequence[bytes], kind: str = "text") -> str | None:
        texts = [_as_text(part.get("content", "")) for part in self.parts(hashes) if part.get("type") == kind]
        return "\n".join(texts)[: self._max_chars] if texts else None

    def value(self, hashes: Sequence[bytes]) -> tuple[Any, bool]:
        """Arguments or a result, and whether they are cut."""
        for block, full_chars in self._found(hashes):
            is_cut = full_chars > len(block.text)
            if block.kind != "message":
                return opaque_value(block, is_cut), is_cut
            parts = message_parts(block, is_cut)
            told = next((part[name] for part in parts for name in RESPONSE_FIELDS if name in part), None)
            return (self.text(hashes) if told is None else told), is_cut
        return None, False

    def _found(self, hashes: Sequence[bytes]) -> list[tuple[Block, int]]:
        return [self._blocks[digest] for digest in hashes if digest in self._blocks]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an event alone does not tell."""

    session: Session
    canceled_by: str
    open_tasks: Mapping[str, str]  # by the tool call or event that waits
    called: Mapping[str, str]  # ids of called sessions by their keys
    paused_at_ns: Sequence[int] = ()  # when pauses came into force


def message_body(event: Event, result: Event | None, content: Content, around: Surroundings) -> Json:
    if event.type in (EventType.TOOL_CALL, EventType.TOOL_RESULT):
        return _tool(event, result, content, around)
    if event.type == EventType.CONTROL:
        return _control(event, around)
    if event.type == EventType.LLM_CALL:
        return _inference(event, content)
    return _said(event, content)


def status_body(session: Session, kind: str) -> Json:
    has_failed = kind == "agent-session-failed"
    category = "abandoned" if session.status == SessionStatus.ABANDONED else session.end_reason
    failure = {"errorMessage": session.status_reason, "errorCategory": category or "exception"}
    text = session.status_reason if has_failed else None
    return {"type": kind, "category": STATUS, "text": text, "data": failure if has_failed else {}}


def _inference(event: Event, content: Content) -> Json:
    duration_ms = _duration_ms(event)
    details = loaded_object(event.details)
    if event.status == EventStatus.ERROR:
        data: Json = {"durationMs": duration_ms, "errorMessage": event.error, "errorCategory": event.error_type}
        return {
            "type": "inference-failed",
            "category": REASONING,
            "text": event.error or event.error_type,
            "data": data,
        }
    if event.status == EventStatus.PENDING:
        return {"type": "inference-pending", "category": REASONING, "text": None, "data": {}}
    reasons = details.get("finish_reasons") or [None]
    return {
        "type": "inference-succeeded",
        "category": REASONING,
        "text": content.text(event.output_refs),
        "data": {
            "durationMs": duration_ms,
            "stopReason": reasons[0] if isinstance(reasons, list) else reasons,
            "model": event.model_used or event.model_requested,
            "reasoning": content.text(event.output_refs, "reasoning"),
            "tokenUsage": {
                "inputTokens": event.input_tokens or 0,
                "outputTokens": event.output_tokens or 0,
                "cacheReadTokens": event.cache_read_tokens or 0,
                "cacheCreationTokens": event.cache_write_tokens or 0,
            },
        },
    }


def _said(event: Event, content: Content) -> Json:
    """What was said outside of any model call. Only an answer is an inference: a thought is on the way to one."""
    hashes = (*event.input_refs, *event.output_refs)
    text = content.text(hashes)
    if event.type == EventType.REASONING:
        thought = content.text(hashes, "reasoning") or text
        return {"type": "inference-pending", "category": REASONING, "text": thought, "data": {}}
    if content.role(hashes) == "assistant":
        return {"type": "inference-succeeded", "category": REASONING, "text": text, "data": {"tokenUsage": {}}}
    return {"type": "user-message", "category": REASONING, "text": text, "data": {"role": content.role(hashes)}}


def _tool(event: Event, result: Event | None, content: Content, around: Surroundings) -> Json:
    details = loaded_object(event.details)
    is_answer = event.type == EventType.TOOL_RESULT
    given, is_given_cut = (None, False) if is_answer else content.value(event.input_refs)
    said = event.output_refs or (event.input_refs if is_answer else ())
    if not said and result is not None:
        said = result.output_refs or result.input_refs
    output, is_output_cut = content.value(said)
    task_id = around.open_tasks.get(event.tool_call_id) or around.open_tasks.get(event.event_id)
    status = _tool_status(event, result, bool(task_id), around.session)
    failed = result if result is not None and result.error else event
    name = event.tool_name or event.name
    return {
        "type": "tool-execution",
        "category": TOOL,
        "text": name,
        "data": {
            "toolGroupId": event.parent_event_id or None,
            "toolCallId": event.tool_call_id or event.event_id,
            "toolName": name,
            "toolType": details.get("tool_type") or "tool",
            "input": given,
            "isInputTruncated": is_given_cut,
            "output": output,
            "isOutputTruncated": is_output_cut,
            "durationMs": _duration_ms(event),
            "errorMessage": failed.error or None,
            "errorCategory": failed.error_type or None,
            "canceledBy": (around.canceled_by or None) if status == "canceled" else None,
            "outcomeEventId": result.event_id if result is not None else None,
            "status": status,
            "workItemId": task_id,
            "startedSessionId": around.called.get(str(details.get("called_conversation") or "")),
        },
    }


def _tool_status(event: Event, result: Event | None, waits: bool, session: Session) -> str:
    """Each call ends in a definite state: what a session that is over left open was canceled or has failed."""
    told = result.status if result is not None and event.status == EventStatus.PENDING else event.status
    known = TOOL_STATES.get(EventStatus(told))
    if known is not None:
        return known
    if STATUSES[session.status] in TERMINAL:
        return "canceled" if session.status == SessionStatus.CANCELED else "failed"
    return "pending" if waits else "running"


def _control(event: Event, around: Surroundings) -> Json:
    details = loaded_object(event.details)
    verb = str(details.get("verb") or event.name)
    kind = f"agent-session-{PAST.get(verb, verb)}"
    if event.status != EventStatus.OK:
        kind = f"agent-session-{verb}-{'refused' if event.status == EventStatus.CANCELED else 'requested'}"
    actor = details.get("actor")
    data: Json = {"actor": actor, "reason": details.get("reason"), "status": details.get("status")}
    if verb == "cancel":
        data["canceledBy"] = actor
    if verb == "resume":
        since_ns = max((at_ns for at_ns in around.paused_at_ns if at_ns <= event.started_at_ns), default=None)
        data["pauseDurationMs"] = None if since_ns is None else (event.started_at_ns - since_ns) // 1_000_000
    return {"type": kind, "category": STATUS, "text": f"{verb} by {actor}" if actor else verb, "data": data}


def _duration_ms(event: Event) -> int | None:
    return None if event.ended_at_ns is None else max(0, event.ended_at_ns - event.started_at_ns) // 1_000_000


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else dump_json(value)
