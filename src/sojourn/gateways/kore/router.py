"""Kore's paths below a project, and its form of errors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from sojourn.app.errors import Invalid
from sojourn.app.views.reading import Reading
from sojourn.domain.access import Permission
from sojourn.gateways import READ, Json, Served, Workspace, needs
from sojourn.gateways.kore import analysis, metrics, sessions, traces
from sojourn.gateways.kore.asking import Asked

MOUNT = "/kore"
PROJECT = "/api/projects/{project}/sessions"
SESSION = PROJECT + "/{id:path}"  # a key may hold slashes
MEDIA = {"json": "application/json", "jsonl": "application/x-ndjson"}
router = APIRouter()


def error_body(status: int, code: str, message: str) -> Any:
    return {"success": False, "error": {"code": code.upper(), "message": message, "statusCode": status}}


def _asked(request: Request) -> Asked:
    return Asked(request.query_params)


def _reading(served: Served, workspace_id: Workspace, project: str, id: str) -> Reading:
    return Reading(served.events, served.recent, sessions.find(served, workspace_id, project, id))


Query = Annotated[Asked, Depends(_asked)]
Read = Annotated[Reading, Depends(_reading)]


@router.get(PROJECT, dependencies=[READ])
def list_sessions(served: Served, workspace_id: Workspace, project: str, asked: Query) -> Response:
    return Json(sessions.list_sessions(served, workspace_id, project, asked))


@router.get(SESSION + "/export", dependencies=[needs(Permission.EXPORT)])
@router.get(SESSION + "/traces/export", dependencies=[needs(Permission.EXPORT)])
def export(project: str, reading: Read, asked: Query) -> Response:
    form = asked.text("format") or "json"
    if form not in MEDIA:
        raise Invalid(f"format must be one of: {', '.join(MEDIA)}")
    headers = {"content-disposition": f'attachment; filename="session-{reading.session.id}.{form}"'}
    return StreamingResponse(
        traces.exported(reading, project, form == "jsonl"), media_type=MEDIA[form], headers=headers
    )


@router.get(SESSION + "/traces/{span_id:path}/children", dependencies=[READ])
def read_children(reading: Read, span_id: str, asked: Query) -> Response:
    return Json(traces.children(reading, span_id, asked))


@router.get(SESSION + "/traces/{span_id:path}", dependencies=[READ])
def read_span(reading: Read, span_id: str) -> Response:
    return Json(traces.span(reading, span_id))


@router.get(SESSION + "/traces", dependencies=[READ])
def read_traces(reading: Read, asked: Query) -> Response:
    return Json(traces.trace_events(reading, asked))


@router.get(SESSION + "/metrics", dependencies=[READ])
def read_metrics(reading: Read) -> Response:
    return Json(metrics.session_metrics(reading))


@router.get(SESSION + "/analysis", dependencies=[READ])
def read_analysis(reading: Read) -> Response:
    return Json(analysis.session_analysis(reading))


@router.get(SESSION + "/messages", dependencies=[READ])
def read_messages(reading: Read, asked: Query) -> Response:
    return Json(sessions.messages(reading, asked))


@router.get(SESSION, dependencies=[READ])
def read_session(project: str, reading: Read) -> Response:
    return Json(sessions.session_detail(reading, project))
