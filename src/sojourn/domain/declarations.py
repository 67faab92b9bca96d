"""What a sender says of its session outside of any event."""

from __future__ import annotations

from typing import Any, NamedTuple


class Declaration(NamedTuple):
    key: str  # of the session
    fields: dict[str, Any]  # sessions.SESSION_FIELDS; others are ignored
    at_ns: int  # when it was said: of two words for one field the later wins
