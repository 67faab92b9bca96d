"""Lets waiting requests sleep until there is something for them: one look at the ledger for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
GATHER_S = 0.02  # news within it are looked at together
LOOK_AGAIN_S = 5.0  # a wake-up may be lost when the database goes away for a moment: look all the same


@dataclass(slots=True, eq=False)
class Sleeper:
    sessions: frozenset[tuple[str, str]]
    tasks: frozenset[str]
    commands: frozenset[str]
    event: asyncio.Event = field(default_factory=asyncio.Event)


class Wakes:
    """Lives on one event loop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._sleepers: set[Sleeper] = set()
        self._is_closed = False
        self._stop_listening = ledger.on_change(self._on_change)

    def close(self) -> None:
        """Every sleeper wakes, now and from now on."""
        self._is_closed = True
        self._stop_listening()
        for sleeper in self._sleepers:
            sleeper.event.set()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    async def sleep(
        self,
        timeout_s: float,
        *,
        sessions: Collection[tuple[str, str]] = (),
        task_ids: Collection[str] = (),
        command_ids: Collection[str] = (),
    ) -> None:
        """Until one of the sessions has a new command, one of the tasks is closed, or one of the commands has moved."""
        if self._is_closed:
            return
        sleeper = Sleeper(frozenset(sessions), frozenset(task_ids), frozenset(command_ids))
        self._sleepers.add(sleeper)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(timeout_s, LOOK_AGAIN_S)):
                    await sleeper.event.wait()
        finally:
            self._sleepers.discard(sleeper)

    async def run(self) -> None:
        """Until canceled."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._wake_those_meant()
            except Exception as failure:  # noqa: BLE001  a ledger that is away for a moment comes back
                log.warning("control.wake_failed", reason=str(failure)[:300])
            await asyncio.sleep(GATHER_S)

    async def _wake_those_meant(self) -> None:
        if not self._sleepers:
            return
        asked, closed = await asyncio.to_thread(self._look)
        for sleeper in self._sleepers:
            if sleeper.commands or sleeper.sessions & asked or sleeper.tasks & closed:
                sleeper.event.set()

    def _on_change(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def _look(self) -> tuple[set[tuple[str, str]], set[str]]:
        """Sessions with a command that nobody has taken, and those waited-for tasks that are closed."""
        waited = set().union(*(sleeper.tasks for sleeper in list(self._sleepers)))
        with self._ledger.read() as conn:
            asked = self._ledger.commands.asked_sessions(conn)
            return asked, self._ledger.tasks.closed_ids(conn, waited) if waited else set()
