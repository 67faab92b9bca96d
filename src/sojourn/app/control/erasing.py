"""Deleting sessions for good: events, content and all that the ledger knows of them, but that they were deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sojourn.app.errors import NotAllowed, NotFound, SojournError
from sojourn.app.ingest import Ingest
from sojourn.domain.folding import restated
from sojourn.domain.identity import SessionRef
from sojourn.domain.lifecycle import Verb, actions, judge_request, standing_of
from sojourn.domain.sessions import Session
from sojourn.domain.steering import Steering
from sojourn.ledger.changes import NewChange
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.tombstones import Tombstone


class Erasing:
    def __init__(self, ledger: Ledger, ingest: Ingest, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._ingest = ingest
        self._clock = clock

    async def delete(self, refs: Sequence[SessionRef], actor: str) -> dict[SessionRef, SojournError]:
        """Nothing of them can be read when this returns, but of those that it returns with why they stay.

        NotAllowed while somebody may still be working on one, NotFound where there is none.
        """
        refused: dict[SessionRef, SojournError] = {}
        await self._ingest.erase(lambda: self._bury(refs, actor, refused))
        if buried := [ref for ref in refs if ref not in refused]:
            await asyncio.to_thread(self._mark_erased, buried)
            self._ledger.notify()
        return refused

    def _bury(
        self, refs: Sequence[SessionRef], actor: str, refused: dict[SessionRef, SojournError]
    ) -> list[SessionRef]:
        with self._ledger.begin() as conn:
            self._ledger.lock_sessions(conn, refs)
            sessions = self._ledger.sessions.get_many(conn, refs)
            steering = self._ledger.steering.load(conn, refs)
            now_ns = self._clock()
            for ref in refs:
                refusal = _refusal(sessions.get(ref), steering.get(ref, Steering()), now_ns)
                if refusal is not None:
                    refused[ref] = refusal
            buried = [ref for ref in refs if ref not in refused]
            if buried:
                self._ledger.tombstones.put(conn, [Tombstone(*ref, actor, now_ns) for ref in buried])
                self._ledger.sessions.remove(conn, buried)
                self._ledger.changes.append(conn, [NewChange(*ref, "session.removed") for ref in buried])
        return buried

    def _mark_erased(self, refs: Sequence[SessionRef]) -> None:
        with self._ledger.begin() as conn:
            self._ledger.tombstones.erased(conn, refs)


def _refusal(session: Session | None, steering: Steering, now_ns: int) -> SojournError | None:
    if session is None:
        return NotFound("there is no such session")
    standing = standing_of(restated(session, steering, now_ns))
    verdict = judge_request(standing, Verb.DELETE)
    if not verdict.refusal:
        return None
    return NotAllowed(verdict.code, f"{verdict.refusal}; cancel it first", actions(standing)[0])
