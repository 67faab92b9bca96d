"""What is read out of Niitaka's bodies, with the limits that the rest of Sojourn keeps."""

from __future__ import annotations

from typing import Any

from sojourn.app.errors import Invalid
from sojourn.app.native_records import MAX_FIELD_CHARS, MAX_ID_CHARS, MAX_WORD_CHARS

Sent = dict[str, Any]


def text(sent: Sent, name: str, limit: int = MAX_WORD_CHARS) -> str:
    """ "" if it is missing or null. Numbers and the like are told as text: nothing of a run is lost over it."""
    value = sent.get(name)
    return "" if value is None else str(value).replace("\x00", "\ufffd")[:limit]


def long_text(sent: Sent, name: str) -> str:
    return text(sent, name, MAX_FIELD_CHARS)


def needed_id(sent: Sent, name: str) -> str:
    found = text(sent, name, MAX_ID_CHARS)
    if not found:
        raise Invalid(f"{name} is missing")
    return found


def an_object(sent: Sent, name: str) -> Sent:
    value = sent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid(f"{name} must be an object")
    return value


def a_list(sent: Sent, name: str) -> list[Any]:
    value = sent.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(f"{name} must be an array")
    return value


def number(sent: Sent, name: str) -> float | None:
    """None if it is missing or no number that can be counted with."""
    value = sent.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def count(sent: Sent, name: str) -> int | None:
    value = number(sent, name)
    return int(value) if value is not None and 0 <= value < 2**53 else None
