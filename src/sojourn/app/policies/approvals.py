"""The rung "require approval": the session pauses, a human is asked, and the answer resumes or cancels it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sojourn.app.control.control import Control
from sojourn.app.control.requests import Ask
from sojourn.app.errors import SojournError
from sojourn.app.policies.judging import settled
from sojourn.app.policies.signaling import announce
from sojourn.domain.lifecycle import Verb
from sojourn.domain.policies import Finding
from sojourn.domain.sessions import Session
from sojourn.domain.signals import Signal
from sojourn.domain.tasks import Task, TaskKind, TaskStatus
from sojourn.ledger.ledger import Ledger

TASK_SOURCE = "policy"
UUID_PARTS = (8, 4, 4, 4, 12)


class Approvals:
    def __init__(self, ledger: Ledger, control: Control, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._control = control
        self._clock = clock

    async def ask(self, session: Session, actor: str, finding: Finding, signal: Signal) -> str:
        """The id of the task. Raises NotAllowed if the session cannot pause: then nobody is asked in vain."""
        await self._control.ask(session, Ask(Verb.PAUSE, actor, finding.message, correlation_id=signal.id))
        task = Task(
            id=_uuid_of(signal.id),
            workspace_id=session.workspace_id,
            kind=TaskKind.APPROVAL,
            title=f"May it go on? {finding.message}"[:200],
            created_at_ns=self._clock(),
            session_id=session.id,
            session_key=session.key,
            event_id=finding.event_id,
            instructions=f"Policy {finding.policy.label} paused it: {finding.message}",
            created_by=actor,
            source=TASK_SOURCE,
        )
        opened, _ = await asyncio.to_thread(self._control.tasks.open, task)
        return opened.id

    async def follow(self, workspace_id: str, sessions: Sequence[Session]) -> None:
        """What humans have answered since."""
        by_id = {session.id: session for session in sessions}
        for signal, task in await asyncio.to_thread(self._answered, workspace_id, list(by_id)):
            word = await self._obey(by_id[signal.session_id], signal, task)
            await asyncio.to_thread(self._settle, settled(signal, word))

    async def _obey(self, session: Session, signal: Signal, task: Task) -> str:
        """What came of it, in words."""
        by = task.completed_by or TASK_SOURCE
        if task.status == TaskStatus.CANCELED:
            return f"withdrawn by {by}"  # nobody answered: the session stays as it is
        is_approved = isinstance(task.outcome, dict) and task.outcome.get("approved") is True
        verb = Verb.RESUME if is_approved else Verb.CANCEL
        word = f"{'approved' if is_approved else 'refused'} by {by}"
        try:
            await self._control.ask(session, Ask(verb, by, word, correlation_id=signal.id))
        except SojournError as refusal:
            return f"{word}; {refusal.message}"[:500]
        return word

    def _answered(self, workspace_id: str, session_ids: Sequence[str]) -> list[tuple[Signal, Task]]:
        if not session_ids:
            return []
        with self._ledger.read() as conn:
            waiting = self._ledger.signals.waiting_for(conn, workspace_id, session_ids)
            closed = self._ledger.tasks.closed_among(conn, workspace_id, [one.task_id for one in waiting])
        tasks = {task.id: task for task in closed}
        return [(signal, tasks[signal.task_id]) for signal in waiting if signal.task_id in tasks]

    def _settle(self, signal: Signal) -> None:
        with self._ledger.begin() as conn:
            self._ledger.signals.replace(conn, signal)
            announce(conn, self._ledger, [signal])
        self._ledger.notify()


def _uuid_of(digits: str) -> str:
    """The same signal asks once, however often it is tried."""
    place, parts = 0, []
    for length in UUID_PARTS:
        parts.append(digits[place : place + length])
        place += length
    return "-".join(parts)
