"""What time alone brings: runtimes that go silent, commands that nobody takes, deadlines of tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.control.settling import settle
from sojourn.app.ingest import Ingest
from sojourn.app.lease import Lease
from sojourn.domain.steering import LOST_AFTER_NS, CommandStatus
from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
NS = 1_000_000_000
LEASE = "control-sweeper"
LEASE_NS = 10 * NS
UNREACHABLE_AFTER_NS = 30 * NS  # requested, and no runtime took it
MAX_A_TURN = 500


class Sweeping:
    """One process of several does it."""

    interval_s = 2.0

    def __init__(self, ledger: Ledger, ingest: Ingest, human_tasks: HumanTasks, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._ingest = ingest
        self._human_tasks = human_tasks
        self._clock = clock
        self._lease = Lease(ledger, LEASE, LEASE_NS, clock)

    async def run(self) -> None:
        """Until canceled."""
        while True:
            await asyncio.sleep(self.interval_s)
            try:
                await self.turn()
            except Exception as failure:  # noqa: BLE001  a ledger that is away for a moment comes back
                log.warning("control.sweep_failed", reason=str(failure)[:300])

    async def turn(self) -> None:
        if not await asyncio.to_thread(self._lease.take):
            return
        lost = await asyncio.to_thread(self._lost)
        if lost:
            await self._ingest.refresh(dict.fromkeys(lost, ""))
        await asyncio.to_thread(self._human_tasks.expire, MAX_A_TURN)
        await asyncio.to_thread(self._give_up)

    def _lost(self) -> list[tuple[str, str]]:
        with self._ledger.begin() as conn:
            return list(self._ledger.runtimes.newly_lost(conn, self._clock() - LOST_AFTER_NS))

    def _give_up(self) -> None:
        """They stand all the same, for a runtime that comes back."""
        now_ns = self._clock()
        with self._ledger.begin() as conn:
            waiting = self._ledger.commands.waiting_since(conn, now_ns - UNREACHABLE_AFTER_NS, MAX_A_TURN)
            for command in waiting:
                reason = {"reason": "no runtime took it; it is delivered if one comes back"}
                settle(conn, self._ledger, command, CommandStatus.UNREACHABLE, now_ns, reason)
        if waiting:
            self._ledger.notify()
