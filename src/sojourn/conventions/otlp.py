"""What both encodings of OTLP have in common."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

Record = TypeVar("Record")
TRACE_ID_DIGITS = 32
SPAN_ID_DIGITS = 16


class MalformedBody(ValueError):
    """Nothing of the request can be read; the message says why."""


class Decoded(NamedTuple, Generic[Record]):
    """Records that can be stored, and how many could not and why."""

    records: list[Record]
    rejected: int = 0
    reason: str = ""


def id_fault(trace_id: str, span_id: str, started_at_ns: int) -> str:
    """Why a span cannot be stored, "" if it can."""
    if len(trace_id) != TRACE_ID_DIGITS or not trace_id.strip("0"):
        return "a span has no valid trace_id (32 hex digits, not all zero)"
    if len(span_id) != SPAN_ID_DIGITS or not span_id.strip("0"):
        return "a span has no valid span_id (16 hex digits, not all zero)"
    if started_at_ns <= 0:
        return "a span has no start time"
    return ""
