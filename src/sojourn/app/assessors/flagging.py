"""A trace that an enforcer blocked flags its session: no human was asked about it, and one may want to look."""

from __future__ import annotations

from dataclasses import replace

from sojourn.app.control.requests import write_session
from sojourn.domain.sessions import Session
from sojourn.ledger.ledger import Ledger

FLAGGED, NOTHING = "flagged", "none"


def flag(ledger: Ledger, session: Session, trace_id: str, now_ns: int) -> None:
    """Until a review of the session is closed. One that waits for a human already needs no flag."""
    ref = (session.workspace_id, session.id)
    with ledger.begin() as conn:
        ledger.lock_sessions(conn, [ref])
        before = ledger.sessions.get(conn, *ref)
        if before is None or before.attention != NOTHING:
            return
        write_session(conn, ledger, before, replace(before, attention=FLAGGED), "", trace_id, now_ns)
    ledger.notify()
