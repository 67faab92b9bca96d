"""Where JSON-RPC is spoken: POST /rpc and the WebSocket /ws."""

from __future__ import annotations

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from starlette.responses import Response

from sojourn.gateways import Json, Served
from sojourn.gateways.comis.desk import desk_of
from sojourn.gateways.comis.envelope import MAX_MESSAGE_BYTES, PARSE_ERROR, answer, failure, too_large

router = APIRouter(include_in_schema=False)
NO_CONTENT, TOO_LARGE = 204, 413
NOT_BINARY = failure(None, PARSE_ERROR, "Binary messages not supported")


@router.post("/rpc")
async def rpc(request: Request, served: Served) -> Response:
    """One request or a batch; 204 if it holds notifications only."""
    message = bytearray()
    async for chunk in request.stream():
        message += chunk
        if len(message) > MAX_MESSAGE_BYTES:
            return Json(too_large(), status_code=TOO_LARGE)
    answered = await answer(desk_of(served), bytes(message))
    return Response(status_code=NO_CONTENT) if answered is None else Json(answered)


@router.websocket("/ws")
async def talk(socket: WebSocket) -> None:
    """The same, message by message; the next one is read when the one before is answered."""
    served = socket.app.state.services
    await socket.accept()
    desk = desk_of(served)
    try:
        while True:
            received = await socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            text = received.get("text")
            answered = NOT_BINARY if text is None else await answer(desk, text)
            if answered is not None:
                await socket.send_text(bytes(Json(answered).body).decode())
    except WebSocketDisconnect:
        return
