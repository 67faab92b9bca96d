"""A model server on loopback that says what a test told it, in the words of OpenAI and of Anthropic."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

CHARS_PER_TOKEN = 4


@dataclass(frozen=True)
class Use:
    """The model wants a tool to run."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    call_id: str = ""


@dataclass(frozen=True)
class Request:
    path: str
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """All of the conversation that the model was sent."""
        told = {name: self.body.get(name) for name in ("system", "instructions", "messages", "input")}
        return json.dumps(told, ensure_ascii=False)

    @property
    def tokens(self) -> int:
        return len(self.text) // CHARS_PER_TOKEN


Reply = str | Use | list[Use]


class FakeModels:
    """Replies go out in the order of the script; after its end the model says "Done."."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self._replies: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._calls = 0

    def script(self, *replies: Reply) -> None:
        """From a clean start: earlier requests and replies are forgotten."""
        with self._lock:
            self.requests = []
            self._replies = deque(replies)

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            request = Request(path, body)
            self.requests.append(request)
            reply = self._replies.popleft() if self._replies else "Done."
            uses = [reply] if isinstance(reply, Use) else reply if isinstance(reply, list) else []
            uses = [self._named(use) for use in uses]
        text = reply if isinstance(reply, str) else ""
        return SHAPES[path.rsplit("/", 1)[-1]](text, uses, request.tokens)

    def _named(self, use: Use) -> Use:
        self._calls += 1
        return Use(use.tool, use.arguments, use.call_id or f"call_{self._calls}")


def chat_completion(text: str, uses: list[Use], tokens: int) -> dict[str, Any]:
    calls = [
        {"id": use.call_id, "type": "function", "function": {"name": use.tool, "arguments": json.dumps(use.arguments)}}
        for use in uses
    ]
    message = {"role": "assistant", "content": text or None, **({"tool_calls": calls} if calls else {})}
    return {
        "id": f"chatcmpl-{uuid4().hex}", "object": "chat.completion", "created": 1, "model": "fake-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": {"prompt_tokens": tokens, "completion_tokens": 5, "total_tokens": tokens + 5},
    }  # fmt: skip


def response(text: str, uses: list[Use], tokens: int) -> dict[str, Any]:
    said = {
        "id": f"msg_{uuid4().hex}", "type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }  # fmt: skip
    calls = [
        {
            "id": f"fc_{use.call_id}", "type": "function_call", "call_id": use.call_id, "name": use.tool,
            "arguments": json.dumps(use.arguments), "status": "completed",
        }
        for use in uses
    ]  # fmt: skip
    return {
        "id": f"resp_{uuid4().hex}", "object": "response", "created_at": 1, "model": "fake-model",
        "status": "completed", "output": calls or [said], "parallel_tool_calls": True, "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": tokens, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": tokens + 5,
        },
    }  # fmt: skip


def anthropic_message(text: str, uses: list[Use], tokens: int) -> dict[str, Any]:
    calls = [{"type": "tool_use", "id": use.call_id, "name": use.tool, "input": use.arguments} for use in uses]
    return {
        "id": f"msg_{uuid4().hex}", "type": "message", "role": "assistant", "model": "fake-model",
        "content": calls or [{"type": "text", "text": text}], "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None, "usage": {"input_tokens": tokens, "output_tokens": 5},
    }  # fmt: skip


SHAPES = {"completions": chat_completion, "responses": response, "messages": anthropic_message}


class _Handler(BaseHTTPRequestHandler):
    models: FakeModels
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps(self.models.answer(self.path, body)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def fake_models() -> Iterator[FakeModels]:
    """`url` is the base of OpenAI clients with `/v1` behind it, of Anthropic ones as it is."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.models = FakeModels(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield handler.models
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
