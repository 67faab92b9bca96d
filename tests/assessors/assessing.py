"""Traces under assessors, over plain HTTP, and a service that assessors may ask."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from uuid import uuid4

from tests.running_server import RunningServer
from tests.steering_http.operators import Json, Operator, until

SLOW_S = 30.0  # longer than anybody waits for it


class Assessed(Operator):
    """An operator whose assessors go when the test is over."""

    def __init__(self, server: RunningServer) -> None:
        super().__init__(server)
        self._hired: list[str] = []

    def hire(self, kind: str, config: Json, name: str = "watcher", role: str = "observer", **fields: Any) -> Json:
        sent = {"name": name, "kind": kind, "role": role, "config": config, **fields}
        answer = self.server.post("/api/v1/assessors", json=sent)
        assert answer.status_code == 201, answer.text
        created: Json = answer.json()
        self._hired.append(created["id"])
        return created

    def dismiss(self) -> None:
        for assessor_id in self._hired:
            self.server.request("DELETE", f"/api/v1/assessors/{assessor_id}")

    def trace(self, key: str, text: str, trace_id: str = "", **fields: Any) -> str:
        """Its id."""
        found = trace_id or uuid4().hex
        said = {"session": key, "type": "message", "role": "user", "input": text, "trace_id": found}
        self.tell({**said, "event_id": f"{found}-{uuid4().hex}", **fields})
        return found

    def assessments(self, trace_id: str) -> list[Json]:
        found: list[Json] = self.server.get("/api/v1/assessments", trace=trace_id)["items"]
        return found

    def outcome(self, trace_id: str) -> str | None:
        found: str | None = self.server.get("/api/v1/assessments", trace=trace_id)["outcome"]
        return found

    def assessment(self, trace_id: str, name: str = "watcher") -> Json:
        """As soon as it was said."""

        def said() -> Json | None:
            return next((one for one in self.assessments(trace_id) if one["name"] == name), None)

        found: Json = until(said)
        return found


class Service:
    """Answers as its path says, and remembers what it was sent."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Json]] = []
        self._released = threading.Event()
        service = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
                service.received.append((self.path, sent))
                status, body = service.answer(self.path)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever asked went away
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str) -> tuple[int, Any]:
        if path == "/slow":
            self._released.wait(SLOW_S)
        verdict = {"intent": "escalate", "explanation": "it sounds angry", "score": 0.75}
        if path == "/v1/chat/completions":
            return 200, {"choices": [{"message": {"content": f"```json\n{json.dumps(verdict)}\n```"}}]}
        return {"/broken": (500, {}), "/nonsense": (200, b"what?"), "/huge": (200, b" " * 300_000)}.get(
            path, (200, verdict)
        )

    def sent_to(self, path: str) -> list[Json]:
        return [body for to, body in self.received if to == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
