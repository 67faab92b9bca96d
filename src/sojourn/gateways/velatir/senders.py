"""What requests say of whom they come from: the same keys in every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.app.errors import Invalid
from sojourn.domain.identity import MAX_SESSION_KEY_CHARS

CHANNEL = "velatir"
MAX_NAME_CHARS = 500
Json = dict[str, Any]
# Where senders put what our list filters by; the first that is there counts.
FIELDS = {
    "service": ("service", "source", "application"),
    "origin": ("origin",),
    "user_id": ("userId", "user_id", "userEmail", "user"),
    "agent_id": ("agentId", "agent_id", "agent"),
    "environment": ("environment",),
}
SESSION = ("sessionId", "session_id", "conversationId", "conversation_id")


def text(sent: Mapping[str, Any], *names: str, limit: int = MAX_NAME_CHARS) -> str:
    """The first of these that is a text or a number, without what databases refuse."""
    for name in names:
        value = sent.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            return str(value).replace("\x00", "")[:limit]
    return ""


def needed_text(sent: Mapping[str, Any], *names: str) -> str:
    found = text(sent, *names)
    if not found:
        raise Invalid(f"{names[0]} is missing")
    return found


def an_object(sent: Mapping[str, Any], name: str) -> Json:
    value = sent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid(f"{name} must be an object")
    return value


def session_key(sent: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    return text(sent, *SESSION, limit=MAX_SESSION_KEY_CHARS) or text(metadata, *SESSION, limit=MAX_SESSION_KEY_CHARS)


def session_record(key: str, metadata: Mapping[str, Any], goal: str) -> Json:
    """Its kind stays open: a session that some runtime runs is more than observed."""
    said = {name: text(metadata, *keys) for name, keys in FIELDS.items()}
    record: Json = {"session": key, "channel": CHANNEL, **{name: value for name, value in said.items() if value}}
    return {**record, "goal": goal} if goal else record
