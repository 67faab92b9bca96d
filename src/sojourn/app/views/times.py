"""Times as the API writes and reads them: RFC 3339 in UTC with up to nine fraction digits."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sojourn.app.errors import Invalid

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
LATEST_NS = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9})\d*)?)?\s*([Zz]|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


def rfc3339(at_ns: int | None) -> str | None:
    """None and 0 are unknown times."""
    if not at_ns:
        return None
    seconds, fraction = divmod(at_ns, NS_PER_S)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{text}Z"


def parse_time(text: str, name: str) -> int:
    """Unix nanoseconds; a time without an offset is UTC, a date alone its first moment.

    What lies before 1970 or after 2262 is moved to the nearest time that can be stored: as a bound it means the same.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise Invalid(f"{name} must be an RFC 3339 time", {"parameter": name})
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        clock = (int(hour or 0), int(minute or 0), min(int(second or 0), 59))
        moment = datetime(int(year), int(month), int(day), *clock, tzinfo=UTC)
    except ValueError as error:
        raise Invalid(f"{name} is no time that exists: {error}", {"parameter": name}) from error
    seconds = int((moment - _EPOCH).total_seconds()) - _offset_s(offset)
    at_ns = seconds * NS_PER_S + int((fraction or "0").ljust(9, "0"))
    return min(max(at_ns, 0), LATEST_NS)


def duration_ms(started_at_ns: int, ended_at_ns: int | None) -> float | None:
    """None while it runs. A fraction of a millisecond is kept: many tool calls are that short."""
    return None if ended_at_ns is None else round(max(0, ended_at_ns - started_at_ns) / NS_PER_MS, 3)


def _offset_s(offset: str | None) -> int:
    if offset is None or offset in "Zz":
        return 0
    sign = -1 if offset[0] == "-" else 1
    return sign * (int(offset[1:3]) * 3600 + int(offset[-2:]) * 60)
