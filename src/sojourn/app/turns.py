"""Work that goes on behind the requests: a turn when there is news, and one now and then without any."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

Listen = Callable[[Callable[[], None]], Callable[[], None]]  # takes whom to call; returns how to stop that


class Turns:
    """Runs on the event loop; `wake` may come from any thread."""

    def __init__(
        self,
        name: str,
        turn: Callable[[], Awaitable[bool]],  # whether there is more to do at once
        failed_event: str,  # under which a failed turn is logged
        interval_s: float,  # without news
        rest_s: float = 0.0,  # after news, so that many are one
    ) -> None:
        self._name = name
        self._turn = turn
        self._failed_event = failed_event
        self._interval_s = interval_s
        self._rest_s = rest_s
        self._log = structlog.get_logger(turn.__module__)  # whose work it is, not ours
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._running: asyncio.Task[None] | None = None
        self._stop_listening: Callable[[], None] | None = None

    def start(self, listen: Listen | None = None) -> None:
        """Once. The first turn comes without news: what an earlier process left is found."""
        if self._running is not None:
            raise RuntimeError(f"{self._name} was started already")
        if listen is not None:
            self._stop_listening = listen(self.wake)
        self._running = asyncio.create_task(self._run(), name=self._name)

    async def close(self) -> None:
        """A turn under way is canceled, and is over when this returns."""
        if self._stop_listening is not None:
            self._stop_listening()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    def wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def _run(self) -> None:
        """Until canceled."""
        while True:
            try:
                while await self._turn():
                    pass
            except Exception as failure:  # noqa: BLE001  a store that is away for a moment comes back
                self._log.warning(self._failed_event, reason=str(failure)[:300])
            try:
                async with asyncio.timeout(self._interval_s):  # `wait_for` of Python 3.11 may lose a cancel to news
                    await self._news.wait()
            except TimeoutError:
                continue
            self._news.clear()
            await asyncio.sleep(self._rest_s)
