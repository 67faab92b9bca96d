"""Comis' REST twins, as its web console calls them; JSON-RPC is beside them and at the server's root."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from sojourn.domain.access import Permission
from sojourn.gateways import READ, Asking, Json, SentObject, Served, needs
from sojourn.gateways.comis import reading, rpc, sessions, steering
from sojourn.gateways.comis.desk import Desk, desk_of
from sojourn.gateways.comis.parameters import KEY, KEYS, Params

MOUNT = "/comis"
router = APIRouter()
root_router = rpc.router  # Comis' clients speak JSON-RPC at the root
JSONL = "application/jsonl"


def error_body(status: int, code: str, message: str) -> Any:
    return {"error": message, "code": code}


def _desk(served: Served, asking: Asking) -> Desk:
    return desk_of(served, asking)


def _params(request: Request, sent: SentObject) -> Params:
    """Path, query and body: their names do not collide."""
    named = {KEY[0]: request.path_params["key"]} if "key" in request.path_params else {}
    return Params({**sent, **request.query_params, **named})


AtDesk = Depends(_desk)
Given = Depends(_params)
router.include_router(rpc.router)


@router.get("/api/sessions", dependencies=[READ])
def list_sessions(desk: Desk = AtDesk, params: Params = Given) -> Response:
    """A bare list, as the console wants it."""
    return Json(sessions.list_sessions(desk, params)["sessions"])


@router.post("/api/sessions/bulk-reset", dependencies=[needs(Permission.RESET)])
async def reset_many(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.reset(desk, _many(params)))


@router.post("/api/sessions/bulk-delete", dependencies=[needs(Permission.DELETE)])
async def delete_many(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.delete(desk, _many(params)))


@router.post("/api/sessions/bulk-export", dependencies=[needs(Permission.EXPORT)])
async def export_many(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return await _file(desk, _many(params).all_keys(), "sessions-export")


@router.post("/api/sessions/{key:path}/reset", dependencies=[needs(Permission.RESET)])
async def reset(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.reset(desk, params))


@router.post("/api/sessions/{key:path}/compact", dependencies=[needs(Permission.COMPACT)])
async def compact(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.compact(desk, params))


@router.get("/api/sessions/{key:path}/export", dependencies=[needs(Permission.EXPORT)])
async def export(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return await _file(desk, [params.key()], "session")


@router.get("/api/sessions/{key:path}", dependencies=[READ])
def history(desk: Desk = AtDesk, params: Params = Given) -> Response:
    """The session and what its agent knows now, all of it unless a page is asked for."""
    return Json(reading.history(desk, Params({"limit": reading.MAX_PAGE, **params.given})))


@router.delete("/api/sessions/{key:path}", dependencies=[needs(Permission.DELETE)])
async def delete(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.delete(desk, params))


def _many(params: Params) -> Params:
    return params if params.is_bulk else Params({**params.given, KEYS[0]: []})


async def _file(desk: Desk, keys: list[str], name: str) -> Response:
    """Written session by session; one that is missing is told before anything is sent."""
    found = await asyncio.to_thread(lambda: [desk.find(key) for key in keys])
    headers = {"content-disposition": f'attachment; filename="{name}.jsonl"'}
    return StreamingResponse(reading.lines_of(desk, found), media_type=JSONL, headers=headers)
