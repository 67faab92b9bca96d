"""Tells senders what became of their traces.

What is owed stands in the session's metadata until it is told, so that it survives this process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import structlog

from sojourn.app.errors import NotFound, SojournError
from sojourn.app.native import read_records
from sojourn.app.views.sessions import list_sessions
from sojourn.domain.declarations import Declaration
from sojourn.domain.tasks import TaskStatus
from sojourn.gateways import Services
from sojourn.gateways.velatir import lifecycle, senders
from sojourn.ledger.filters import SessionFilter

log = structlog.get_logger(__name__)
Json = dict[str, Any]
MARK = "velatir_webhook:"  # in a session's metadata, before the id of the trace
MAX_WAITING = 1_000  # outcomes that one process waits for; the rest is found at its next start
MAX_RECOVERED = 500  # sessions, the latest first, that are looked through at the start
ANSWER_WITHIN_S = 10.0
BACKOFFS_S = (1.0, 4.0, 16.0, 64.0)  # one attempt more than there are waits
LOOK_AGAIN_S = 25.0


class Stopping(Exception):
    """This process ends; the next one tells what is owed."""


class Owed(NamedTuple):
    session_key: str
    trace_id: str
    url: str


class Webhooks:
    """Runs on the event loop, beside the requests."""

    def __init__(self, served: Services) -> None:
        self._served = served
        self._telling: dict[str, asyncio.Task[None]] = {}  # by trace
        self._recovering: asyncio.Task[None] | None = None

    def begin(self, workspace_id: str) -> None:
        """Look for what an earlier process owed."""
        self._recovering = asyncio.create_task(self._recover(workspace_id), name="velatir-webhooks")

    async def _recover(self, workspace_id: str) -> None:
        while True:
            try:
                left_over = await asyncio.to_thread(lambda: list(self._left_over(workspace_id)))
            except Exception as failure:  # noqa: BLE001  a store that is away for a moment comes back
                log.warning("velatir.webhooks_unknown", reason=str(failure)[:300])
                await asyncio.sleep(LOOK_AGAIN_S)
                continue
            for owed in left_over:
                self._begin(workspace_id, owed)
            return

    async def owe(self, workspace_id: str, owed: Owed) -> None:
        """Durable when this returns; told later."""
        await self._mark(workspace_id, owed, owed.url)
        self._begin(workspace_id, owed)

    def _begin(self, workspace_id: str, owed: Owed) -> None:
        if owed.trace_id in self._telling:
            return
        if len(self._telling) >= MAX_WAITING:
            log.warning("velatir.webhook_later", trace_id=owed.trace_id, waiting=len(self._telling))
            return
        task = asyncio.create_task(self._tell(workspace_id, owed), name=f"velatir-webhook-{owed.trace_id}")
        self._telling[owed.trace_id] = task
        task.add_done_callback(lambda _: self._telling.pop(owed.trace_id, None))

    async def _tell(self, workspace_id: str, owed: Owed) -> None:
        while True:
            try:
                facts = await self._settled(workspace_id, owed.trace_id)
                outcome = await _deliver(owed.url, _body(facts))
                await self._note(workspace_id, owed, outcome)
                return
            except (NotFound, Stopping):
                return  # or the session was deleted: there is nothing left to tell
            except Exception as failure:  # noqa: BLE001  a store that is away for a moment comes back
                log.warning("velatir.webhook_waits", trace_id=owed.trace_id, reason=str(failure)[:300])
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _settled(self, workspace_id: str, trace_id: str) -> lifecycle.Facts:
        while True:
            facts = await asyncio.to_thread(lifecycle.facts_of, self._served, workspace_id, trace_id)
            open_ids = [task.id for task in facts.tasks if task.status == TaskStatus.OPEN]
            if not open_ids:
                return facts
            until_s = asyncio.get_running_loop().time() + LOOK_AGAIN_S
            task = await self._served.control.closed_task(workspace_id, open_ids[0], LOOK_AGAIN_S)
            if task.status == TaskStatus.OPEN and asyncio.get_running_loop().time() < until_s:
                raise Stopping

    async def _note(self, workspace_id: str, owed: Owed, outcome: Json) -> None:
        """On the timeline, where somebody who waits for it would look."""
        record = {
            "session": owed.session_key,
            "type": "span",
            "name": "webhook",
            "event_id": f"{owed.trace_id}-webhook",
            "trace_id": owed.trace_id,
            "parent_event_id": f"{owed.trace_id}-{owed.trace_id}",
            "status": "ok" if outcome["delivered"] else "error",
            "details": {"operation": "webhook", "url": owed.url, **outcome},
            "error": outcome["error"],
        }
        now_ns = self._served.clock()
        reading = await asyncio.to_thread(read_records, self._served.ledger, workspace_id, [record], now_ns)
        await self._served.ingest.submit(workspace_id, reading.mapped)
        await self._mark(workspace_id, owed, None)

    async def _mark(self, workspace_id: str, owed: Owed, url: str | None) -> None:
        said = {"metadata": {f"{MARK}{owed.trace_id}": url}}
        await self._served.ingest.declare(workspace_id, [Declaration(owed.session_key, said, self._served.clock())])

    def _left_over(self, workspace_id: str) -> Iterator[Owed]:
        found = list_sessions(
            self._served.ledger,
            self._served.events,
            workspace_id,
            SessionFilter(channel=(senders.CHANNEL,)),
            sort="-last_activity_at",
            limit=MAX_RECOVERED,
            cursor=None,
        )
        for session in found["items"]:
            for name, url in session["metadata"].items():
                if name.startswith(MARK) and isinstance(url, str):
                    yield Owed(session["key"], name.removeprefix(MARK), url)


def _body(facts: lifecycle.Facts) -> Json:
    return {
        "state": facts.state,
        "traceId": facts.trace_id,
        "reviewTaskId": facts.tasks[0].id if facts.tasks else None,
        "requestedChange": facts.requested_change,
        "status": facts.status,
        "sessionId": facts.session.key,
    }


async def _deliver(url: str, body: Json) -> Json:
    """Gives up after the last attempt; whoever waits can still ask for the trace."""
    error = ""
    attempts = 0
    async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S, follow_redirects=False) as client:
        for backoff_s in (*BACKOFFS_S, None):
            attempts += 1
            try:
                answer = await client.post(url, json=body)
                if answer.is_success:
                    return {"delivered": True, "attempts": attempts, "error": ""}
                error = f"it answered {answer.status_code}"
            except (httpx.HTTPError, httpx.InvalidURL, SojournError) as failure:
                error = f"{type(failure).__name__}: {failure}"[:300]
            if backoff_s is not None:
                await asyncio.sleep(backoff_s)
    return {"delivered": False, "attempts": attempts, "error": error}
