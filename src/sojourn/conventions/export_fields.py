"""Ids and times as exports write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sojourn.conventions.values import count_of, text_of
from sojourn.domain.identity import content_id

TRACE_DIGITS, SPAN_DIGITS = 32, 16


def hex_id(value: Any, digits: int) -> str:
    """An id in hexadecimal, from a number, from text with 0x, short or full; other text by its hash."""
    if value is None or value == "" or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        number = int(value) % 16**digits   # JSON readers without big integers give floats
        return f"{number:0{digits}x}" if number else ""
    text = text_of(value).lower().removeprefix("0x")
    if not text.strip("0123456789abcdef"):
        padded = text[-digits:].rjust(digits, "0")
        return padded if padded.strip("0") else ""
    return content_id("export", text)[:digits]


def attributes_of(value: Any) -> dict[str, Any]:
    return {text_of(name): item for name, item in value.items()} if isinstance(value, Mapping) else {}


def nanoseconds_of(value: Any) -> int:
    """Unix nanoseconds of a number in seconds, milliseconds, microseconds or nanoseconds, or of an ISO time."""
    number = count_of(value) if not isinstance(value, int) or isinstance(value, bool) else value
    if number is None:
        return _iso_nanoseconds(text_of(value))
    for below, factor in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3)):
        if number < below:
            return int(float(value) * factor) if factor == 10**9 else number * factor
    return number if number < 2**63 else 0


def _iso_nanoseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000)
