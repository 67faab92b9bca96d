"""How answers are written, and the errors that every read may give."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from sojourn.api.models import Error


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


Errors = dict[int | str, dict[str, Any]]
INVALID: Errors = {422: {"model": Error, "description": "A parameter has a value that it cannot have"}}
MISSING: Errors = {404: {"model": Error, "description": "There is no such session, event or content"}}
UNAVAILABLE: Errors = {503: {"model": Error, "description": "The storage cannot be reached now; try again"}}
UNREADABLE: Errors = {
    400: {
        "model": Error,
        "description": "The body is no JSON; or, as text, the URL is longer than 64 KiB",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}
CLOSED = {  # of every route that says what the caller needs
    401: "Nobody we know; log in, or send an API key",
    403: "You may not; `details.needs` names the permission",
    404: "There is no such workspace that you may enter",
}
LIST_ERRORS: Errors = {**UNREADABLE, **INVALID, **UNAVAILABLE}
NO_PAGE: Errors = {404: {"model": Error, "description": "This list made no such cursor"}}
PAGE_ERRORS: Errors = {**NO_PAGE, **LIST_ERRORS}
SESSION_ERRORS: Errors = {**UNREADABLE, **MISSING, **INVALID, **UNAVAILABLE}
