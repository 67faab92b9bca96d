"""Comis' REST twins, as its web console calls them; JSON-RPC is beside them and at the server's root."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from sojourn.gateways import Json, SentObject, Served
from sojourn.gateways.comis import reading, rpc, sessions, steering
from sojourn.gateways.comis.desk import Desk, desk_of
from sojourn.gateways.comis.parameters import KEY, KEYS, Params

MOUNT = "/comis"
router = APIRouter()
root_router = rpc.router  # Comis' clients speak JSON-RPC at the root
JSONL = "application/jsonl"


def error_body(status: int, code: str, message: str) -> Any:
    return {"error": message, "code": code}


def _desk(served: Served) -> Desk:
    return desk_of(served)


def _params(request: Request, sent: SentObject) -> Params:
    """Path, query and body: their names do not collide."""
    named = {KEY[0]: request.path_params["key"]} if "key" in request.path_params else {}
    return Params({**sent, **request.query_params, **named})


AtDesk = Depends(_desk)
Given = Depends(_params)
router.include_router(rpc.router)


@router.get("/api/sessions")
def list_sessions(desk: Desk = AtDesk, params: Params = Given) -> Response:
    """A bare list, as the console wants it."""
    return Json(sessions.list_sessions(desk, params)["sessions"])


@router.post("/api/sessions/bulk-reset")
async def reset_many(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.reset(desk, _many(params)))


@router.post("/api/sessions/bulk-delete")
async def delete_many(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.delete(desk, _many(params)))


@router.post("/api/sessions/bulk-export")
async def export_many(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return await _file(desk, _many(params).all_keys(), "sessions-export")


@router.post("/api/sessions/{key:path}/reset")
async def reset(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.reset(desk, params))


@router.post("/api/sessions/{key:path}/compact")
async def compact(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.compact(desk, params))


@router.get("/api/sessions/{key:path}/export")
async def export(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return await _file(desk, [params.key()], "session")


@router.get("/api/sessions/{key:path}")
def history(desk: Desk = AtDesk, params: Params = Given) -> Response:
    """The session and what its agent knows now, all of it unless a page is asked for."""
    return Json(reading.history(desk, Params({"limit": reading.MAX_PAGE, **params.given})))


@router.delete("/api/sessions/{key:path}")
async def delete(desk: Desk = AtDesk, params: Params = Given) -> Response:
    return Json(await steering.delete(desk, params))


def _many(params: Params) -> Params:
    return params if params.is_bulk else Params({**params.given, KEYS[0]: []})


async def _file(desk: Desk, keys: list[str], name: str) -> Response:
    """Written session by session; one that is missing is told before anything is sent."""
    found = await asyncio.to_thread(lambda: [desk.find(key) for key in keys])
    headers = {"content-disposition": f'attachment; filename="{name}.jsonl"'}
    return StreamingResponse(reading.lines_of(desk, found), media_type=JSONL, headers=headers)
