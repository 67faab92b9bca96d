"""The routes of Velatir's wire."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request

from sojourn.app.assessors.telling import owe
from sojourn.app.control.human_tasks import HumanTasks
from sojourn.app.errors import NotFound
from sojourn.app.native import read_records
from sojourn.domain.access import Permission
from sojourn.domain.reviews import SETTLED
from sojourn.domain.tasks import Task, TaskKind
from sojourn.gateways import INGEST, Actor, Json, SentObject, Served, Services, Workspace, needs
from sojourn.gateways.velatir import calls, lifecycle, reviews, traces
from sojourn.ledger.owed_outcomes import OwedOutcome

MOUNT = "/velatir"
CREATED = 201
HUNG_UP = "its sender hung up before it was told of the task; it asks again"


FORM = "velatir"
OUTCOME_FORMS = {FORM: lifecycle.webhook_body}
router = APIRouter(prefix="/api/v1")


def error_body(status: int, code: str, message: str) -> Any:
    return {"message": message, "code": code}


@router.get("/project", dependencies=[needs(Permission.READ, Permission.INGEST)])
def project(workspace_id: Workspace) -> Json:
    """Clients ask it to see whether they are let in."""
    return Json({"id": workspace_id, "name": workspace_id})


@router.post("/review-tasks", status_code=CREATED, dependencies=[INGEST])
async def create_review_task(
    request: Request, served: Served, workspace_id: Workspace, actor: Actor, sent: SentObject
) -> Json:
    task = await _reviewed(request, served, workspace_id, actor, reviews.asked(sent))
    return Json(reviews.task_body(task, ""), status_code=CREATED)


@router.get("/review-tasks/{task_id}", dependencies=[needs(Permission.READ, Permission.INGEST)])
async def read_review_task(served: Served, workspace_id: Workspace, task_id: str) -> Json:
    task = await asyncio.to_thread(_review, served, workspace_id, task_id)
    await calls.end_if_decided(served, task)
    return Json(reviews.task_body(task, await asyncio.to_thread(_status_of_session, served, task)))


@router.post("/watches", status_code=CREATED, dependencies=[INGEST])
async def create_watch(
    request: Request, served: Served, workspace_id: Workspace, actor: Actor, sent: SentObject
) -> Json:
    """The first generation of review tasks, with words of its own."""
    task = await _reviewed(request, served, workspace_id, actor, reviews.asked(sent))
    return Json(reviews.watch_body(task), status_code=CREATED)


@router.get("/watches/{request_id}", dependencies=[needs(Permission.READ, Permission.INGEST)])
async def read_watch(served: Served, workspace_id: Workspace, request_id: str) -> Json:
    task = await asyncio.to_thread(_review, served, workspace_id, request_id)
    await calls.end_if_decided(served, task)
    return Json(reviews.watch_body(task))


@router.post("/trace", status_code=CREATED, dependencies=[INGEST])
async def create_trace(served: Served, workspace_id: Workspace, actor: Actor, sent: SentObject) -> Json:
    """Stored and grouped before the answer; what a human or an assessor thinks of it comes later."""
    trace = traces.trace_of(sent, uuid4().hex)
    is_new = not await asyncio.to_thread(_is_known, served, workspace_id, trace.session_key)
    await _store(served, workspace_id, traces.records(trace, is_new))
    if trace.wants_review:
        task = traces.review_of(trace, workspace_id, actor, served.clock())
        await asyncio.to_thread(_tasks(served).open, task)
    review = await asyncio.to_thread(lifecycle.review_of, served, workspace_id, trace.id)
    if trace.webhook_url:
        now_ns, root_event_id = served.clock(), trace.event_id
        owed = OwedOutcome(
            workspace_id, trace.id, review.session.id, root_event_id, FORM, trace.webhook_url, now_ns, due_at_ns=now_ns
        )
        await asyncio.to_thread(owe, served.ledger, owed)
    is_settled = review.status in SETTLED
    return Json({**lifecycle.answer(review), "processedAsync": not is_settled}, status_code=CREATED)


@router.get("/trace/{trace_id}", dependencies=[needs(Permission.READ, Permission.INGEST)])
def read_trace(served: Served, workspace_id: Workspace, trace_id: str) -> Json:
    return Json(lifecycle.trace_body(lifecycle.review_of(served, workspace_id, traces.trace_id_of(trace_id))))


async def _reviewed(request: Request, served: Services, workspace_id: str, actor: str, asked: reviews.Asked) -> Task:
    """The call as a trace of its session, and the task of a human to judge it.

    Clients that wait too long hang up and ask again; nothing else tells their second request from a new one. Whoever
    hung up never learns the id of the task, so nobody is asked to judge it.
    """
    task_id = str(uuid4())
    parent = None
    if asked.parent_id:
        parent = await asyncio.to_thread(_review, served, workspace_id, asked.parent_id)
    call = reviews.call_of(asked, task_id, parent)
    is_new = not await asyncio.to_thread(_is_known, served, workspace_id, call.session_key)
    await _store(served, workspace_id, reviews.records(asked, call, is_new))
    task = reviews.task_of(asked, call, workspace_id, actor, served.clock())
    opened, _ = await asyncio.to_thread(_tasks(served).open, task)
    if await request.is_disconnected():
        opened = await asyncio.to_thread(_tasks(served).cancel, workspace_id, opened.id, actor, HUNG_UP)
        await calls.end_if_decided(served, opened)
    return opened


async def _store(served: Services, workspace_id: str, records: list[dict[str, Any]]) -> None:
    reading = await asyncio.to_thread(read_records, served.ledger, workspace_id, records, served.clock())
    if reading.rejections:
        raise reviews.refusal(reading.rejections[0].message)
    await served.ingest.declare(workspace_id, reading.declarations)
    await served.ingest.submit(workspace_id, reading.mapped)


def _review(served: Services, workspace_id: str, task_id: str) -> Task:
    task = _tasks(served).get(workspace_id, reviews.task_id_of(task_id))
    if task.kind not in (TaskKind.APPROVAL, TaskKind.REVIEW):
        raise NotFound("there is no such review task")
    return task


def _status_of_session(served: Services, task: Task) -> str:
    if not task.session_id:
        return ""
    with served.ledger.read() as conn:
        session = served.ledger.sessions.get(conn, task.workspace_id, task.session_id)
    return session.status if session is not None else ""


def _is_known(served: Services, workspace_id: str, key: str) -> bool:
    return traces.known_session(served.ledger, workspace_id, key) is not None


def _tasks(served: Services) -> HumanTasks:
    found: HumanTasks = served.control.tasks
    return found
