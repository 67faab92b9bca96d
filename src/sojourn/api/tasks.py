"""Work for humans: the Work Center's list, and what agents and workflows open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Body, Depends, Path, Query

from sojourn.api.answers import PAGE_ERRORS, Json
from sojourn.api.control_models import SENT_ERRORS, UUID, Completion, NewTask, Task, TaskList, WaitS, Withdrawal
from sojourn.api.cursors import Cursor, following
from sojourn.api.dependencies import Actor, Asking, Served, Workspace, needs
from sojourn.api.filters import WHOLE, Text, each_once
from sojourn.api.models import Error
from sojourn.api.steering_routes import SteeringRoute
from sojourn.app.access import admission
from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.errors import NotFound
from sojourn.app.views import cursors
from sojourn.app.views.control_rows import task_json
from sojourn.app.views.sessions import find_session
from sojourn.app.views.times import parse_time
from sojourn.domain import tasks as domain
from sojourn.domain.access import Permission
from sojourn.domain.identity import session_id_of
from sojourn.domain.resolution import bounded_key
from sojourn.ledger.tasks import TaskFilter

router = APIRouter(prefix="/api/v1", tags=["tasks"], route_class=SteeringRoute, dependencies=[Depends(each_once)])
MISSING: dict[int | str, dict[str, Any]] = {
    **SENT_ERRORS,
    404: {"model": Error, "description": "There is no such task"},
    409: {"model": Error, "description": "It is closed (task_closed), or somebody else has claimed it (conflict)"},
}
TaskId = Annotated[str, Path(pattern=UUID)]
Status = Literal["open", "completed", "canceled", "expired"]
Kind = Literal["approval", "question", "review", "manual"]
MAX_CHOSEN = 10


@router.post(
    "/tasks",
    status_code=201,
    response_model=Task,
    responses={**MISSING, 200: {"model": Task, "description": "A task with this id is there already"}},
    operation_id="open_task",
    dependencies=[needs(Permission.INGEST, Permission.COMPLETE_TASKS)],
)
def open_task(served: Served, workspace_id: Workspace, actor: Actor, new: Annotated[NewTask, Body()]) -> Json:
    """Open a task, of a session or of a workflow outside of any."""
    session_id, session_key = _session(served, workspace_id, new.session)
    task = domain.Task(
        id=(new.id or str(uuid4())).lower(),
        workspace_id=workspace_id,
        kind=new.kind,
        title=new.title,
        created_at_ns=served.clock(),
        session_id=session_id,
        session_key=session_key,
        tool_call_id=new.tool_call_id,
        event_id=new.event_id,
        instructions=new.instructions,
        form=new.form,
        assignee=new.assignee,
        group=new.group,
        deadline_at_ns=None if new.deadline_at is None else parse_time(new.deadline_at, "deadline_at"),
        default_outcome=new.default_outcome,
        created_by=session_key or new.source or actor,
        source=new.source,
    )
    opened, is_new = _tasks(served).open(task)
    return Json(task_json(opened), status_code=201 if is_new else 200)


@router.get(
    "/tasks",
    response_model=TaskList,
    responses=PAGE_ERRORS,
    operation_id="list_tasks",
    dependencies=[needs(Permission.READ, Permission.COMPLETE_TASKS)],
)
def list_tasks(
    served: Served,
    workspace_id: Workspace,
    status: Annotated[Sequence[Status], Query(max_length=MAX_CHOSEN)] = (),
    kind: Annotated[Sequence[Kind], Query(max_length=MAX_CHOSEN)] = (),
    session: Annotated[Text, Query(description="Key or UUID")] = "",
    assignee: Text = "",
    group: Text = "",
    q: Annotated[Text, Query(description="Words of title, instructions, session or source")] = "",
    limit: Annotated[int, Query(ge=1, le=500), WHOLE] = 50,
    cursor: Cursor = None,
) -> Json:
    """Tasks, the newest first."""
    session_id = _session(served, workspace_id, session)[0] if session else ""
    filter = TaskFilter(tuple(status), tuple(kind), session_id, assignee, group, q)
    with following(cursor):
        before = cursors.decode(cursor, "cursor", int)[0] if cursor else None
    found, total = _tasks(served).listed(workspace_id, filter, before, limit + 1)
    shown = found[:limit]
    more = cursors.encode(shown[-1][0]) if len(found) > limit else None
    return Json({"items": [task_json(task) for _, task in shown], "next_cursor": more, "total": total})


@router.get(
    "/tasks/{id}",
    response_model=Task,
    responses=MISSING,
    operation_id="read_task",
    dependencies=[needs(Permission.READ, Permission.COMPLETE_TASKS, Permission.INGEST)],
)
async def read_task(
    served: Served,
    workspace_id: Workspace,
    id: TaskId,
    wait_s: WaitS = 0,
) -> Json:
    """One task; `wait_s` waits until it is closed."""
    return Json(task_json(await served.control.closed_task(workspace_id, id.lower(), wait_s)))


@router.post(
    "/tasks/{id}/claim",
    response_model=Task,
    responses=MISSING,
    operation_id="claim_task",
    dependencies=[needs(Permission.COMPLETE_TASKS, Permission.REVIEW)],
)
def claim(served: Served, workspace_id: Workspace, asking: Asking, actor: Actor, id: TaskId) -> Json:
    """Say that you are on it."""
    _check_worker(served, workspace_id, asking, id)
    return Json(task_json(_tasks(served).claim(workspace_id, id.lower(), actor)))


@router.post(
    "/tasks/{id}/release",
    response_model=Task,
    responses=MISSING,
    operation_id="release_task",
    dependencies=[needs(Permission.COMPLETE_TASKS, Permission.REVIEW)],
)
def release(served: Served, workspace_id: Workspace, id: TaskId) -> Json:
    """Leave it to somebody else."""
    return Json(task_json(_tasks(served).release(workspace_id, id.lower())))


@router.post(
    "/tasks/{id}/complete",
    response_model=Task,
    responses=MISSING,
    operation_id="complete_task",
    dependencies=[needs(Permission.COMPLETE_TASKS, Permission.REVIEW)],
)
def complete(
    served: Served,
    workspace_id: Workspace,
    asking: Asking,
    actor: Actor,
    id: TaskId,
    sent: Annotated[Completion, Body()],
) -> Json:
    """Give the outcome; an agent that waits for it goes on with it."""
    _check_worker(served, workspace_id, asking, id)
    return Json(task_json(_tasks(served).complete(workspace_id, id.lower(), actor, sent.outcome)))


@router.post(
    "/tasks/{id}/cancel",
    response_model=Task,
    responses=MISSING,
    operation_id="cancel_task",
    dependencies=[needs(Permission.COMPLETE_TASKS, Permission.REVIEW)],
)
def cancel(
    served: Served,
    workspace_id: Workspace,
    actor: Actor,
    id: TaskId,
    sent: Annotated[Withdrawal | None, Body()] = None,
) -> Json:
    """Withdraw it: nobody will do it."""
    return Json(task_json(_tasks(served).cancel(workspace_id, id.lower(), actor, sent.reason if sent else "")))


def _check_worker(served: Served, workspace_id: str, asking: Asking, task_id: str) -> None:
    """A review is a matter of reviewers."""
    task = _tasks(served).get(workspace_id, task_id.lower())
    needed = Permission.REVIEW if task.kind == "review" else Permission.COMPLETE_TASKS
    admission.check(asking, workspace_id, needed)


def _tasks(served: Served) -> HumanTasks:
    found: HumanTasks = served.control.tasks
    return found


def _session(served: Served, workspace_id: str, id_or_key: str | None) -> tuple[str, str]:
    """Its id and key. A session that is not known yet is one that is about to begin."""
    if not id_or_key:
        return "", ""
    try:
        session = find_session(served.ledger, workspace_id, id_or_key)
    except NotFound:
        return session_id_of(workspace_id, bounded_key(id_or_key)), id_or_key
    return session.id, session.key
