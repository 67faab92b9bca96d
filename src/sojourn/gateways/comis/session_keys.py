"""Comis session keys: `[agent:{agent}:]{tenant}:{user}:{channel}[:peer:{id}][:guild:{id}][:thread:{id}]`."""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_TENANT = "default"
MARKERS = ("peer", "guild", "thread")  # in this order
LEADING_PARTS = 2  # tenant and user; what follows up to a marker is the channel


class SessionKey(NamedTuple):
    tenant: str
    user: str
    channel: str  # may hold colons: sub-agent:<uuid>
    agent: str = ""
    peer: str = ""
    guild: str = ""
    thread: str = ""


def key_fields(key: str) -> dict[str, str]:
    """Under each of the names by which callers read it and give it back."""
    return {"sessionKey": key, "conversationRef": key}


def parse_key(text: str) -> SessionKey | None:
    """None if it is no key of Comis: other senders name their sessions as they like."""
    parts = text.split(":")
    agent = ""
    if parts[0] == "agent" and len(parts) > 1:
        agent, parts = parts[1], parts[2:]
    if len(parts) <= LEADING_PARTS or not all(parts[:LEADING_PARTS]):
        return None
    values, rest = {}, parts[LEADING_PARTS:]
    for marker in reversed(MARKERS):
        rest, value = _split_at(rest, marker)
        values[marker] = value
    channel = ":".join(rest)
    return SessionKey(parts[0], parts[1], channel, agent, **values) if channel else None


def _split_at(parts: list[str], marker: str) -> tuple[list[str], str]:
    """What stands before the first such marker that has a value, and its value. A channel comes before any."""
    for place in range(1, len(parts) - 1):
        if parts[place] == marker:
            return parts[:place], ":".join(parts[place + 1 :])
    return parts, ""
