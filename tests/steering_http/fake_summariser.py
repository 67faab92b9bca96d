"""An OpenAI-compatible endpoint that answers what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeSummariser:
    def __init__(self) -> None:
        self.status, self.body = 200, answering("a summary by a model")
        self.asked: list[dict[str, Any]] = []
        self.tokens: list[str] = []

    def answer(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body


def answering(text: str) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


@contextmanager
def summarising() -> Iterator[tuple[str, FakeSummariser]]:
    """Its URL and itself."""
    fake = FakeSummariser()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fake.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            fake.tokens.append(self.headers.get("authorization", ""))
            self.send_response(fake.status if self.path == "/v1/chat/completions" else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(fake.body)))
            self.end_headers()
            self.wfile.write(fake.body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
