"""What the ledger remembers of a trace, so that spans find their session in any order of arrival."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceState:
    """Evidence so far about the session of one trace, and where its rows are.

    `claims` are the distinct (tier, key) pairs that its rows have named. While at most one claim decides, every row of
    the trace is in one session and its structure need not be known.
    """

    workspace_id: str
    trace_id: str
    claims: tuple[tuple[int, str], ...] = ()  # sorted, distinct
    session_id: str = ""  # where rows without an own claim go now
    session_key: str = ""
    placements: tuple[str, ...] = ()  # every session that may hold rows of the trace
    is_settled: bool = True  # False: rows may still stand in the wrong session
    revision: int = 0
