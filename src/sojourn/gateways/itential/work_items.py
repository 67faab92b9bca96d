"""/work-center-service: tasks of sessions and of workflows alike."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views.sessions import find_session
from sojourn.app.views.times import rfc3339
from sojourn.domain.access import Permission
from sojourn.domain.identity import session_id_of
from sojourn.domain.tasks import Task, TaskKind, TaskStatus
from sojourn.gateways import Asking, Json, SentObject, Served, Services, Workspace, needs
from sojourn.gateways.itential import listing
from sojourn.gateways.itential.login import Operator, named_as
from sojourn.ledger.tasks import TaskFilter

router = APIRouter(prefix="/work-center-service/work-items")
MAX_REACHED = 10_000  # work items that paging by offset goes through
MAX_NAME_CHARS = 200
Body = dict[str, Any]
STATES = ("open", "completed", "canceled", "expired")
NO = frozenset({"reject", "rejected", "denied", "deny", "failure", "failed", "error", "no"})


@router.get("", dependencies=[needs(Permission.READ, Permission.COMPLETE_TASKS)])
def list_work_items(request: Request, served: Served, workspace_id: Workspace) -> Json:
    params = request.query_params
    offset, limit = (
        listing.whole(request, "offset", listing.whole(request, "skip", 0)),
        listing.whole(request, "limit", 100),
    )
    if not 1 <= limit <= listing.MAX_LIMIT or offset + limit > MAX_REACHED:
        raise Invalid(f"limit must lie between 1 and {listing.MAX_LIMIT}, and offset below {MAX_REACHED}")
    root = params.get("rootExecutionId", "")
    states = tuple(state for state in STATES if state in params.get("status", "").lower().split(","))
    chosen = TaskFilter(
        status=states,
        session_id=_session_id(served, workspace_id, root) if root else "",
        assignee=listing.word(params.get("assignee", "")),
        group=listing.word(params.get("group", "")),
    )
    found, total = _tasks(served).listed(workspace_id, chosen, None, offset + limit)
    data = [_body(task) for _, task in found[offset:]]
    return Json({"data": data, "total": total, "metadata": {"total": total, "skip": offset, "limit": limit}})


@router.get("/{item_id}", dependencies=[needs(Permission.READ, Permission.COMPLETE_TASKS)])
def read_work_item(served: Served, workspace_id: Workspace, item_id: str) -> Json:
    return Json(_body(_tasks(served).get(workspace_id, _item_id(item_id))))


@router.post("/{item_id}/claim", dependencies=[needs(Permission.COMPLETE_TASKS)])
def claim(served: Served, workspace_id: Workspace, actor: Operator, item_id: str) -> Json:
    return Json(_body(_tasks(served).claim(workspace_id, _item_id(item_id), actor)))


@router.post("/{item_id}/release", dependencies=[needs(Permission.COMPLETE_TASKS)])
def release(served: Served, workspace_id: Workspace, item_id: str) -> Json:
    return Json(_body(_tasks(served).release(workspace_id, _item_id(item_id))))


@router.post("/{item_id}/assign", dependencies=[needs(Permission.COMPLETE_TASKS)])
def assign(served: Served, workspace_id: Workspace, asking: Asking, item_id: str, sent: SentObject) -> Json:
    """Whoever had claimed it has it no more; whoever gets it can complete and release it under their own name."""
    name = next((sent[key] for key in ("assignee", "user", "username", "userId") if isinstance(sent.get(key), str)), "")
    if not name.strip():
        raise Invalid("assignee is missing")
    tasks = _tasks(served)
    tasks.release(workspace_id, _item_id(item_id))
    to = name.strip().replace("\x00", "")[:MAX_NAME_CHARS]
    return Json(_body(tasks.claim(workspace_id, _item_id(item_id), named_as(asking, to))))


@router.patch("/{item_id}/complete", dependencies=[needs(Permission.COMPLETE_TASKS)])
@router.post("/{item_id}/complete", dependencies=[needs(Permission.COMPLETE_TASKS)])
def complete(served: Served, workspace_id: Workspace, actor: Operator, item_id: str, sent: SentObject) -> Json:
    """Whoever waits for it goes on; nothing else has to be resumed."""
    tasks = _tasks(served)
    task = tasks.get(workspace_id, _item_id(item_id))
    variables = sent.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise Invalid("variables must be an object")
    outcome = _outcome(task, str(sent.get("finishState") or ""), variables or {})
    return Json(_body(tasks.complete(workspace_id, task.id, actor, outcome)))


def _outcome(task: Task, finish_state: str, variables: Body) -> Any:
    """What our forms ask for. A form that was made for this task knows nothing of finish states."""
    if task.kind == TaskKind.APPROVAL:
        return {"approved": finish_state.lower() not in NO, **variables}
    if task.form is not None:
        return variables
    return {"finish_state": finish_state, **variables} if finish_state else variables


def _body(task: Task) -> Body:
    outcome = task.outcome if isinstance(task.outcome, dict) else {}
    return {
        "_id": task.id,
        "id": task.id,
        "name": task.title,
        "description": task.instructions,
        "type": task.kind,
        "status": "claimed" if task.status == TaskStatus.OPEN and task.claimed_by else task.status,
        "rootExecutionId": task.session_id or None,
        "sessionId": task.session_id or None,
        "toolCallId": task.tool_call_id or None,
        "source": task.source or None,
        "form": task.form,
        "assignee": task.claimed_by or task.assignee or None,
        "group": task.group or None,
        "createdAt": rfc3339(task.created_at_ns),
        "createdBy": task.created_by or None,
        "completedAt": rfc3339(task.completed_at_ns),
        "completedBy": task.completed_by or None,
        "finishState": outcome.get("finish_state"),
        "variables": task.outcome,
    }


def _item_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise NotFound("there is no such work item") from error


def _session_id(served: Services, workspace_id: str, id_or_key: str) -> str:
    try:
        return find_session(served.ledger, workspace_id, id_or_key).id
    except NotFound:
        return session_id_of(workspace_id, id_or_key)  # of a session that has only tasks, or of nothing


def _tasks(served: Services) -> HumanTasks:
    found: HumanTasks = served.control.tasks
    return found
