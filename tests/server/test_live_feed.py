"""The feed behind the live stream, over a real ledger: windows, lagging readers, resuming."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson
import pytest
from tests.stores import Stores

from sojourn.app import live as live_module
from sojourn.app.live import Frame, Live, coalesced
from sojourn.domain.sessions import Session
from sojourn.ledger.changes import NewChange


def change(stores: Stores, workspace: str, session_id: str, kind: str, *, is_stored: bool = True) -> int:
    with stores.ledger.begin() as conn:
        if is_stored:
            stores.ledger.sessions.upsert(conn, [Session(id=session_id, key=session_id, workspace_id=workspace)])
        stores.ledger.changes.append(conn, [NewChange(workspace, session_id, kind)])
        latest = stores.ledger.changes.latest_id(conn)
    stores.ledger.notify()
    return latest


async def take(frames: AsyncGenerator[Frame], count: int) -> list[Frame]:
    return [await asyncio.wait_for(anext(frames), 10) for _ in range(count)]


async def test_a_reader_follows_from_now_on(stores: Stores, workspace: str) -> None:
    change(stores, workspace, "old", "session.created")
    live = Live(stores.ledger)
    async with aclosing(live.subscribe(workspace, None)) as frames:
        (ready,) = await take(frames, 1)

        number = await asyncio.to_thread(change, stores, workspace, "new", "session.created")
        (created,) = await take(frames, 1)

    assert (ready.name, created.name, created.session_id, created.id) == ("ready", "session.created", "new", number)
    assert orjson.loads(created.data)["key"] == "new"


async def test_another_workspace_is_not_heard(stores: Stores, workspace: str) -> None:
    live = Live(stores.ledger)
    async with aclosing(live.subscribe(workspace, None)) as frames:
        await take(frames, 1)

        await asyncio.to_thread(change, stores, f"{workspace}-other", "theirs", "session.created")
        await asyncio.to_thread(change, stores, workspace, "mine", "session.created")
        (frame,) = await take(frames, 1)

    assert frame.session_id == "mine"


async def test_a_reader_that_lags_past_the_window_reads_the_ledger(
    stores: Stores, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "WINDOW", 3)
    live = Live(stores.ledger)
    async with aclosing(live.subscribe(workspace, None)) as slow, aclosing(live.subscribe(workspace, None)) as fast:
        await take(slow, 1)
        await take(fast, 1)

        for number in range(12):
            await asyncio.to_thread(change, stores, workspace, f"s{number}", "session.created")
        heard = {frame.session_id for frame in await take(fast, 12)}
        caught_up = {frame.session_id for frame in await take(slow, 12)}

    assert heard == caught_up == {f"s{number}" for number in range(12)}


async def test_a_reader_too_far_behind_starts_over(
    stores: Stores, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "MAX_BEHIND", 2)
    first = change(stores, workspace, "a", "session.created")
    for name in "bcd":
        change(stores, workspace, name, "session.created")
    live = Live(stores.ledger)

    async with aclosing(live.subscribe(workspace, first)) as frames:
        names = [frame.name for frame in await take(frames, 2)]

    assert names == ["reset", "ready"]


async def test_resuming_tells_what_was_missed(stores: Stores, workspace: str) -> None:
    first = change(stores, workspace, "a", "session.created")
    change(stores, workspace, "b", "session.created")
    change(stores, workspace, "b", "session.updated")
    live = Live(stores.ledger)

    async with aclosing(live.subscribe(workspace, first)) as frames:
        ready, missed = await take(frames, 2)

    assert ready.id == first
    assert (missed.name, missed.session_id) == ("session.created", "b")


async def test_a_session_that_is_gone_is_told_as_removed(stores: Stores, workspace: str) -> None:
    first = change(stores, workspace, "a", "session.created")
    change(stores, workspace, "gone", "session.updated", is_stored=False)
    live = Live(stores.ledger)

    async with aclosing(live.subscribe(workspace, first)) as frames:
        _, removed = await take(frames, 2)

    assert removed.name == "session.removed"
    assert orjson.loads(removed.data) == {"id": "gone", "merged_into": None}


async def test_closing_ends_every_stream(stores: Stores, workspace: str) -> None:
    live = Live(stores.ledger)
    frames = live.subscribe(workspace, None)
    await take(frames, 1)
    waiting = asyncio.create_task(anext(frames))
    await asyncio.sleep(0.05)

    live.close()

    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(waiting, 5)
    assert live.readers == 0


async def test_a_ledger_that_is_away_for_a_moment_comes_back(
    stores: Stores, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Live(stores.ledger)
    async with aclosing(live.subscribe(workspace, None)) as frames:
        await take(frames, 1)
        with monkeypatch.context() as broken:
            broken.setattr(stores.ledger.changes, "after", lambda *_: 1 / 0)
            await asyncio.to_thread(change, stores, workspace, "late", "session.created")
            await asyncio.sleep(0.3)

        (frame,) = await take(frames, 1)

    assert frame.session_id == "late"


def test_the_last_message_of_each_session_counts() -> None:
    frames = [
        Frame(1, "session.created", "a", b"1"),
        Frame(2, "session.created", "b", b"2"),
        Frame(3, "session.updated", "a", b"3"),
        Frame(4, "session.removed", "b", b"4"),
        Frame(5, "session.updated", "c", b"5"),
    ]

    told = [(frame.id, frame.name, frame.session_id) for frame in coalesced(frames)]

    assert told == [(3, "session.created", "a"), (4, "session.removed", "b"), (5, "session.updated", "c")]
    assert [frame.id for frame in coalesced(frames, "c")] == [5]
