"""What assessors have said lately, across sessions: one after another, and how often each said what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sojourn.app.assessors.assessments import assessment_json
from sojourn.app.views import cursors
from sojourn.app.views.content import bounded, loaded_object
from sojourn.app.views.times import rfc3339
from sojourn.domain.assessments import Intent
from sojourn.domain.sessions import Session
from sojourn.events.rows import Row
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

RECENT_NS = 7 * 86_400 * 1_000_000_000
SCANNED = 20_000  # assessments that are looked at, the latest
FAILED = "failed"
OUTCOMES = (*map(str, Intent), FAILED)
DETAIL_CHARS = 2_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An empty tuple leaves that alone."""

    assessor_ids: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()


class RecentAssessments:
    def __init__(self, ledger: Ledger, events: EventStore, workspace_id: str, now_ns: int) -> None:
        self._ledger = ledger
        self._events = events
        self._workspace_id = workspace_id
        self._since_ns = now_ns - RECENT_NS

    def page(self, chosen: Chosen, cursor: str | None, limit: int, *, with_called: bool) -> Json:
        """The latest first. Those of sessions that the reader may not see, or that are gone, are left out."""
        before_us, before_id = cursors.decode(cursor, "cursor", int, str) if cursor else (0, "")
        rows = self._events.rows(
            "recent_assessments",
            **self._scope(),
            assessor_ids=list(chosen.assessor_ids),
            outcomes=list(chosen.outcomes),
            has_before=int(bool(cursor)),
            before_us=before_us,
            before_id=before_id,
            limit=limit + 1,
        )
        shown = rows[:limit]
        last = shown[-1] if len(rows) > limit else None
        return {
            "items": self._items(shown, with_called=with_called),
            "next_cursor": cursors.encode(int(last["inserted_at_us"]), str(last["event_id"])) if last else None,
        }

    def counts(self) -> list[Json]:
        """Of each assessor that has said anything."""
        return [_counts(row) for row in self._events.rows("assessor_counts", **self._scope())]

    def _scope(self) -> Json:
        return {"workspace_id": self._workspace_id, "since_ns": self._since_ns, "scan": SCANNED}

    def _items(self, rows: list[Row], *, with_called: bool) -> list[Json]:
        refs = list(dict.fromkeys((self._workspace_id, str(row["session_id"])) for row in rows))
        with self._ledger.read() as conn:
            sessions: dict[tuple[str, str], Session] = self._ledger.sessions.get_many(conn, refs) if refs else {}
        found = ((row, sessions.get((self._workspace_id, str(row["session_id"])))) for row in rows)
        return [
            {**_item(row), "session_key": session.key, "session_goal": session.goal}
            for row, session in found
            if session is not None and (with_called or not session.parent_session_id)
        ]


def _item(row: Row) -> Json:
    details = bounded(loaded_object(row["details"]), DETAIL_CHARS)
    told = {**row, "details": details, "at": rfc3339(int(row["started_at_ns"]))}
    return assessment_json(told, str(row["session_id"]))


def _counts(row: Row) -> Json:
    return {
        "assessor_id": row["assessor_id"],
        **{outcome: int(row[outcome]) for outcome in OUTCOMES},
        "last_at": row["last_at"] or None,
        "last_outcome": row["last_intent"] or FAILED,
        "failed_at": row["failed_at"] or None,
        "failure": str(row["failure"])[:DETAIL_CHARS],
        "median_ms": row["median_ms"],
    }
