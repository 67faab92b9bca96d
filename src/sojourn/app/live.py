"""The live stream: readers pull changes at their own pace, so a slow or dead one costs nothing.

One feed a workspace reads the ledger's numbered changes, renders each session once, and keeps the latest in a bounded
window. A reader holds only the number it has seen. One that lags past the window reads the ledger again; one that lags
past what the ledger keeps is told to start over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from typing import NamedTuple

import orjson
import structlog
from sqlalchemy import Connection

from sojourn.app.views.session_rows import session_json
from sojourn.app.views.signal_rows import signal_json
from sojourn.domain.sessions import Session
from sojourn.domain.signals import Signal
from sojourn.ledger.changes import Change
from sojourn.ledger.filters import Scope, Where, scope_of
from sojourn.ledger.ledger import Ledger

log = structlog.get_logger(__name__)
CREATED, UPDATED, REMOVED = "session.created", "session.updated", "session.removed"
SIGNAL, SIGNAL_REMOVED = "signal.changed", "signal.removed"
READY, RESET = "ready", "reset"
WINDOW = 2_000  # changes kept rendered: about 6 MB
PAGE = 500  # changes read at once
MAX_BEHIND = 20_000  # a reader further behind is told to start over: that is cheaper for both
GATHER_S = 0.1  # changes of one session or signal within it become one message


class Frame(NamedTuple):
    """One message to a reader. `id` is the number of the last change it tells of."""

    id: int
    name: str
    session_id: str
    data: bytes  # JSON
    signal_id: str = ""  # of one that tells of a signal


class Live:
    def __init__(self, ledger: Ledger, max_readers: int = 1_000) -> None:
        self._ledger = ledger
        self._max_readers = max_readers
        self._feeds: dict[Scope, Feed] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._stop_listening = ledger.on_change(self._wake)
        self.readers = 0

    @property
    def is_full(self) -> bool:
        return self.readers >= self._max_readers

    async def subscribe(self, where: Where, last_id: int | None, session_id: str = "") -> AsyncGenerator[Frame]:
        """Messages after `last_id` (None: from now on), of one session if it is named; ends when the server stops."""
        self._loop = asyncio.get_running_loop()
        self.readers += 1
        scope = scope_of(where)
        feed = self._feeds.setdefault(scope, Feed(self._ledger, scope))
        try:
            position = await feed.enter()
            if last_id is not None:
                if await feed.can_resume(last_id):
                    position = last_id
                else:
                    yield Frame(position, RESET, "", orjson.dumps({"reason": "too far behind, fetch again"}))
            yield Frame(position, READY, "", orjson.dumps({"id": str(position)}))
            while not self._is_closed:
                frames = await feed.after(position)
                if frames is None:
                    position = feed.latest_id
                    yield Frame(position, RESET, "", orjson.dumps({"reason": "too far behind, fetch again"}))
                    continue
                if frames:
                    position = frames[-1].id
                for frame in coalesced(frames, session_id):
                    yield frame
                if not frames:
                    await feed.moved()
        finally:
            self.readers -= 1
            feed.leave()

    def close(self) -> None:
        """Ends every stream. Call it on the event loop."""
        self._is_closed = True
        self._stop_listening()
        for feed in self._feeds.values():
            feed.stop()

    def _wake(self) -> None:
        """Comes from whichever thread wrote."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_feeds)

    def _wake_feeds(self) -> None:
        for feed in self._feeds.values():
            feed.wake()


class Feed:
    """The latest changes of what some readers may see, rendered once for all of them. Runs while somebody reads."""

    def __init__(self, ledger: Ledger, scope: Scope) -> None:
        self._ledger = ledger
        self._scope = scope
        self._window: deque[Frame] = deque(maxlen=WINDOW)
        self._window_after = 0  # the window holds every change after this number
        self._readers = 0
        self._following: asyncio.Task[None] | None = None
        self._news = asyncio.Event()  # the ledger has more than we have read
        self._moved = asyncio.Event()  # replaced at every turn: readers wait for the one they saw
        self._is_stopped = False
        self.latest_id = 0

    async def enter(self) -> int:
        """One reader more; returns the number of the latest change."""
        self._readers += 1
        if self._following is None:
            latest_id = await asyncio.to_thread(self._read_latest)
            if self._following is None:  # nobody else was faster
                self._window.clear()
                self.latest_id = self._window_after = latest_id
                self._following = asyncio.create_task(self._follow(), name=f"live-{self._scope.workspaces[0]}")
        return self.latest_id

    def leave(self) -> None:
        self._readers -= 1
        if not self._readers and self._following is not None:
            self._following.cancel()
            self._following = None

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._is_stopped = True
        self._moved.set()

    async def moved(self) -> None:
        if not self._is_stopped:
            await self._moved.wait()

    async def can_resume(self, last_id: int) -> bool:
        oldest_id, latest_id = await asyncio.to_thread(self._read_bounds)
        return oldest_id - 1 <= last_id <= latest_id and latest_id - last_id <= MAX_BEHIND

    async def after(self, position: int) -> Sequence[Frame] | None:
        """The next messages after a number; None if the ledger keeps them no longer."""
        if position >= self.latest_id:
            return ()
        if position >= self._window_after:
            return [frame for frame in self._window if frame.id > position]
        if not await self.can_resume(position):
            return None
        return await asyncio.to_thread(self._read_after, position)

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                frames = await asyncio.to_thread(self._read_after, self.latest_id)
            except Exception as failure:  # noqa: BLE001  a ledger that is away for a moment comes back
                log.warning("live.read_failed", reason=str(failure)[:300])
                await asyncio.sleep(1)
                self._news.set()
                continue
            if len(frames) == PAGE:
                self._news.set()
            self._keep(frames)
            await asyncio.sleep(GATHER_S)

    def _keep(self, frames: Sequence[Frame]) -> None:
        if not frames:
            return
        for frame in frames:
            if len(self._window) == WINDOW:
                self._window_after = self._window[0].id
            self._window.append(frame)
        self.latest_id = frames[-1].id
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _read_latest(self) -> int:
        with self._ledger.read() as conn:
            return int(self._ledger.changes.latest_id(conn))

    def _read_bounds(self) -> tuple[int, int]:
        with self._ledger.read() as conn:
            return self._ledger.changes.oldest_id(conn), self._ledger.changes.latest_id(conn)

    def _read_after(self, position: int) -> list[Frame]:
        with self._ledger.read() as conn:
            changes = self._ledger.changes.after(conn, self._scope.workspaces, position, PAGE)
            refs = sorted({(change.workspace_id, change.session_id) for change in changes})
            sessions = self._ledger.sessions.get_many(conn, refs)
            signals = self._signals(conn, changes)
        return list(rendered(changes, sessions, signals, self._scope.without_called))

    def _signals(self, conn: Connection, changes: Iterable[Change]) -> dict[tuple[str, str], Signal]:
        """Those that the changes tell of, by workspace and id."""
        told: dict[str, set[str]] = {}
        for change in changes:
            if change.kind == SIGNAL:
                told.setdefault(change.workspace_id, set()).add(change.detail)
        return {
            (workspace_id, id): signal
            for workspace_id, ids in told.items()
            for id, signal in self._ledger.signals.get_many(conn, workspace_id, sorted(ids)).items()
        }


def rendered(
    changes: Iterable[Change],
    sessions: dict[tuple[str, str], Session],
    signals: dict[tuple[str, str], Signal],
    without_called: Collection[str] = (),
) -> Iterable[Frame]:
    """Each session and signal as it is now. One that was removed since is told as removed, whatever the older change
    said.

    Where called sessions are none of the reader's, they and their signals are told as removed.
    """
    texts: dict[str, bytes] = {}
    for change in changes:
        session = sessions.get((change.workspace_id, change.session_id))
        is_hidden = session is not None and session.parent_session_id and session.workspace_id in without_called
        if change.kind == SIGNAL:
            yield _signal_frame(change, None if is_hidden else signals.get((change.workspace_id, change.detail)))
            continue
        if change.kind == REMOVED or session is None:
            gone = {"id": change.session_id, "merged_into": change.detail or None}
            yield Frame(change.id, REMOVED, change.session_id, orjson.dumps(gone))
            continue
        if is_hidden:
            yield Frame(change.id, REMOVED, change.session_id, orjson.dumps({"id": session.id, "merged_into": None}))
            continue
        if change.session_id not in texts:
            texts[change.session_id] = orjson.dumps(session_json(session), option=orjson.OPT_NON_STR_KEYS)
        yield Frame(change.id, change.kind, change.session_id, texts[change.session_id])


def _signal_frame(change: Change, signal: Signal | None) -> Frame:
    """As it is now. One that is gone went with its session, or is none of the reader's."""
    name = SIGNAL if signal is not None else SIGNAL_REMOVED
    told = signal_json(signal) if signal is not None else {"id": change.detail}
    return Frame(change.id, name, change.session_id, orjson.dumps(told, default=str), change.detail)


def coalesced(frames: Sequence[Frame], session_id: str = "") -> list[Frame]:
    """The last message of each session and signal, called created if one of them was."""
    latest: dict[tuple[str, str], Frame] = {}
    for frame in frames:
        if session_id and frame.session_id != session_id:
            continue
        about = ("", frame.signal_id) if frame.signal_id else (frame.session_id, "")
        before = latest.pop(about, None)
        if before is not None and before.name == CREATED and frame.name == UPDATED:
            frame = frame._replace(name=CREATED)
        latest[about] = frame
    return list(latest.values())
