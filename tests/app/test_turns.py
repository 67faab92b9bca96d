"""Work behind the requests goes on at every news, after every failure, and until it is closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from sojourn.app.turns import Turns

NEVER_S = 3600.0
REST_S = 0.05
WITHIN_S = 5.0  # a busy machine's time for what takes none
QUIET_S = 0.1  # so long nothing may happen


class Work:
    """Turns that are counted; the test says what happens in each."""

    def __init__(self) -> None:
        self.begun_at_s: list[float] = []
        self.failures: list[Exception] = []
        self.has_more = [False]
        self.gate: asyncio.Event | None = None
        self.leaving: list[str] = []
        self._has_begun = asyncio.Event()

    @property
    def count(self) -> int:
        return len(self.begun_at_s)

    async def turn(self) -> bool:
        self.begun_at_s.append(time.monotonic())
        self._has_begun.set()
        if self.gate is not None:
            try:
                await self.gate.wait()
            finally:
                self.leaving.append("leaving")
                await asyncio.sleep(0)
                self.leaving.append("left")
        if self.failures:
            raise self.failures.pop(0)
        return self.has_more.pop(0) if self.has_more else False

    async def has_begun(self, count: int) -> None:
        async with asyncio.timeout(WITHIN_S):
            while self.count < count:
                self._has_begun.clear()
                await self._has_begun.wait()


class News:
    """What a ledger is to those who listen."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[], None]] = []

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)


@asynccontextmanager
async def turns_of(
    work: Work, interval_s: float = NEVER_S, rest_s: float = 0.0, news: News | None = None
) -> AsyncIterator[Turns]:
    turns = Turns("work", work.turn, "work.failed", interval_s, rest_s)
    turns.start(news.listen if news is not None else None)
    await work.has_begun(1)
    yield turns
    async with asyncio.timeout(WITHIN_S):
        await turns.close()


async def test_the_first_turn_needs_no_news_and_the_next_waits_for_some() -> None:
    work = Work()

    async with turns_of(work) as turns:
        await asyncio.sleep(QUIET_S)
        without_news = work.count
        turns.wake()
        await work.has_begun(2)

    assert without_news == 1


async def test_a_turn_that_leaves_more_to_do_is_followed_by_another_at_once() -> None:
    work = Work()
    work.has_more = [True, True, False]

    async with turns_of(work, rest_s=NEVER_S):
        await work.has_begun(3)
        await asyncio.sleep(QUIET_S)

    assert work.count == 3


async def test_a_wake_during_a_turn_leads_to_another() -> None:
    work = Work()
    work.gate = asyncio.Event()

    async with turns_of(work) as turns:
        turns.wake()
        await asyncio.sleep(0)
        during_the_first = work.count
        work.gate.set()
        await work.has_begun(2)

    assert during_the_first == 1, "two turns never run at the same time"


async def test_a_wake_may_come_from_any_thread() -> None:
    work = Work()

    async with turns_of(work) as turns:
        await asyncio.to_thread(turns.wake)
        await work.has_begun(2)


async def test_a_wake_after_the_loop_has_ended_is_nobodys_failure() -> None:
    turns = await asyncio.to_thread(lambda: asyncio.run(_made()))

    turns.wake()


async def _made() -> Turns:
    return Turns("work", Work().turn, "work.failed", NEVER_S)


async def test_many_news_at_once_are_one_turn_after_a_rest() -> None:
    work = Work()

    async with turns_of(work, rest_s=REST_S) as turns:
        woken_at_s = time.monotonic()
        for _ in range(20):
            turns.wake()
        await work.has_begun(2)
        await asyncio.sleep(REST_S + QUIET_S)

    assert work.count == 2
    assert work.begun_at_s[1] - woken_at_s >= REST_S


async def test_without_news_a_turn_comes_now_and_then() -> None:
    work = Work()

    async with turns_of(work, interval_s=0.01, rest_s=NEVER_S):
        await work.has_begun(3)


async def test_a_failed_turn_is_told_and_the_next_comes_after_a_rest() -> None:
    work = Work()
    work.failures = [OSError("the store is away" + "!" * 1000)]

    with capture_logs() as logs:
        async with turns_of(work, rest_s=REST_S) as turns:
            woken_at_s = time.monotonic()
            turns.wake()
            await work.has_begun(2)

    assert [(line["event"], line["log_level"]) for line in logs] == [("work.failed", "warning")]
    assert logs[0]["reason"].startswith("the store is away!")
    assert len(logs[0]["reason"]) == 300
    assert work.begun_at_s[1] - woken_at_s >= REST_S


async def test_a_failed_turn_without_news_is_tried_again() -> None:
    work = Work()
    work.failures = [OSError("away"), OSError("still away")]

    with capture_logs() as logs:
        async with turns_of(work, interval_s=0.01):
            await work.has_begun(3)

    assert [line["reason"] for line in logs] == ["away", "still away"]


async def test_closing_ends_the_turn_under_way_and_waits_for_its_end() -> None:
    work, news = Work(), News()
    work.gate = asyncio.Event()
    turns = Turns("work", work.turn, "work.failed", interval_s=0.01)
    turns.start(news.listen)
    await work.has_begun(1)

    async with asyncio.timeout(WITHIN_S):
        await turns.close()
    left = list(work.leaving)
    work.gate.set()
    turns.wake()
    await asyncio.sleep(QUIET_S)

    assert (left, news.listeners) == (["leaving", "left"], [])
    assert work.count == 1, "no turn comes after it was closed"


@pytest.mark.parametrize("steps", range(6))
async def test_closing_ends_it_while_news_come_in(steps: int) -> None:
    async with turns_of(Work(), rest_s=NEVER_S) as turns:
        turns.wake()
        for _ in range(steps):
            await asyncio.sleep(0)


async def test_what_never_started_can_be_closed() -> None:
    work = Work()

    await Turns("work", work.turn, "work.failed", NEVER_S).close()

    assert work.count == 0


async def test_news_that_are_listened_to_wake_it() -> None:
    work, news = Work(), News()

    async with turns_of(work, news=news):
        news.listeners[0]()
        await work.has_begun(2)


async def test_nothing_is_started_twice() -> None:
    work, news = Work(), News()
    work.gate = asyncio.Event()

    async with turns_of(work, news=news) as turns:
        with pytest.raises(RuntimeError, match="work was started already"):
            turns.start(news.listen)
        await asyncio.sleep(QUIET_S)
        listeners = len(news.listeners)

    assert (work.count, listeners) == (1, 1)
