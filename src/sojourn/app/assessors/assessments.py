"""Assessments, read back from the timelines of their sessions."""

from __future__ import annotations

from typing import Any

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views.events import Place, window
from sojourn.app.views.reading import Reading
from sojourn.app.views.sessions import find_session
from sojourn.domain.assessments import RESTRICTION, Intent, Role
from sojourn.domain.events import EventType
from sojourn.domain.sessions import Session
from sojourn.events.rows import WindowFilter
from sojourn.ledger.ledger import Ledger

MAX_OF_TRACE = 500
Json = dict[str, Any]


def session_of(ledger: Ledger, workspace_id: str, session: str, trace_id: str) -> Session:
    """The session that is named, or the one that the named trace is in."""
    if session:
        return find_session(ledger, workspace_id, session)
    if not trace_id:
        raise Invalid("name a session or a trace")
    with ledger.read() as conn:
        known = ledger.traces.load(conn, workspace_id, [trace_id], lock=False).get(trace_id)
    if known is None or not known.session_id:
        raise NotFound("there is no such trace")
    return find_session(ledger, workspace_id, known.session_id)


def assessments_page(reading: Reading, trace_id: str, after: str, limit: int) -> Json:
    filter = WindowFilter(types=(EventType.ASSESSMENT,), trace_ids=(trace_id,) if trace_id else ())
    page = window(reading, filter, Place(after=after, limit=limit))
    return {
        "items": [assessment_json(row, reading.session.id) for row in page["items"]],
        "outcome": _outcome(reading, filter) if trace_id else None,
        "next_cursor": page["next_cursor"],
        "total": page["total"],
    }


def assessment_json(row: Json, session_id: str) -> Json:
    """`row` is a row of a timeline, or has what one has."""
    details = row["details"]
    told = {
        name: str(details.get(name) or "") for name in ("assessor_id", "kind", "role", "label", "revision", "task_id")
    }
    score = details.get("score")
    return {
        **told,
        "event_id": row["event_id"],
        "session_id": session_id,
        "trace_id": row["trace_id"],
        "name": str(details.get("name") or row["name"]),
        "intent": _intent(details),
        "score": score if isinstance(score, int | float) else None,
        "explanation": str(details.get("explanation") or ""),
        "at": details.get("assessed_at") or row["at"],
    }


def _outcome(reading: Reading, filter: WindowFilter) -> str | None:
    """What was said of earlier content has been overtaken."""
    rows: list[Json] = [row["details"] for row in window(reading, filter, Place(limit=MAX_OF_TRACE))["items"]]
    latest: Json = max(rows, key=lambda details: str(details.get("assessed_at") or ""), default={})
    said = [
        intent
        for details in rows
        if details.get("role") == Role.ENFORCER
        and details.get("revision") == latest.get("revision")
        and (intent := _intent(details)) is not None
    ]
    return max(said, key=lambda intent: RESTRICTION.index(Intent(intent)), default=None)


def _intent(details: Json) -> str | None:
    intent = details.get("intent")
    return str(intent) if intent in set(Intent) else None
