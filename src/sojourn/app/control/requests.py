"""What operators ask of sessions: judged, written down and put into force in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from sojourn.app.control.settling import cancel_tasks, release, settle, settle_hold, settle_open
from sojourn.app.errors import NotAllowed, NotFound
from sojourn.domain.folding import restated
from sojourn.domain.lifecycle import MEMORY_VERBS, OPEN, Reach, Verb, actions, judge_request, standing_of
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.domain.status import SILENCE_NS
from sojourn.domain.steering import Command, CommandStatus, Hold, Steering
from sojourn.domain.tasks import Task, TaskKind, TaskStatus
from sojourn.ledger.changes import NewChange
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.status_changes import StatusChange

MAX_CALLED = 500  # called sessions that one request looks at
HOLDS = {
    Verb.PAUSE: SessionStatus.PAUSING,
    Verb.CANCEL: SessionStatus.CANCELING,
    Verb.ESCALATE: SessionStatus.ESCALATED,
}
RELEASES = frozenset({Verb.RESUME, Verb.RETURN})
ESCALATION = "escalation"  # source of the task that an escalation opens


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as an operator makes it."""

    verb: Verb
    actor: str
    reason: str = ""
    correlation_id: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    cascade: bool = False  # cancel: also the sessions that it called
    id: str = ""  # the same id again is the same request
    nothing_to_do: str = ""  # why it would change nothing, if the caller has found that out


@dataclass(frozen=True, slots=True)
class Answer:
    command: Command
    session: Session
    still_running: tuple[Session, ...] = ()  # called sessions that a cancel leaves alone


class Requests:
    def __init__(self, ledger: Ledger, clock: Callable[[], int], silence_ns: int = SILENCE_NS) -> None:
        self._ledger = ledger
        self._clock = clock
        self._silence_ns = silence_ns

    def ask(self, workspace_id: str, session_id: str, ask: Ask) -> Answer:
        """Raises NotAllowed, with what is allowed instead. The same request twice changes nothing the second time."""
        ask = replace(ask, id=ask.id or str(uuid4()))
        with self._ledger.begin() as conn:
            if ask.cascade:  # all at once and in order, so that two such requests never wait for each other
                self._ledger.lock_sessions(conn, self._family(conn, workspace_id, session_id))
            answer = self._ask(conn, workspace_id, session_id, ask)
        self._ledger.notify()
        return answer

    def check(self, session: Session, verb: Verb) -> None:
        """Raises NotAllowed as `ask` would."""
        standing = standing_of(session)
        verdict = judge_request(standing, verb)
        if verdict.refusal:
            raise NotAllowed(verdict.code, verdict.refusal, actions(standing)[0])

    def _ask(self, conn: Connection, workspace_id: str, session_id: str, ask: Ask) -> Answer:
        ref = (workspace_id, session_id)
        self._ledger.lock_sessions(conn, [ref])
        session = self._ledger.sessions.get(conn, *ref)
        if session is None:
            raise NotFound("there is no such session")
        known = self._ledger.commands.get(conn, workspace_id, ask.id)
        if known is not None:
            if (known.session_id, known.verb) != (session_id, ask.verb):
                raise NotAllowed("id_taken", "this id names another request", actions(standing_of(session))[0])
            return Answer(known, session, self._left_alone(conn, session, ask))
        now_ns = self._clock()
        steering = self._ledger.steering.load(conn, [ref]).get(ref, Steering())
        session = restated(session, steering, now_ns, self._silence_ns)
        standing = standing_of(session)
        verdict = judge_request(standing, ask.verb)
        if verdict.refusal:
            raise NotAllowed(verdict.code, verdict.refusal, actions(standing)[0])
        command = _command(workspace_id, session_id, ask, now_ns)
        if ask.nothing_to_do or not verdict.changes:
            command = replace(
                command,
                status=CommandStatus.APPLIED,
                changed=False,
                settled_at_ns=now_ns,
                detail={"reason": ask.nothing_to_do or f"it is {session.status} already"},
                is_recorded=True,
            )
            self._ledger.commands.add(conn, command)
            return Answer(command, session, self._left_alone(conn, session, ask))
        self._ledger.commands.add(conn, command)
        after = self._applied(conn, session, steering, command, now_ns)
        known = self._ledger.sessions.get(conn, *ref) or session
        session = self._write(conn, known, after, command)
        if ask.verb == Verb.CANCEL and ask.cascade:
            self._cancel_called(conn, session, ask)
        stored = self._ledger.commands.get(conn, workspace_id, command.id)
        return Answer(stored or command, session, self._left_alone(conn, session, ask))

    def _applied(
        self, conn: Connection, session: Session, steering: Steering, command: Command, now_ns: int
    ) -> Session:
        """The session once the request is in force."""
        ref = (session.workspace_id, session.id)
        verb = Verb(command.verb)
        if verb in (Verb.ARCHIVE, Verb.UNARCHIVE):
            settle(conn, self._ledger, command, CommandStatus.APPLIED, now_ns, {})
            return replace(session, archived_at_ns=now_ns if verb == Verb.ARCHIVE else None)
        if verb in MEMORY_VERBS:
            if steering.reach(now_ns) not in (Reach.LISTENING, Reach.LOST):
                settle(conn, self._ledger, command, CommandStatus.APPLIED, now_ns, {})
            return session
        if verb in RELEASES:
            steering = self._released(conn, ref, steering, command, now_ns)
            return restated(session, steering, now_ns, self._silence_ns)
        hold = Hold(HOLDS[verb], now_ns, command.actor, command.reason, command.id, session.status)
        self._ledger.holds.put(conn, *ref, hold)
        if verb == Verb.PAUSE:  # a resume that nobody has taken yet must not open the gates behind it
            self._withdraw_resumes(conn, ref, command, now_ns)
        if verb == Verb.CANCEL:
            withdrawn = {"reason": f"canceled by {command.actor}"}
            earlier = set(Verb) - {Verb.CANCEL}
            settle_open(conn, self._ledger, ref, CommandStatus.REFUSED, now_ns, withdrawn, earlier)
            cancel_tasks(conn, self._ledger, ref, f"the session was canceled by {command.actor}", now_ns)
        if verb == Verb.ESCALATE:
            settle(conn, self._ledger, command, CommandStatus.APPLIED, now_ns, {})
            self._ledger.tasks.add(conn, _escalation_task(session, command, now_ns))
        kinds = self._ledger.tasks.open_kinds(conn, [ref]).get(ref, ())
        steering = replace(steering, hold=hold, open_tasks=kinds)
        asked = self._write(conn, session, restated(session, steering, now_ns, self._silence_ns), command)
        # Where no process runs it, nothing is in flight: it is in force at once.
        return restated(asked, settle_hold(conn, self._ledger, ref, steering, now_ns), now_ns, self._silence_ns)

    def _withdraw_resumes(self, conn: Connection, ref: tuple[str, str], command: Command, now_ns: int) -> None:
        withdrawn = {"reason": f"withdrawn by {command.actor}"}
        untaken = (CommandStatus.REQUESTED, CommandStatus.UNREACHABLE)
        settle_open(conn, self._ledger, ref, CommandStatus.REFUSED, now_ns, withdrawn, {Verb.RESUME}, untaken)

    def _released(
        self, conn: Connection, ref: tuple[str, str], steering: Steering, command: Command, now_ns: int
    ) -> Steering:
        steering = release(conn, self._ledger, ref, steering, command, now_ns)
        if command.verb == Verb.RETURN or not steering.attached:
            settle(conn, self._ledger, command, CommandStatus.APPLIED, now_ns, {})
        if command.verb == Verb.RETURN:
            for task in self._ledger.tasks.open_of(conn, *ref):
                if task.source == ESCALATION:
                    done = replace(
                        task,
                        status=TaskStatus.COMPLETED,
                        outcome={"returned": True, "reason": command.reason},
                        completed_by=command.actor,
                        completed_at_ns=now_ns,
                        is_recorded=False,
                    )
                    self._ledger.tasks.replace(conn, done)
            kinds = self._ledger.tasks.open_kinds(conn, [ref]).get(ref, ())
            steering = replace(steering, open_tasks=kinds)
        return steering

    def _write(self, conn: Connection, before: Session, after: Session, command: Command) -> Session:
        write_session(
            conn, self._ledger, before, after, command.actor, command.correlation_id or command.id, self._clock()
        )
        return after

    def _cancel_called(self, conn: Connection, session: Session, ask: Ask) -> None:
        for child in self._called(conn, session):
            own = replace(ask, id=str(uuid4()), reason=ask.reason or f"its caller {session.key} was canceled")
            try:
                self._ask(conn, session.workspace_id, child.id, own)
            except NotAllowed:
                continue  # one that cannot hear us, or is over, is told among those that keep running

    def _called(self, conn: Connection, session: Session) -> list[Session]:
        page = self._ledger.sessions.children(conn, session.workspace_id, session.id, MAX_CALLED, None)
        return [child for child in page.items if child.status in OPEN and child.id != session.id]

    def _family(self, conn: Connection, workspace_id: str, session_id: str) -> list[tuple[str, str]]:
        refs, generation = {(workspace_id, session_id)}, [session_id]
        while generation and len(refs) < MAX_CALLED:
            pages = [self._ledger.sessions.children(conn, workspace_id, one, MAX_CALLED, None) for one in generation]
            generation = [child.id for page in pages for child in page.items if (workspace_id, child.id) not in refs]
            refs |= {(workspace_id, child) for child in generation}
        return sorted(refs)

    def _left_alone(self, conn: Connection, session: Session, ask: Ask) -> tuple[Session, ...]:
        if ask.verb != Verb.CANCEL:
            return ()
        held = (SessionStatus.CANCELING, SessionStatus.CANCELED)
        return tuple(child for child in self._called(conn, session) if child.status not in held)


def write_session(
    conn: Connection, ledger: Ledger, before: Session, after: Session, actor: str, correlation_id: str, now_ns: int
) -> None:
    """The row, its status change and its number on the live stream."""
    if after == before:
        return
    ledger.sessions.upsert(conn, [after])
    if after.status != before.status:
        change = StatusChange(
            workspace_id=after.workspace_id,
            session_id=after.id,
            from_status=str(before.status),
            to_status=str(after.status),
            actor=actor,
            reason=after.status_reason,
            evidence=after.status_evidence,
            correlation_id=correlation_id,
            at_ns=after.status_since_ns or now_ns,
        )
        ledger.status_changes.append(conn, [change])
    ledger.changes.append(conn, [NewChange(after.workspace_id, after.id, "session.updated")])


def _command(workspace_id: str, session_id: str, ask: Ask, now_ns: int) -> Command:
    return Command(
        id=ask.id,
        workspace_id=workspace_id,
        session_id=session_id,
        verb=ask.verb,
        actor=ask.actor,
        reason=ask.reason,
        correlation_id=ask.correlation_id,
        arguments=dict(ask.arguments),
        requested_at_ns=now_ns,
    )


def _escalation_task(session: Session, command: Command, now_ns: int) -> Task:
    return Task(
        id=str(uuid4()),
        workspace_id=session.workspace_id,
        kind=TaskKind.REVIEW,
        title=f"Escalated: {session.goal or session.key}"[:200],
        instructions=command.reason,
        created_at_ns=now_ns,
        session_id=session.id,
        session_key=session.key,
        created_by=command.actor,
        source=ESCALATION,
    )
