"""Deleting a session for good: events, content and all that the ledger knows of it, but that it was deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sojourn.app.errors import NotAllowed, NotFound
from sojourn.app.ingest import Ingest
from sojourn.domain.folding import restated
from sojourn.domain.lifecycle import Verb, actions, judge_request, standing_of
from sojourn.domain.steering import Steering
from sojourn.ledger.changes import NewChange
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.tombstones import Tombstone


class Erasing:
    def __init__(self, ledger: Ledger, ingest: Ingest, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._ingest = ingest
        self._clock = clock

    async def delete(self, workspace_id: str, session_id: str, actor: str) -> None:
        """Raises NotAllowed while somebody may still be working on it. Nothing of it can be read when this returns."""
        ref = (workspace_id, session_id)
        await self._ingest.erase(ref, lambda: self._bury(workspace_id, session_id, actor))
        await asyncio.to_thread(self._mark_erased, workspace_id, session_id)
        self._ledger.notify()

    def _bury(self, workspace_id: str, session_id: str, actor: str) -> None:
        ref = (workspace_id, session_id)
        with self._ledger.begin() as conn:
            self._ledger.lock_sessions(conn, [ref])
            session = self._ledger.sessions.get(conn, *ref)
            if session is None:
                raise NotFound("there is no such session")
            now_ns = self._clock()
            steering = self._ledger.steering.load(conn, [ref]).get(ref, Steering())
            standing = standing_of(restated(session, steering, now_ns))
            verdict = judge_request(standing, Verb.DELETE)
            if verdict.refusal:
                raise NotAllowed(verdict.code, f"{verdict.refusal}; cancel it first", actions(standing)[0])
            self._ledger.tombstones.put(conn, Tombstone(workspace_id, session_id, actor, now_ns))
            self._ledger.sessions.remove(conn, [ref])
            self._ledger.changes.append(conn, [NewChange(workspace_id, session_id, "session.removed")])

    def _mark_erased(self, workspace_id: str, session_id: str) -> None:
        with self._ledger.begin() as conn:
            self._ledger.tombstones.erased(conn, workspace_id, session_id)
