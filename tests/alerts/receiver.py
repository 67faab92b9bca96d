"""A real webhook receiver that answers as it is told, and remembers what it was sent."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

SLOW_S = 60.0  # longer than anybody waits for it


class Received(NamedTuple):
    path: str
    headers: dict[str, str]  # in lower case
    body: bytes
    at_s: float

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Receiver:
    """What a path answers is its first step: /500/… a 500, /302/… a redirect, /slow/… nothing for a minute."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: dict[str, int] = {}  # by path: instead of what the path says
        self._released = threading.Event()
        receiver = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, body, time.monotonic()))
                self.send_response(receiver.answer(self.path))
                self.send_header("location", "/200/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever asked went away
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str) -> int:
        first = path.split("/")[1]
        if first == "slow":
            self._released.wait(SLOW_S)
        return self.statuses.get(path, int(first) if first.isdecimal() else 200)

    def at(self, path: str) -> list[Received]:
        return [one for one in list(self.received) if one.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
