"""Parameters as the callers of Comis spell them: its handlers, its web console and its command line differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sojourn.app.errors import Invalid

KEY = ("session_key", "sessionKey", "key", "conversation_ref", "conversationRef")
KEYS = ("keys", "session_keys", "sessionKeys", "targets")
AGENT = ("agentId", "agent_id", "agent")
TENANT = ("tenantId", "tenant_id", "tenant")
CHANNEL = ("channelType", "channel_type", "channel")
MAX_KEYS = 200  # sessions of one request
MAX_CHARS = 4_096


class InvalidParams(Invalid):
    """A parameter is missing or has a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Params:
    given: Mapping[str, Any]

    def text(self, *names: str) -> str:
        """The first of these that is given; "" if none is."""
        name, value = self._first(names)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > MAX_CHARS:
            raise InvalidParams(f"{name} must be a string of at most {MAX_CHARS} characters")
        return value.replace("\x00", "\ufffd")  # PostgreSQL takes none; as another character it finds nothing, too

    def whole(self, *names: str, default: int, least: int, most: int) -> int:
        """Clamped, as Comis does."""
        number = self.number(*names)
        return default if number is None else int(min(max(number, least), most))

    def number(self, *names: str) -> float | None:
        name, value = self._first(names)
        if isinstance(value, str):
            value = _number_of(value)
            if value is None:
                raise InvalidParams(f"{name} must be a number")
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise InvalidParams(f"{name} must be a number")
        return value

    def key(self) -> str:
        key = self.text(*KEY)
        if not key:
            raise InvalidParams(f"{KEY[0]} is required")
        return key

    @property
    def has_key(self) -> bool:
        return any(self.given.get(name) for name in KEY)

    @property
    def is_bulk(self) -> bool:
        return any(name in self.given for name in KEYS)

    def all_keys(self) -> list[str]:
        """Each once. A target is an object that holds a key."""
        name, listed = self._first(KEYS)
        if not isinstance(listed, list) or not listed or len(listed) > MAX_KEYS:
            raise InvalidParams(f"{name or KEYS[0]} must be a list of 1 to {MAX_KEYS} session keys")
        wrapped = [Params(one if isinstance(one, dict) else {KEY[0]: one}) for one in listed]
        return list(dict.fromkeys(one.key() for one in wrapped))

    def _first(self, names: tuple[str, ...]) -> tuple[str, Any]:
        for name in names:
            if self.given.get(name) is not None:
                return name, self.given[name]
        return names[0], None


def _number_of(text: str) -> float | None:
    """Of a query string."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None
