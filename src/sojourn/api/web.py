"""The built web app: its files, and index.html for the paths that its own router knows."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from sojourn import web

STATIC = Path(web.__file__).parent / "static"
API_PATHS = ("/api/", "/v1/", "/rpc")  # never answered with a page
ASSETS = "assets/"  # names hold a hash of the content
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
HOW_TO_BUILD = """Sojourn is running. Its web app is not built in this checkout.

  make ui      builds it (no Node needed), then reload this page

The API is at /api/v1/sessions, described at /openapi.json. OpenTelemetry goes to /v1/traces and /v1/logs.
"""


class WebApp:
    """Answers what no route of the API matches."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise HTTPException(404)
        await self.answer(scope["method"], scope["path"], Headers(scope=scope))(scope, receive, send)

    def answer(self, method: str, path: str, headers: Headers) -> Response:
        if method != "GET" or path.startswith(API_PATHS):
            raise HTTPException(404, "there is nothing at this path")
        name = path.lstrip("/")
        file = self._file(name)
        if file is not None:
            return FileResponse(file, headers={"cache-control": FOR_EVER if name.startswith(ASSETS) else ASK_AGAIN})
        is_page = name == "" or (not name.startswith(ASSETS) and "text/html" in headers.get("accept", ""))
        if not is_page:
            raise HTTPException(404, "there is nothing at this path")
        index = self._file("index.html")
        if index is None:
            return PlainTextResponse(HOW_TO_BUILD)
        return FileResponse(index, headers={"cache-control": ASK_AGAIN})

    def _file(self, name: str) -> Path | None:
        """A file below our folder, whatever dots the name holds."""
        if not name or "\x00" in name:
            return None
        try:
            file = (self._folder / name).resolve()
            return file if file.is_relative_to(self._folder) and file.is_file() else None
        except OSError:  # a name that is too long is no file of ours
            return None
