"""Who comes back: a runtime that was silent, and sessions that were given up and are heard again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Connection

from sojourn.domain.sessions import Session, SessionStatus
from sojourn.domain.steering import LOST_AFTER_NS
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.runtimes import Runtime

Ref = tuple[str, str]
GIVEN_UP = SessionStatus.ABANDONED
SESSIONS_A_PART = 2_000  # of one statement
MAX_GENERATIONS = 20  # of callers that come back with a session that they called


class Reviving:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def is_coming_back(self, runtime: Runtime) -> bool:
        """Whether it is new, or was silent for so long that its sessions are told to be out of reach."""
        with self._ledger.read() as conn:
            known = self._ledger.runtimes.get(conn, runtime.workspace_id, runtime.id)
        return known is None or known.is_lost or self._clock() - known.heard_at_ns > LOST_AFTER_NS

    def heard_with(self, refs: Iterable[Ref]) -> set[Ref]:
        """These sessions, and those that called them and were given up."""
        heard = set(refs)
        generation = heard
        with self._ledger.read() as conn:
            for _ in range(MAX_GENERATIONS):
                callers = {(one.workspace_id, one.parent_session_id) for one in self._found(conn, generation)} - heard
                given_up = (one for one in self._found(conn, callers) if one.status == GIVEN_UP)
                generation = {(one.workspace_id, one.id) for one in given_up}
                if not generation:
                    break
                heard |= generation
        return heard

    def given_up_with(self, ref: Ref) -> set[Ref]:
        """Of a session that is heard and of those that called it: those that were given up."""
        heard = self.heard_with([ref])
        with self._ledger.read() as conn:
            return {(one.workspace_id, one.id) for one in self._found(conn, heard) if one.status == GIVEN_UP}

    def _found(self, conn: Connection, refs: Iterable[Ref]) -> Iterator[Session]:
        in_order = sorted(refs)
        for start in range(0, len(in_order), SESSIONS_A_PART):
            yield from self._ledger.sessions.get_many(conn, in_order[start : start + SESSIONS_A_PART]).values()
