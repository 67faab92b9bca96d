"""Where JSON-RPC is spoken: POST /rpc and the WebSocket /ws."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, WebSocket, WebSocketDisconnect
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sojourn.app.access import admission
from sojourn.app.access.admission import ASK_AGAIN, PRINCIPAL
from sojourn.app.errors import SojournError
from sojourn.domain.access import Permission
from sojourn.gateways import Json, Served, asking
from sojourn.gateways.comis.desk import desk_of
from sojourn.gateways.comis.envelope import INTERNAL, MAX_MESSAGE_BYTES, PARSE_ERROR, answer, failure, too_large

router = APIRouter(include_in_schema=False)
NO_CONTENT, TOO_LARGE = 204, 413
UNAUTHORIZED = 4001  # closes a socket; clients that see it do not come back by themselves
MAX_REASON_CHARS = 100  # a closing frame has room for 123 bytes; ours are ASCII
NOT_BINARY = failure(None, PARSE_ERROR, "Binary messages not supported")


def refusal_of(connection: HTTPConnection) -> SojournError | None:
    """Both ways of speaking tell a refusal in their own form; neither leaves it to whoever serves the path."""
    try:
        principal = asking(connection)
        admission.check(principal, admission.workspace_of(principal, None), Permission.READ_CALLED)
    except SojournError as refusal:
        return refusal
    return None


refusal_of.needs = (Permission.READ_CALLED,)  # type: ignore[attr-defined]
Refusal = Annotated[SojournError | None, Depends(refusal_of)]


@router.post("/rpc")
async def rpc(request: Request, served: Served, refusal: Refusal) -> Response:
    """One request or a batch; 204 if it holds notifications only."""
    if refusal is not None:
        told = failure(None, INTERNAL, refusal.message, {"code": refusal.code})
        return Json(told, status_code=refusal.status)
    message = bytearray()
    async for chunk in request.stream():
        message += chunk
        if len(message) > MAX_MESSAGE_BYTES:
            return Json(too_large(), status_code=TOO_LARGE)
    answered = await answer(desk_of(served, request.scope[PRINCIPAL]), bytes(message))
    return Response(status_code=NO_CONTENT) if answered is None else Json(answered)


async def _may_go_on(socket: WebSocket) -> bool:
    """Keys are revoked and people leave while a socket is open."""
    try:
        principal = await asyncio.to_thread(socket.scope[ASK_AGAIN])
        admission.check(principal, admission.workspace_of(principal, None), Permission.READ_CALLED)
    except SojournError:
        return False
    return True


@router.websocket("/ws")
async def talk(socket: WebSocket, refusal: Refusal) -> None:
    """The same, message by message; the next one is read when the one before is answered."""
    served = socket.app.state.services
    await socket.accept()
    if refusal is not None:  # after the handshake, which has no place for a code: clients try again for good
        await socket.close(UNAUTHORIZED, refusal.message[:MAX_REASON_CHARS])
        return
    desk = desk_of(served, socket.scope[PRINCIPAL])
    try:
        while True:
            received = await socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            text = received.get("text")
            if not await _may_go_on(socket):
                await socket.close(UNAUTHORIZED, "Unauthorized")
                return
            answered = NOT_BINARY if text is None else await answer(desk, text)
            if answered is not None:
                await socket.send_text(bytes(Json(answered).body).decode())
    except WebSocketDisconnect:
        return
