"""The channel to runtimes: they tell which sessions they run, take what was asked of those, and say what they did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from sojourn.app.control.requests import write_session
from sojourn.app.control.settling import release, settle, settle_hold
from sojourn.domain.folding import restated
from sojourn.domain.identity import session_id_of
from sojourn.domain.lifecycle import RUNTIME_VERBS, Verb
from sojourn.domain.resolution import bounded_key
from sojourn.domain.sessions import SessionStatus
from sojourn.domain.status import SILENCE_NS
from sojourn.domain.steering import Attachment, Command, CommandStatus, Hold, Steering
from sojourn.domain.tasks import Task
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.runtimes import Runtime

MAX_COMMANDS_A_POLL = 500
SESSIONS_A_PART = 2_000  # of one transaction: PostgreSQL has locks and stack for so many
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


@dataclass(frozen=True)
class Poll:
    runtime: Runtime
    held: tuple[Held, ...]
    known: frozenset[str]  # commands that it has and has not settled
    receipts: tuple[Receipt, ...]
    task_ids: tuple[str, ...]

    @cached_property
    def told(self) -> dict[str, Held]:
        """What it runs, by the id of the session; of one that is named twice the later word."""
        return {session_id_of(self.runtime.workspace_id, bounded_key(one.key)): one for one in self.held}


@dataclass(frozen=True, slots=True)
class Delivered:
    commands: tuple[tuple[Command, str], ...]  # with the session's key as the runtime knows it
    tasks: tuple[Task, ...]


class Delivery:
    def __init__(self, ledger: Ledger, clock: Callable[[], int], silence_ns: int = SILENCE_NS) -> None:
        self._ledger = ledger
        self._clock = clock
        self._silence_ns = silence_ns

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
            self._take_all_news(poll, before, now_ns)
        return [receipt.command_id for receipt in poll.receipts]

    def leave(self, workspace_id: str, runtime_id: str) -> None:
        """The process ends in order."""
        now_ns = self._clock()
        with self._ledger.begin() as conn:
            before = self._ledger.runtimes.attached_to(conn, workspace_id, runtime_id)
            self._ledger.runtimes.ended(conn, workspace_id, runtime_id, now_ns)
        gone = Poll(Runtime(runtime_id, workspace_id), (), frozenset(), (), ())
        self._take_all_news(gone, before, now_ns)

    def collect(self, poll: Poll) -> Delivered:
        """What the runtime should have and does not; marks it delivered."""
        workspace_id = poll.runtime.workspace_id
        with self._ledger.read() as conn:
            waiting = self._waiting(conn, poll)
            tasks = self._ledger.tasks.closed_among(conn, workspace_id, poll.task_ids) if poll.task_ids else []
        if not waiting:
            return Delivered((), tuple(tasks))
        with self._ledger.begin() as conn:
            # Looked at again under the sessions' locks: what was withdrawn meanwhile must not go out.
            self._ledger.lock_sessions(conn, sorted({(workspace_id, one.session_id) for one in waiting}))
            chosen = self._waiting(conn, poll)
            for command in chosen:
                self._mark_delivered(conn, command, poll.runtime.id)
        return Delivered(tuple((one, poll.told[one.session_id].key) for one in chosen), tuple(tasks))

    def _waiting(self, conn: Connection, poll: Poll) -> list[Command]:
        workspace_id, runtime_id = poll.runtime.workspace_id, poll.runtime.id
        waiting: list[Command] = []
        for part in _parts(poll.told):
            refs = [(workspace_id, session_id) for session_id in part]
            waiting += [
                command
                for command in self._ledger.commands.open_of(conn, refs)
                if command.verb in RUNTIME_VERBS and runtime_id not in command.receipts
            ]
            waiting += self._standing(conn, refs, poll.told)
        unique = {command.id: command for command in waiting if command.id not in poll.known}
        return list(unique.values())[:MAX_COMMANDS_A_POLL]

    def _has_news(self, before: dict[str, Attachment], poll: Poll) -> bool:
        return poll.told.keys() != before.keys() or any(
            _as_told(before[session_id], one) != before[session_id] for session_id, one in poll.told.items()
        )

    def _take_all_news(self, poll: Poll, before: dict[str, Attachment], now_ns: int) -> None:
        told = poll.told
        parts = list(_parts(told.keys() | before.keys())) or [()]
        for number, part in enumerate(parts, 1):
            self._take_news(
                poll,
                {session_id: told[session_id] for session_id in part if session_id in told},
                {session_id: before[session_id] for session_id in part if session_id in before},
                number == len(parts),  # receipts come last: by then everything is attached
                now_ns,
            )
        self._ledger.notify()

    def _take_news(
        self, poll: Poll, told: dict[str, Held], before: dict[str, Attachment], has_receipts: bool, now_ns: int
    ) -> None:
        workspace_id = poll.runtime.workspace_id
        with self._ledger.begin() as conn:
            receipts = self._receipts(conn, poll) if has_receipts else []
            touched = {*told, *before, *(command.session_id for command, _ in receipts)}
            refs = sorted((workspace_id, session_id) for session_id in touched)
            self._ledger.lock_sessions(conn, refs)
            for session_id, one in told.items():
                self._attach(conn, poll.runtime, session_id, one, before.get(session_id), now_ns)
            for session_id in before.keys() - told.keys():
                gone = replace(before[session_id], detached_at_ns=now_ns)
                self._ledger.runtimes.attach(conn, workspace_id, session_id, "", gone)
            # Read again under the locks: another process may have given its word on the same command meanwhile.
            for command, receipt in self._receipts(conn, poll) if receipts else ():
                self._note(conn, poll.runtime, command, receipt, now_ns)
            let_go = sorted((workspace_id, session_id) for session_id in before.keys() - told.keys())
            asked = {command.session_id for command in self._ledger.commands.open_of(conn, let_go)} if let_go else ()
            for session_id in asked:
                self._settle_answered(conn, (workspace_id, session_id), now_ns)
            self._restate(conn, refs, now_ns)

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
        if not is_stopped:  # that is settled when every process confirms: settle_hold
            self._settle_answered(conn, ref, now_ns)

    def _settle_answered(self, conn: Connection, ref: tuple[str, str], now_ns: int) -> None:
        """Open commands of which every process has given its word, or none is left to give it."""
        attached = self._ledger.runtimes.attachments_of(conn, [ref]).get(ref, ())
        held_by = {one.runtime_id for one in attached if one.detached_at_ns is None}
        for command in self._ledger.commands.open_of(conn, [ref]):
            outcomes = {receipt["outcome"] for receipt in command.receipts.values()}
            is_stop = command.verb in STOPPED_IN
            if held_by - command.receipts.keys() and "refused" not in outcomes:
                continue
            if is_stop and outcomes != {"refused"}:
                continue  # whether it is confirmed is told by what the processes say of themselves
            if not outcomes and attached and not is_stop and command.verb != "resume":
                self._settle_alone(conn, command, attached[-1].owns_memory, now_ns)
                continue
            status = CommandStatus.APPLIED if "applied" in outcomes or not outcomes else CommandStatus.REFUSED
            told: dict[str, Any] = next(iter(command.receipts.values()), {})
            detail = dict(told.get("detail", {})) | ({"reason": told["reason"]} if told.get("reason") else {})
            settled = settle(conn, self._ledger, command, status, now_ns, detail)
            if status == CommandStatus.REFUSED and is_stop:
                steering = self._ledger.steering.load(conn, [ref]).get(ref, Steering())
                if steering.hold.command_id == command.id and steering.hold.status != SessionStatus.CANCELED:
                    release(conn, self._ledger, ref, steering, settled, now_ns)

    def _settle_alone(self, conn: Connection, command: Command, owns_memory: bool, now_ns: int) -> None:
        """The last process let go of the session without a word on a reset or compact."""
        if owns_memory:
            settle(conn, self._ledger, command, CommandStatus.APPLIED, now_ns, {})
            return
        reason = {"reason": "its process let go of it without a word"}
        settle(conn, self._ledger, command, CommandStatus.REFUSED, now_ns, reason)

    def _restate(self, conn: Connection, refs: Sequence[tuple[str, str]], now_ns: int) -> None:
        sessions = self._ledger.sessions.get_many(conn, refs)
        for ref, steering in self._ledger.steering.load(conn, refs).items():
            settled = settle_hold(conn, self._ledger, ref, steering, now_ns)
            if session := sessions.get(ref):
                after = restated(session, settled, now_ns, self._silence_ns)
                hold = settled.hold
                write_session(conn, self._ledger, session, after, hold.actor, hold.command_id, now_ns)

    def _standing(self, conn: Connection, refs: Sequence[tuple[str, str]], told: Mapping[str, Held]) -> list[Command]:
        """What stands for sessions whose process does not say that it obeys, whatever became of the command."""
        found: list[Command] = []
        for (workspace_id, session_id), hold in self._ledger.holds.get_many(conn, refs).items():
            wanted = STANDS_FOR.get(SessionStatus(hold.status)) if hold.status else ""
            state = told[session_id].state
            if (wanted and state != wanted) or (not hold.status and state == "paused"):
                command = self._ledger.commands.get(conn, workspace_id, hold.command_id)
                if command is not None and command.verb in RUNTIME_VERBS:
                    found.append(command)
        return found

    def _mark_delivered(self, conn: Connection, command: Command, runtime_id: str) -> None:
        if command.verb == Verb.RESUME:  # from here on it may start tool calls, whatever it said before
            self._ledger.runtimes.presume_running(conn, command.workspace_id, command.session_id, runtime_id)
        if command.status in (CommandStatus.REQUESTED, CommandStatus.UNREACHABLE):
            now_ns = self._clock()
            delivered = replace(command, status=CommandStatus.DELIVERED, delivered_at_ns=now_ns, is_recorded=False)
            self._ledger.commands.replace(conn, delivered)


def _parts(session_ids: Collection[str]) -> Iterator[Sequence[str]]:
    in_order = sorted(session_ids)
    for start in range(0, len(in_order), SESSIONS_A_PART):
        yield in_order[start : start + SESSIONS_A_PART]


def _as_told(known: Attachment, told: Held) -> Attachment:
    return replace(
        known,
        state=told.state,
        tools_in_flight=told.tools_in_flight,
        verbs=told.verbs,
        owns_memory=told.owns_memory,
        detached_at_ns=None,
    )
