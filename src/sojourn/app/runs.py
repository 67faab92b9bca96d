"""Runs as senders tell of them, call by call: any call may overtake any other, and any may be the first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.ingest import Ingest
from sojourn.app.views.sessions import find_session
from sojourn.domain.declarations import Declaration
from sojourn.domain.identity import session_id_of
from sojourn.domain.resolution import bounded_key
from sojourn.domain.sessions import Session, SessionKind, SessionStatus
from sojourn.ledger.ledger import Ledger

Fields = Mapping[str, Any]
WINDOW_NS = 7 * 86_400 * 1_000_000_000  # how long after its start metrics of a run are taken
MAX_CUSTOM_METRICS = 10
RESERVED_METRICS = frozenset({"goal_completed", "score"})
CLEAN: Fields = {"status": SessionStatus.COMPLETED, "end_reason": "clean"}
RAISED: Fields = {
    "status": SessionStatus.FAILED,
    "end_reason": "exception",
    "status_reason": "the agent raised an exception",
}


class Runs:
    """Of one sender, which marks what it announced in the session's metadata."""

    def __init__(self, ledger: Ledger, ingest: Ingest, clock: Callable[[], int], sender: str) -> None:
        self._ledger = ledger
        self._ingest = ingest
        self._clock = clock
        self._sender = sender

    @property
    def beginning(self) -> dict[str, Any]:
        """Of a run by a call that does not announce it."""
        return {"kind": SessionKind.RUN, "origin": self._sender, "status": SessionStatus.RUNNING}

    async def get(self, workspace_id: str, key: str) -> Session:
        return await asyncio.to_thread(find_session, self._ledger, workspace_id, key)

    async def begun(self, workspace_id: str, key: str, fields: Fields) -> Session:
        """The run that a call speaks of; it begins with the first of them."""
        try:
            return await self.get(workspace_id, key)
        except NotFound:
            said = {**self.beginning, **{name: value for name, value in fields.items() if value}}
            await self._ingest.declare(workspace_id, [Declaration(key, said, self._clock())])
        return await self.get(workspace_id, key)

    async def announce(self, workspace_id: str, key: str, fields: Fields, marked: Fields) -> Session:
        """May be done many times; what has ended begins anew with it."""
        said = {**fields, **self.beginning, "metadata": {self._sender: dict(marked)}}
        at_ns = await asyncio.to_thread(self._announced_at, workspace_id, key)
        await self._ingest.declare(workspace_id, [Declaration(key, said, at_ns)])
        return await self.get(workspace_id, key)

    async def change(self, session: Session, fields: Fields) -> Session:
        """What has failed stays so, although its sender says afterwards that it is done."""
        is_late_end = fields.get("status") == CLEAN["status"] and session.status == SessionStatus.FAILED
        said = {name: value for name, value in fields.items() if not (is_late_end and name in CLEAN)}
        if said:
            await self._ingest.declare(session.workspace_id, [Declaration(session.key, said, self._clock())])
        return await self.get(session.workspace_id, session.id)

    async def measure(self, session: Session, metrics: Fields, said_at_ns: int | None) -> Session:
        """Adds up over all calls; of two words for one key the later said wins, not the later arrived."""
        now_ns = self._clock()
        if now_ns - session.started_at_ns > WINDOW_NS:
            raise Invalid("metrics are taken up to 7 days after the session began")
        check_metrics(metrics, session.metrics)
        at_ns = now_ns if said_at_ns is None else min(said_at_ns, now_ns)
        told = Declaration(session.key, {"metrics": dict(metrics)}, at_ns)
        await self._ingest.declare(session.workspace_id, [told])
        return await self.get(session.workspace_id, session.id)

    def _announced_at(self, workspace_id: str, key: str) -> int:
        """Now; but the first announcement stands before everything that overtook it, so that an end stays an end."""
        ref = (workspace_id, session_id_of(workspace_id, bounded_key(key)))
        with self._ledger.read() as conn:
            said = self._ledger.declarations.load(conn, [ref]).get(ref, [])
        was_announced = any(self._sender in (fields.get("metadata") or {}) for _, fields in said)
        return self._clock() if was_announced or not said else min(at_ns for at_ns, _ in said) - 1


def check_metrics(metrics: Fields, before: Fields) -> None:
    """Raises Invalid if a run cannot have these beside those that it has."""
    for name, value in metrics.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name == "goal_completed":
            if not isinstance(value, bool):
                raise Invalid("goal_completed must be true or false")
        elif not is_number:
            raise Invalid(f"{name} must be a number")
        elif name == "score" and not 0 <= value <= 1:
            raise Invalid("score must lie between 0 and 1")
    custom = {*metrics, *before} - RESERVED_METRICS
    if len(custom) > MAX_CUSTOM_METRICS:
        raise Invalid(
            f"a session has at most {MAX_CUSTOM_METRICS} custom metrics; with these it would have {len(custom)}"
        )
