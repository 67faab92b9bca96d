"""Ids and times as exports write them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sojourn.conventions.values import text_of
from sojourn.domain.identity import content_id

TRACE_DIGITS, SPAN_DIGITS = 32, 16
UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))  # below which a time is in seconds, milli-, microseconds
MAX_TIME_DIGITS = 19


def hex_id(value: Any, digits: int) -> str:
    """An id in hexadecimal, from a number, from text with 0x, short or full; other text by its hash."""
    if value is None or value == "" or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        number = int(value) % 16**digits if math.isfinite(value) else 0  # JSON without big integers gives floats
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
    if isinstance(value, str):
        if not value.isdecimal() or len(value) > MAX_TIME_DIGITS:
            return _iso_nanoseconds(value)
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**63:
        return 0
    for below, factor in UNITS:
        if value < below:
            return int(value * factor)
    return int(value)


def _iso_nanoseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000)
