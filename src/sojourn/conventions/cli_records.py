"""What the telemetry of coding agents on the command line has in common: bare attribute names, text for numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.draft import Draft
from sojourn.conventions.values import amount_of, count_of, first_of, first_text
from sojourn.domain.messages import Message, text_message
from sojourn.domain.telemetry import RawLog

HIDDEN = frozenset({"<REDACTED>", "[REDACTED]", "REDACTED"})  # what senders write when content is switched off
NANOSECONDS_PER_MS = 1_000_000
CLIENT_ERROR = 400
SERVER_ERROR = 500
RETRYABLE_STATUSES = frozenset({408, 409, 429})


def count_in(attributes: Mapping[str, Any], *names: str) -> int | None:
    return count_of(first_of(attributes, *names))


def amount_in(attributes: Mapping[str, Any], *names: str) -> float | None:
    return amount_of(first_of(attributes, *names))


def shown_text(attributes: Mapping[str, Any], *names: str) -> str:
    """Content that the sender may have been told to hide: "" then."""
    text = first_text(attributes, *names)
    return "" if text in HIDDEN else text


def flag_in(attributes: Mapping[str, Any], *names: str) -> bool | None:
    value = first_of(attributes, *names)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def word_of(log: RawLog, prefix: str) -> str:
    """The event's own word without the product's prefix: event name, attribute or body may carry it."""
    name = log.event_name or first_text(log.attributes, "event.name")
    if not name and isinstance(log.body, str) and log.body.startswith(prefix):
        name = log.body.split(maxsplit=1)[0]
    return name.removeprefix(prefix)


def ended_after(draft: Draft, log: RawLog, duration_ms: float | None) -> None:
    """A record written at the end of something that took this long."""
    duration_ns = int(min((duration_ms or 0) * NANOSECONDS_PER_MS, max(0, log.time_ns)))
    draft.started_at_ns = log.time_ns - duration_ns
    draft.ended_at_ns = log.time_ns


def said(role: str, content: str) -> Message:
    """A message that was told, with or without its content."""
    return text_message(role, content) if content else Message(role, ())


def hidden_preview(length: int | None) -> str:
    return "content not captured" if length is None else f"content not captured ({length} characters)"


def failed(draft: Draft, error: str, error_type: str = "") -> None:
    draft.status = "error"
    draft.error = error
    draft.error_type = error_type or "error"


def is_retryable(status_code: int | None) -> bool:
    return status_code is not None and (status_code in RETRYABLE_STATUSES or status_code >= SERVER_ERROR)


def take_prompt(draft: Draft, log: RawLog) -> None:
    """What the user typed, if the sender may tell."""
    _take_said(draft, log, "prompt")
    draft.inputs = [said("user", shown_text(log.attributes, "prompt"))]


def take_answer(draft: Draft, log: RawLog, name: str) -> None:
    _take_said(draft, log, name)
    draft.outputs = [said("assistant", shown_text(log.attributes, name))]


def _take_said(draft: Draft, log: RawLog, name: str) -> None:
    draft.type = "message"
    draft.consumed.add(name)
    if not shown_text(log.attributes, name):
        draft.preview = hidden_preview(count_in(log.attributes, f"{name}_length"))


def take_decision(draft: Draft, attributes: Mapping[str, Any], call_id_name: str) -> None:
    """Whether a tool may run, and who or what said so."""
    draft.type = "decision"
    draft.tool_name = first_text(attributes, "tool_name")
    draft.tool_call_id = first_text(attributes, call_id_name)
    draft.details.update({"decision": first_text(attributes, "decision"), "policy": first_text(attributes, "source")})


def take_mode(draft: Draft, log: RawLog, variable: str) -> None:
    """A mode of the program that the user switched."""
    draft.type = "state_change"
    old, new = first_text(log.attributes, "from_mode"), first_text(log.attributes, "to_mode")
    draft.details.update({"variable": variable, "old": old, "new": new})


def take_user(draft: Draft, attributes: Mapping[str, Any], *names: str) -> None:
    """Who used the program: the telling names before the anonymous `user.id`."""
    if user_id := first_text(attributes, *names):
        draft.session_fields["user_id"] = user_id
