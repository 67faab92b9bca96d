"""Where JSON-RPC is spoken: POST /rpc and the WebSocket /ws."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends, Request, WebSocket, WebSocketDisconnect, WebSocketException
from starlette.responses import Response

from sojourn.app.access import admission
from sojourn.app.access.admission import ASK_AGAIN, PRINCIPAL
from sojourn.app.errors import SojournError
from sojourn.domain.access import Permission
from sojourn.gateways import READ, Asking, Json, Served
from sojourn.gateways.comis.desk import desk_of
from sojourn.gateways.comis.envelope import MAX_MESSAGE_BYTES, PARSE_ERROR, answer, failure, too_large

router = APIRouter(include_in_schema=False)
NO_CONTENT, TOO_LARGE = 204, 413
POLICY_VIOLATION = 1008
NOT_BINARY = failure(None, PARSE_ERROR, "Binary messages not supported")


@router.post("/rpc", dependencies=[READ])
async def rpc(request: Request, served: Served, asking: Asking) -> Response:
    """One request or a batch; 204 if it holds notifications only."""
    message = bytearray()
    async for chunk in request.stream():
        message += chunk
        if len(message) > MAX_MESSAGE_BYTES:
            return Json(too_large(), status_code=TOO_LARGE)
    answered = await answer(desk_of(served, asking), bytes(message))
    return Response(status_code=NO_CONTENT) if answered is None else Json(answered)


def may_talk(asking: Asking, socket: WebSocket) -> None:
    """Refused before it is accepted; a handshake has no place for more than that."""
    try:
        admission.check(asking, admission.workspace_of(asking, None), Permission.READ_CALLED)
    except SojournError as refusal:
        raise WebSocketException(POLICY_VIOLATION, refusal.message) from refusal


may_talk.needs = (Permission.READ_CALLED,)  # type: ignore[attr-defined]


async def _may_go_on(socket: WebSocket) -> bool:
    """Keys are revoked and people leave while a socket is open."""
    try:
        principal = await asyncio.to_thread(socket.scope[ASK_AGAIN])
        admission.check(principal, admission.workspace_of(principal, None), Permission.READ_CALLED)
    except SojournError:
        return False
    return True


@router.websocket("/ws", dependencies=[Depends(may_talk)])
async def talk(socket: WebSocket) -> None:
    """The same, message by message; the next one is read when the one before is answered."""
    served = socket.app.state.services
    await socket.accept()
    desk = desk_of(served, socket.scope[PRINCIPAL])
    try:
        while True:
            received = await socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            text = received.get("text")
            if not await _may_go_on(socket):
                await socket.close(POLICY_VIOLATION)
                return
            answered = NOT_BINARY if text is None else await answer(desk, text)
            if answered is not None:
                await socket.send_text(bytes(Json(answered).body).decode())
    except WebSocketDisconnect:
        return
