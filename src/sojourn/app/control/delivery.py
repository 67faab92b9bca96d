"""The channel to runtimes: they tell which sessions they run, take what was asked of those, and say what they did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from sojourn.app.control.requests import write_session
from sojourn.app.control.settling import release, settle, settle_hold
from sojourn.domain.folding import restated
from sojourn.domain.identity import session_id_of
from sojourn.domain.lifecycle import RUNTIME_VERBS
from sojourn.domain.resolution import bounded_key
from sojourn.domain.sessions import SessionStatus
from sojourn.domain.steering import SETTLED, Attachment, Command, CommandStatus, Hold, Steering
from sojourn.domain.tasks import Task
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.runtimes import Runtime

MAX_COMMANDS_A_POLL = 500
STOPPED_IN = {"pause": "paused", "cancel": "canceled"}
STANDS_FOR = {
    SessionStatus.PAUSING: "paused",
    SessionStatus.PAUSED: "paused",
    SessionStatus.CANCELING: "canceled",
    SessionStatus.CANCELED: "canceled",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A session that a runtime runs, as it tells."""

    key: str
    verbs: tuple[str, ...]
    state: str  # running, idle, paused, canceled
    tools_in_flight: int
    owns_memory: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    command_id: str
    outcome: str  # applied or refused
    at: str
    reason: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Poll:
    runtime: Runtime
    held: tuple[Held, ...]
    known: frozenset[str]  # commands that it has and has not settled
    receipts: tuple[Receipt, ...]
    task_ids: tuple[str, ...]

    @property
    def session_ids(self) -> set[str]:
        return {session_id_of(self.runtime.workspace_id, bounded_key(one.key)) for one in self.held}


@dataclass(frozen=True, slots=True)
class Delivered:
    commands: tuple[tuple[Command, str], ...]  # with the session's key as the runtime knows it
    tasks: tuple[Task, ...]


class Delivery:
    def __init__(self, ledger: Ledger, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._clock = clock

    def take(self, poll: Poll) -> list[str]:
        """Note who runs what and what was done; returns the receipts that need not be sent again."""
        now_ns = self._clock()
        workspace_id, runtime_id = poll.runtime.workspace_id, poll.runtime.id
        with self._ledger.begin() as conn:
            self._ledger.runtimes.heard(
                conn, replace(poll.runtime, registered_at_ns=now_ns, heard_at_ns=now_ns, ended_at_ns=None)
            )
            before = self._ledger.runtimes.attached_to(conn, workspace_id, runtime_id)
            has_news = self._has_news(before, poll) or bool(poll.receipts)
        if has_news:
            self._take_news(poll, before, now_ns)
        return [receipt.command_id for receipt in poll.receipts]

    def leave(self, workspace_id: str, runtime_id: str) -> None:
        """The process ends in order."""
        now_ns = self._clock()
        with self._ledger.begin() as conn:
            before = self._ledger.runtimes.attached_to(conn, workspace_id, runtime_id)
            self._ledger.runtimes.ended(conn, workspace_id, runtime_id, now_ns)
        gone = Poll(Runtime(runtime_id, workspace_id), (), frozenset(), (), ())
        self._take_news(gone, before, now_ns)

    def collect(self, poll: Poll) -> Delivered:
        """What the runtime should have and does not; marks it delivered."""
        workspace_id, runtime_id = poll.runtime.workspace_id, poll.runtime.id
        keys = {session_id_of(workspace_id, bounded_key(one.key)): one.key for one in poll.held}
        states = {session_id_of(workspace_id, bounded_key(one.key)): one.state for one in poll.held}
        refs = [(workspace_id, session_id) for session_id in keys]
        with self._ledger.read() as conn:
            waiting = [
                command
                for command in self._ledger.commands.open_of(conn, refs)
                if command.verb in RUNTIME_VERBS and runtime_id not in command.receipts
            ]
            waiting += self._standing(conn, refs, states)
            tasks = self._ledger.tasks.closed_among(conn, workspace_id, poll.task_ids) if poll.task_ids else []
        unique = {command.id: command for command in waiting if command.id not in poll.known}
        chosen = list(unique.values())[:MAX_COMMANDS_A_POLL]
        self._mark_delivered([one for one in chosen if one.status not in (*SETTLED, CommandStatus.DELIVERED)])
        return Delivered(tuple((one, keys[one.session_id]) for one in chosen), tuple(tasks))

    def _has_news(self, before: dict[str, Attachment], poll: Poll) -> bool:
        told = {session_id_of(poll.runtime.workspace_id, bounded_key(one.key)): one for one in poll.held}
        return told.keys() != before.keys() or any(
            _as_told(before[session_id], one) != before[session_id] for session_id, one in told.items()
        )

    def _take_news(self, poll: Poll, before: dict[str, Attachment], now_ns: int) -> None:
        workspace_id = poll.runtime.workspace_id
        told = {session_id_of(workspace_id, bounded_key(one.key)): one for one in poll.held}
        with self._ledger.begin() as conn:
            receipts = self._receipts(conn, poll)
            touched = {*told, *before, *(command.session_id for command, _ in receipts)}
            refs = sorted((workspace_id, session_id) for session_id in touched)
            self._ledger.lock_sessions(conn, refs)
            for session_id, one in told.items():
                self._attach(conn, poll.runtime, session_id, one, before.get(session_id), now_ns)
            for session_id in before.keys() - told.keys():
                gone = replace(before[session_id], detached_at_ns=now_ns)
                self._ledger.runtimes.attach(conn, workspace_id, session_id, "", gone)
            for command, receipt in receipts:
                self._note(conn, poll.runtime, command, receipt, now_ns)
            self._restate(conn, refs, now_ns)
        self._ledger.notify()

    def _attach(
        self,
        conn: Connection,
        runtime: Runtime,
        session_id: str,
        told: Held,
        known: Attachment | None,
        now_ns: int,
    ) -> None:
        base = known or Attachment(runtime.id, "", 0, (), False, now_ns, now_ns)
        attachment = _as_told(base, told)
        if attachment != known:
            self._ledger.runtimes.attach(conn, runtime.workspace_id, session_id, told.key, attachment)

    def _receipts(self, conn: Connection, poll: Poll) -> list[tuple[Command, Receipt]]:
        found = []
        for receipt in poll.receipts:
            command = self._ledger.commands.get(conn, poll.runtime.workspace_id, receipt.command_id)
            if command is not None:
                found.append((command, receipt))
        return found

    def _note(self, conn: Connection, runtime: Runtime, command: Command, receipt: Receipt, now_ns: int) -> None:
        """One runtime's word on one command; the command is settled when every runtime has given its word."""
        told = {"outcome": receipt.outcome, "at": receipt.at, "reason": receipt.reason, "detail": receipt.detail}
        noted = replace(command, receipts={**command.receipts, runtime.id: told})
        self._ledger.commands.replace(conn, noted)
        ref = (command.workspace_id, command.session_id)
        attached = self._ledger.runtimes.attachments_of(conn, [ref]).get(ref, ())
        own = next((one for one in attached if one.runtime_id == runtime.id), None)
        stands = self._ledger.holds.get_many(conn, [ref]).get(ref, Hold())
        is_stopped = receipt.outcome == "applied" and command.verb in STOPPED_IN
        if own is not None and is_stopped and stands.command_id == command.id:
            # An older pause confirms nothing; this one is set here too, for the rest of the poll may be older.
            stopped = replace(own, state=STOPPED_IN[command.verb], tools_in_flight=0)
            self._ledger.runtimes.attach(conn, *ref, "", stopped)
        if command.status in SETTLED:
            return
        if is_stopped:
            return  # settled when every process confirms: settle_hold
        missing = [one for one in attached if one.detached_at_ns is None and one.runtime_id not in noted.receipts]
        outcomes = {one["outcome"] for one in noted.receipts.values()}
        if missing and "refused" not in outcomes:
            return
        status = CommandStatus.APPLIED if "applied" in outcomes else CommandStatus.REFUSED
        detail = {"reason": receipt.reason, **receipt.detail} if receipt.reason else receipt.detail
        settled = settle(conn, self._ledger, noted, status, now_ns, detail)
        if status == CommandStatus.REFUSED and command.verb in STOPPED_IN:
            steering = self._ledger.steering.load(conn, [ref]).get(ref, Steering())
            if steering.hold.command_id == command.id and steering.hold.status != SessionStatus.CANCELED:
                release(conn, self._ledger, ref, steering, settled, now_ns)

    def _restate(self, conn: Connection, refs: Sequence[tuple[str, str]], now_ns: int) -> None:
        sessions = self._ledger.sessions.get_many(conn, refs)
        for ref, steering in self._ledger.steering.load(conn, refs).items():
            settled = settle_hold(conn, self._ledger, ref, steering, now_ns)
            if session := sessions.get(ref):
                after = restated(session, settled, now_ns)
                hold = settled.hold
                write_session(conn, self._ledger, session, after, hold.actor, hold.command_id, now_ns)

    def _standing(self, conn: Connection, refs: Sequence[tuple[str, str]], states: dict[str, str]) -> list[Command]:
        """What stands for sessions whose process does not say that it obeys, whatever became of the command."""
        found: list[Command] = []
        for (workspace_id, session_id), hold in self._ledger.holds.get_many(conn, refs).items():
            wanted = STANDS_FOR.get(SessionStatus(hold.status)) if hold.status else ""
            state = states[session_id]
            if (wanted and state != wanted) or (not hold.status and state == "paused"):
                command = self._ledger.commands.get(conn, workspace_id, hold.command_id)
                if command is not None and command.verb in RUNTIME_VERBS:
                    found.append(command)
        return found

    def _mark_delivered(self, commands: Sequence[Command]) -> None:
        if not commands:
            return
        now_ns = self._clock()
        with self._ledger.begin() as conn:
            for command in commands:
                current = self._ledger.commands.get(conn, command.workspace_id, command.id)
                if current is not None and current.status in (CommandStatus.REQUESTED, CommandStatus.UNREACHABLE):
                    delivered = replace(
                        current, status=CommandStatus.DELIVERED, delivered_at_ns=now_ns, is_recorded=False
                    )
                    self._ledger.commands.replace(conn, delivered)


def _as_told(known: Attachment, told: Held) -> Attachment:
    return replace(
        known,
        state=told.state,
        tools_in_flight=told.tools_in_flight,
        verbs=told.verbs,
        owns_memory=told.owns_memory,
        detached_at_ns=None,
    )
