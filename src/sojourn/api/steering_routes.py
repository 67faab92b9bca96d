"""How requests of operators and runtimes are read: JSON as it is meant, within a limit."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from sojourn.api.bodies import too_large
from sojourn.api.session_paths import EncodedPathRoute
from sojourn.app.access.admission import PRINCIPAL

MAX_STRANGERS_BYTES = 64 * 1024  # of a body from nobody we know: enough to log in


class SteeringRoute(EncodedPathRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def read_and_handle(request: Request) -> Response:
            sent = JsonRequest(request.scope, request.receive)
            await sent.body()  # here, and not in FastAPI, which would make a 400 of a 413
            return await handle(sent)

        return read_and_handle


class JsonRequest(Request):
    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            limit_bytes: int = self.app.state.services.settings.max_body_bytes
            if self.scope.get(PRINCIPAL) is None:
                limit_bytes = min(limit_bytes, MAX_STRANGERS_BYTES)
            taken = bytearray()
            async for chunk in self.stream():
                taken += chunk
                if len(taken) > limit_bytes:
                    raise too_large(limit_bytes)
            self._body = bytes(taken)
        return self._body

    async def json(self) -> Any:
        """No NaN, no half of a surrogate pair, and numbers beyond 64 bits as floats: what can be stored and told."""
        if not hasattr(self, "_json"):
            self._json = orjson.loads(await self.body())
        return self._json
