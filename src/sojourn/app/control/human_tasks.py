"""Work for humans: opened by agents, operators and workflows; completed in the Work Center."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from sojourn.app.control.forms import check_form, check_outcome
from sojourn.app.control.requests import ESCALATION, write_session
from sojourn.app.control.settling import release
from sojourn.app.errors import Conflict, NotFound
from sojourn.domain.folding import restated
from sojourn.domain.sessions import SessionStatus
from sojourn.domain.status import SILENCE_NS
from sojourn.domain.steering import Command, Steering
from sojourn.domain.tasks import Task, TaskKind, TaskStatus
from sojourn.ledger.ledger import Ledger
from sojourn.ledger.tasks import TaskFilter

APPROVAL_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["approved"],
    "properties": {
        "approved": {"type": "boolean", "title": "Approve"},
        "reason": {"type": "string", "title": "Reason"},
        "arguments": {"type": "object", "title": "Arguments, if they should be other ones"},
    },
}


class TaskClosed(Conflict):
    code = "task_closed"


class HumanTasks:
    def __init__(self, ledger: Ledger, clock: Callable[[], int], silence_ns: int = SILENCE_NS) -> None:
        self._ledger = ledger
        self._clock = clock
        self._silence_ns = silence_ns

    def open(self, task: Task) -> tuple[Task, bool]:
        """The task as it is now, and whether it is new: the same id again opens nothing."""
        if task.kind == TaskKind.APPROVAL and task.form is None:
            task = replace(task, form=APPROVAL_FORM)
        check_form(task.form)
        if task.deadline_at_ns is not None and task.default_outcome is not None:
            check_outcome(task.form, task.default_outcome)
        with self._ledger.begin() as conn:
            if task.session_id:
                self._ledger.lock_sessions(conn, [(task.workspace_id, task.session_id)])
                self._refuse_if_over(conn, task)
            is_new = self._ledger.tasks.add(conn, task)
            stored = self._ledger.tasks.get(conn, task.workspace_id, task.id) or task
            self._restate(conn, stored)
        self._ledger.notify()
        return stored, is_new

    def get(self, workspace_id: str, task_id: str) -> Task:
        with self._ledger.read() as conn:
            task: Task | None = self._ledger.tasks.get(conn, workspace_id, task_id)
        if task is None:
            raise NotFound("there is no such task")
        return task

    def listed(
        self, workspace_id: str, filter: TaskFilter, before: int | None, limit: int
    ) -> tuple[list[tuple[int, Task]], int]:
        """Tasks with their numbers, the newest first, and how many pass the filter."""
        with self._ledger.read() as conn:
            page = self._ledger.tasks.list_page(conn, workspace_id, filter, before, limit)
            return page, self._ledger.tasks.total(conn, workspace_id, filter)

    def claim(self, workspace_id: str, task_id: str, actor: str) -> Task:
        def claimed(task: Task) -> Task:
            if task.claimed_by and task.claimed_by != actor:
                raise Conflict(f"{task.claimed_by} has claimed it", {"claimed_by": task.claimed_by})
            return replace(task, claimed_by=actor, claimed_at_ns=task.claimed_at_ns or self._clock())

        return self._change(workspace_id, task_id, claimed)

    def release(self, workspace_id: str, task_id: str) -> Task:
        return self._change(workspace_id, task_id, lambda task: replace(task, claimed_by="", claimed_at_ns=None))

    def complete(self, workspace_id: str, task_id: str, actor: str, outcome: Any) -> Task:
        """Raises Invalid if the outcome does not fit the form. The same outcome again changes nothing."""

        def completed(task: Task) -> Task:
            check_outcome(task.form, outcome)
            return self._closed(task, TaskStatus.COMPLETED, outcome, actor)

        return self._change(workspace_id, task_id, completed, same=(TaskStatus.COMPLETED, outcome))

    def cancel(self, workspace_id: str, task_id: str, actor: str, reason: str) -> Task:
        outcome = {"reason": reason or f"canceled by {actor}"}
        return self._change(
            workspace_id,
            task_id,
            lambda task: self._closed(task, TaskStatus.CANCELED, outcome, actor),
            same=(TaskStatus.CANCELED, outcome),
        )

    def expire(self, limit: int) -> int:
        """Deadlines that have passed give the default outcome; returns how many there were."""
        with self._ledger.read() as conn:
            overdue = self._ledger.tasks.overdue(conn, self._clock(), limit)
        for task in overdue:
            try:
                self._change(
                    task.workspace_id,
                    task.id,
                    lambda one: self._closed(one, TaskStatus.EXPIRED, one.default_outcome, "sojourn"),
                )
            except TaskClosed:
                continue  # somebody was faster
        return len(overdue)

    def _closed(self, task: Task, status: TaskStatus, outcome: Any, actor: str) -> Task:
        return replace(
            task,
            status=status,
            outcome=outcome,
            completed_by=actor,
            completed_at_ns=self._clock(),
            is_recorded=False,
        )

    def _change(
        self,
        workspace_id: str,
        task_id: str,
        change: Callable[[Task], Task],
        same: tuple[TaskStatus, Any] | None = None,
    ) -> Task:
        known = self.get(workspace_id, task_id)
        with self._ledger.begin() as conn:
            if known.session_id:
                self._ledger.lock_sessions(conn, [(workspace_id, known.session_id)])
            task: Task | None = self._ledger.tasks.get(conn, workspace_id, task_id, lock=True)
            if task is None:
                raise NotFound("there is no such task")
            if task.status != TaskStatus.OPEN:
                if same == (task.status, task.outcome):
                    return task
                raise TaskClosed(f"the task is {task.status} already", {"status": task.status, "by": task.completed_by})
            changed = change(task)
            self._ledger.tasks.replace(conn, changed)
            if task.source == ESCALATION and changed.status == TaskStatus.COMPLETED:
                self._return(conn, changed)
            self._restate(conn, changed)
        self._ledger.notify()
        return changed

    def _return(self, conn: Connection, task: Task) -> None:
        """Completing the review of an escalation hands the session back."""
        ref = (task.workspace_id, task.session_id)
        now_ns = self._clock()
        steering = self._ledger.steering.load(conn, [ref]).get(ref, Steering())
        if steering.hold.status == SessionStatus.ESCALATED:
            by = Command(task.id, *ref, "return", task.completed_by)
            release(conn, self._ledger, ref, steering, by, now_ns)

    def _restate(self, conn: Connection, task: Task) -> None:
        if not task.session_id:
            return
        ref = (task.workspace_id, task.session_id)
        session = self._ledger.sessions.get(conn, *ref)
        if session is not None:
            now_ns = self._clock()
            steering = self._ledger.steering.load(conn, [ref]).get(ref, Steering())
            after = restated(session, steering, now_ns, self._silence_ns)
            actor = task.completed_by or task.created_by
            write_session(conn, self._ledger, session, after, actor, task.id, now_ns)

    def _refuse_if_over(self, conn: Connection, task: Task) -> None:
        session = self._ledger.sessions.get(conn, task.workspace_id, task.session_id)
        standing = self._ledger.holds.get_many(conn, [(task.workspace_id, task.session_id)])
        is_ending = any(hold.status == SessionStatus.CANCELING for hold in standing.values())
        waits = task.kind in (TaskKind.APPROVAL, TaskKind.QUESTION)
        if waits and session is not None and (session.status == SessionStatus.CANCELED or is_ending):
            raise Conflict(f"the session is {session.status}: nobody would hear the answer")
