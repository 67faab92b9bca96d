"""All of steering behind one door: what handlers, gateways and policies call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sojourn.app.control.delivery import Delivered, Delivery, Poll
from sojourn.app.control.erasing import Erasing
from sojourn.app.control.heartbeats import Heartbeats
from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.control.recording import Recording
from sojourn.app.control.requests import Answer, Ask, Requests
from sojourn.app.control.reviving import Reviving
from sojourn.app.control.summaries import Summaries, SummariserSettings
from sojourn.app.control.sweeping import Sweeping
from sojourn.app.control.waking import Wakes
from sojourn.app.errors import NotFound, SojournError
from sojourn.app.ingest import Ingest
from sojourn.app.views.history import DEFAULT_KEEP_TURNS, history
from sojourn.app.views.reading import Reading
from sojourn.app.views.recent import Recent
from sojourn.domain.lifecycle import Verb
from sojourn.domain.sessions import Session
from sojourn.domain.status import SILENCE_NS
from sojourn.domain.steering import SETTLED, Command
from sojourn.domain.tasks import Task, TaskStatus
from sojourn.events.store import EventStore
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session of a bulk request."""

    session_id: str
    answer: Answer | None = None
    failure: SojournError | None = None


class Control:
    def __init__(
        self,
        ledger: Ledger,
        events: EventStore,
        ingest: Ingest,
        recent: Recent,
        clock: Callable[[], int],
        summariser: SummariserSettings,
        silence_ns: int = SILENCE_NS,
    ) -> None:
        self._ledger = ledger
        self._events = events
        self._ingest = ingest
        self._recent = recent
        self._clock = clock
        self._requests = Requests(ledger, clock, silence_ns)
        self._delivery = Delivery(ledger, clock, silence_ns)
        self._reviving = Reviving(ledger, clock)
        self._heartbeats = Heartbeats(ledger, ingest, self._reviving, clock)
        self._erasing = Erasing(ledger, ingest, clock)
        self._recording = Recording(ledger, ingest)
        self._summaries = Summaries(summariser)
        self._wakes = Wakes(ledger)
        self.tasks = HumanTasks(ledger, clock, silence_ns)
        self._sweeping = Sweeping(ledger, ingest, self.tasks, clock)
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._recording.start()
        self._running = [
            asyncio.create_task(work.run(), name=f"control-{type(work).__name__.lower()}")
            for work in (self._wakes, self._sweeping)
        ]

    def wake_all(self) -> None:
        """Every waiting request answers, so that the server can end. Call it on the event loop."""
        self._wakes.close()

    async def close(self) -> None:
        self.wake_all()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._recording.close()

    async def ask(self, session: Session, ask: Ask) -> Answer:
        """Raises NotAllowed. Deleting is `delete`."""
        if ask.verb == Verb.COMPACT:
            self._requests.check(session, ask.verb)
            ask = await asyncio.to_thread(self._with_summary, session, ask)
        return await asyncio.to_thread(self._requests.ask, session.workspace_id, session.id, ask)

    async def delete(self, session: Session, actor: str) -> None:
        ref = (session.workspace_id, session.id)
        refused = await self._erasing.delete([ref], actor)
        if ref in refused:
            raise refused[ref]

    async def ask_many(self, sessions: Sequence[Session | SojournError], ids: Sequence[str], ask: Ask) -> list[Outcome]:
        """A refusal of one is no matter of the others."""
        if ask.verb == Verb.DELETE:
            return await self._delete_many(sessions, ids, ask.actor)
        outcomes: list[Outcome] = []
        for session, named in zip(sessions, ids, strict=True):
            if isinstance(session, SojournError):
                outcomes.append(Outcome(named, failure=session))
                continue
            try:
                own = replace(ask, id=str(uuid4()))
                outcomes.append(Outcome(named, answer=await self.ask(session, own)))
            except SojournError as failure:
                outcomes.append(Outcome(named, failure=failure))
        return outcomes

    def history(self, session: Session, limit: int) -> Json:
        return history(Reading(self._events, self._recent, session), limit)

    def command(self, workspace_id: str, command_id: str) -> Command:
        with self._ledger.read() as conn:
            command: Command | None = self._ledger.commands.get(conn, workspace_id, command_id)
        if command is None:
            raise NotFound("there is no such command")
        return command

    def commands(self, session: Session, before: int | None, limit: int) -> list[tuple[int, Command]]:
        with self._ledger.read() as conn:
            found: list[tuple[int, Command]] = self._ledger.commands.of(
                conn, session.workspace_id, session.id, before, limit
            )
        return found

    async def settled_command(self, workspace_id: str, command_id: str, wait_s: float) -> Command:
        """As it is when it is settled, or when the time is over."""
        until_s = self._now_s() + wait_s
        while True:
            command = await asyncio.to_thread(self.command, workspace_id, command_id)
            left_s = until_s - self._now_s()
            if command.status in SETTLED or left_s <= 0 or self._wakes.is_closed:
                return command
            await self._wakes.sleep(left_s, command_ids=[command_id])

    async def closed_task(self, workspace_id: str, task_id: str, wait_s: float) -> Task:
        until_s = self._now_s() + wait_s
        while True:
            task = await asyncio.to_thread(self.tasks.get, workspace_id, task_id)
            left_s = until_s - self._now_s()
            if task.status != TaskStatus.OPEN or left_s <= 0 or self._wakes.is_closed:
                return task
            await self._wakes.sleep(left_s, task_ids=[task_id])

    async def poll(self, poll: Poll, wait_s: float) -> tuple[Delivered, list[str]]:
        """What the runtime should know, as soon as there is any; and the receipts that it need not send again."""
        is_coming_back = await asyncio.to_thread(self._reviving.is_coming_back, poll.runtime)
        accepted = await asyncio.to_thread(self._delivery.take, poll)
        sessions = [(poll.runtime.workspace_id, session_id) for session_id in poll.told]
        if is_coming_back and sessions:
            await self._hear(sessions)
        until_s = self._now_s() + wait_s
        while True:
            delivered = await asyncio.to_thread(self._delivery.collect, poll)
            left_s = until_s - self._now_s()
            has_news = bool(delivered.commands or delivered.tasks or accepted)
            if has_news or left_s <= 0 or self._wakes.is_closed:
                return delivered, accepted
            await self._wakes.sleep(left_s, sessions=sessions, task_ids=poll.task_ids)

    def leave(self, workspace_id: str, runtime_id: str) -> None:
        self._delivery.leave(workspace_id, runtime_id)

    async def beat(self, session: Session) -> None:
        """A sign of life of a session, without an event."""
        await self._heartbeats.beat((session.workspace_id, session.id))

    async def beat_named(self, workspace_id: str, id_or_key: str, beginning: Mapping[str, Any]) -> None:
        """The same; a session of which nothing was heard begins with it, as its sender describes it."""
        await self._heartbeats.beat_named(workspace_id, id_or_key, beginning)

    async def _hear(self, sessions: Sequence[tuple[str, str]]) -> None:
        """Sessions that were given up, and their callers, go on."""
        heard = await asyncio.to_thread(self._reviving.heard_with, sessions)
        await self._ingest.refresh(dict.fromkeys(heard, ""))

    async def _delete_many(
        self, sessions: Sequence[Session | SojournError], ids: Sequence[str], actor: str
    ) -> list[Outcome]:
        refs = {(session.workspace_id, session.id) for session in sessions if isinstance(session, Session)}
        refused = await self._erasing.delete(sorted(refs), actor)
        return [
            Outcome(
                named,
                failure=refused.get((session.workspace_id, session.id)) if isinstance(session, Session) else session,
            )
            for session, named in zip(sessions, ids, strict=True)
        ]

    def _with_summary(self, session: Session, ask: Ask) -> Ask:
        keep_turns = int(ask.arguments.get("keep_turns") or DEFAULT_KEEP_TURNS)
        instructions = str(ask.arguments.get("instructions") or "")
        reading = Reading(self._events, self._recent, session)
        summary = self._summaries.of(history(reading), keep_turns, instructions)
        if summary is None:
            nothing = f"nothing is older than its last {keep_turns} turns"
            return replace(ask, arguments={**ask.arguments, "keep_turns": keep_turns}, nothing_to_do=nothing)
        return replace(ask, arguments={"instructions": instructions, **summary.as_arguments()})

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
