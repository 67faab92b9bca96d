"""Signs of life of sessions that are no events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from sojourn.app.control.reviving import Ref, Reviving
from sojourn.app.errors import NotFound
from sojourn.app.ingest import Ingest
from sojourn.app.views.sessions import find_session
from sojourn.domain.declarations import Declaration
from sojourn.domain.identity import session_id_of
from sojourn.domain.resolution import bounded_key
from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
BEGUN_WITHIN_S = 0.5  # senders give a heartbeat little time; the row of a new session may take its turn behind ingest


class Heartbeats:
    def __init__(self, ledger: Ledger, ingest: Ingest, reviving: Reviving, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._ingest = ingest
        self._reviving = reviving
        self._clock = clock
        self._beginnings: set[asyncio.Task[None]] = set()

    async def beat(self, ref: Ref) -> None:
        """Of a session, and so of those that called it: what was given up goes on."""
        await self._revive(await asyncio.to_thread(self._note, ref))

    async def beat_named(self, workspace_id: str, id_or_key: str, beginning: Mapping[str, Any]) -> None:
        """The same; a session of which nothing was heard begins with it."""
        is_known, given_up = await asyncio.to_thread(self._note_named, workspace_id, id_or_key)
        if is_known:
            await self._revive(given_up)
        else:
            await self._begin(workspace_id, Declaration(id_or_key, dict(beginning), self._clock()))

    async def _revive(self, given_up: set[Ref]) -> None:
        if given_up:
            await self._ingest.refresh(dict.fromkeys(given_up, ""))

    def _note_named(self, workspace_id: str, id_or_key: str) -> tuple[bool, set[Ref]]:
        try:
            session_id = find_session(self._ledger, workspace_id, id_or_key).id
        except NotFound:
            return False, self._note((workspace_id, session_id_of(workspace_id, bounded_key(id_or_key))))
        return True, self._note((workspace_id, session_id))

    def _note(self, ref: Ref) -> set[Ref]:
        with self._ledger.begin() as conn:
            self._ledger.holds.beat(conn, [ref], self._clock())
        return self._reviving.given_up_with(ref)

    async def _begin(self, workspace_id: str, declaration: Declaration) -> None:
        """The sign of life is kept by now; the next one would begin the session just as well."""
        beginning = asyncio.create_task(self._ingest.declare(workspace_id, [declaration]), name="session-begins")
        self._beginnings.add(beginning)
        beginning.add_done_callback(self._begun)
        await asyncio.wait([beginning], timeout=BEGUN_WITHIN_S)
        if beginning.done():
            beginning.result()

    def _begun(self, beginning: asyncio.Task[None]) -> None:
        self._beginnings.discard(beginning)
        if not beginning.cancelled() and (failure := beginning.exception()) is not None:
            log.warning("heartbeat.session_not_begun", reason=str(failure)[:300])
