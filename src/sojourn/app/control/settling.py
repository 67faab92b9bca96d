"""Holds that are confirmed, withdrawn or overtaken, and the commands behind them. Called inside ledger transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from sojourn.domain.lifecycle import Verb
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.domain.steering import SETTLED, Command, CommandStatus, Hold, Steering, released
from sojourn.domain.tasks import Task, TaskKind, TaskStatus
from sojourn.ledger.ledger import Ledger

Ref = tuple[str, str]
CONFIRMED_BY = {SessionStatus.PAUSED: Verb.PAUSE, SessionStatus.CANCELED: Verb.CANCEL}
WAITED_FOR = frozenset({TaskKind.APPROVAL, TaskKind.QUESTION})  # a tool call waits for these


def settle_hold(conn: Connection, ledger: Ledger, ref: Ref, steering: Steering, now_ns: int) -> Steering:
    """What stands, now that the session's processes say what they say; a confirmed request is settled."""
    hold = steering.settled_hold(now_ns)
    if hold == steering.hold:
        return steering
    ledger.holds.put(conn, *ref, hold)
    if hold.status in CONFIRMED_BY:
        settle_open(conn, ledger, ref, CommandStatus.APPLIED, now_ns, {}, {CONFIRMED_BY[SessionStatus(hold.status)]})
    return replace(steering, hold=hold)


def end(conn: Connection, ledger: Ledger, session: Session, steering: Steering, now_ns: int) -> Steering:
    """The session is over: what was asked of it and not done comes too late, and nobody waits for an answer."""
    ref = (session.workspace_id, session.id)
    if session.status == SessionStatus.ABANDONED:
        return steering  # it may come back, and what was asked of it stands
    cancel_tasks(conn, ledger, ref, f"the session is over ({session.status})", now_ns, only=WAITED_FOR)
    if steering.hold.status == SessionStatus.CANCELING and session.status == SessionStatus.CANCELED:
        # Its sender said so before its runtime confirmed.
        settle_open(conn, ledger, ref, CommandStatus.APPLIED, now_ns, {}, {Verb.CANCEL})
        hold = replace(steering.hold, status=SessionStatus.CANCELED, since_ns=now_ns)
        ledger.holds.put(conn, *ref, hold)
        return replace(steering, hold=hold)
    if steering.hold.status and steering.hold.status != session.status:
        reason = f"the session had ended first ({session.status})"
        settle_open(conn, ledger, ref, CommandStatus.REFUSED, now_ns, {"reason": reason}, set(Verb))
        hold = replace(Hold(), from_status=steering.hold.from_status)
        ledger.holds.put(conn, *ref, hold)
        return replace(steering, hold=hold)
    return steering


def release(conn: Connection, ledger: Ledger, ref: Ref, steering: Steering, command: Command, now_ns: int) -> Steering:
    """Nothing stands any more; requests that were not confirmed are withdrawn."""
    hold = released(steering.hold, command.actor, command.reason, command.id, now_ns)
    ledger.holds.put(conn, *ref, hold)
    ledger.runtimes.presume_running(conn, *ref)
    withdrawn = {"reason": f"withdrawn by {command.actor}"}
    settle_open(conn, ledger, ref, CommandStatus.REFUSED, now_ns, withdrawn, {Verb.PAUSE})
    return replace(steering, hold=hold)


def settle_open(
    conn: Connection,
    ledger: Ledger,
    ref: Ref,
    status: CommandStatus,
    now_ns: int,
    detail: Mapping[str, object],
    verbs: set[Verb],
    among: tuple[CommandStatus, ...] = (),
) -> None:
    """Every open command of these verbs (and of these statuses, if they are named) gets this end."""
    for command in ledger.commands.open_of(conn, [ref]):
        if command.verb in verbs and (not among or command.status in among):
            settle(conn, ledger, command, status, now_ns, detail)


def settle(
    conn: Connection, ledger: Ledger, command: Command, status: CommandStatus, now_ns: int, detail: Mapping[str, object]
) -> Command:
    if command.status in SETTLED:
        return command
    settled = replace(
        command,
        status=status,
        settled_at_ns=now_ns if status in SETTLED else None,
        detail={**command.detail, **detail},
        is_recorded=False,
    )
    ledger.commands.replace(conn, settled)
    return settled


def cancel_tasks(
    conn: Connection, ledger: Ledger, ref: Ref, reason: str, now_ns: int, only: frozenset[TaskKind] | None = None
) -> list[Task]:
    canceled = []
    for task in ledger.tasks.open_of(conn, *ref):
        if only is not None and task.kind not in only:
            continue
        closed = replace(
            task,
            status=TaskStatus.CANCELED,
            outcome={"reason": reason},
            completed_at_ns=now_ns,
            is_recorded=False,
        )
        ledger.tasks.replace(conn, closed)
        canceled.append(closed)
    return canceled
