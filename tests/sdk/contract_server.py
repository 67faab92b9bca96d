"""A small real HTTP server that speaks the wire of the SDK, and can hang, answer garbage or vanish."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from sojourn.conventions.otlp_protobuf import decode_traces
from sojourn.domain.telemetry import RawSpan

HANG_S = 30
SEEN_TIMEOUT_S = 10


class ContractServer:
    """`records` and `spans` are what was acknowledged. `mode` is ok, hang, garbage, refuse or busy."""

    def __init__(self, port: int = 0) -> None:
        self.mode = "ok"
        self.spans: list[RawSpan] = []
        self.records: list[dict[str, Any]] = []
        self.polls: list[dict[str, Any]] = []
        self.receipts: dict[str, dict[str, Any]] = {}
        self.commands: list[dict[str, Any]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.histories: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.connections: list[socket.socket] = []
        self.changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._released = threading.Event()
        owner = self

        class Handler(_Handler):
            server_of_contract = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._released.set()
        with self.changed:
            self.changed.notify_all()
        self._http.shutdown()
        self._http.server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        self._released.wait(HANG_S)

    def until(self, is_so: Callable[[], Any], timeout_s: float = SEEN_TIMEOUT_S) -> Any:
        """Wait until something is so, and say what."""
        with self.changed:
            assert self.changed.wait_for(is_so, timeout_s), "it did not happen in time"
            return is_so()

    def command(self, session: str, verb: str, via: str = "", **arguments: Any) -> str:
        """An operator's request; answered to the polls of `via` (itself by default) until its receipt is here."""
        command_id = f"command-{next(self._numbers)}"
        with self.changed:
            self.commands.append({
                "id": command_id, "session": session, "session_id": "", "verb": verb, "actor": "ada",
                "reason": "testing", "arguments": arguments, "via": via or session,
            })  # fmt: skip
            self.changed.notify_all()
        return command_id

    def receipt(self, command_id: str, timeout_s: float = SEEN_TIMEOUT_S) -> dict[str, Any]:
        found: dict[str, Any] = self.until(lambda: self.receipts.get(command_id), timeout_s)
        return found

    def complete(self, task_id: str, outcome: Any, status: str = "completed") -> None:
        with self.changed:
            self.tasks[task_id] |= {"status": status, "outcome": outcome, "completed_by": "ada"}
            self.changed.notify_all()

    def open_task(self) -> dict[str, Any]:
        return self.until(lambda: next((task for task in self.tasks.values() if task["status"] == "open"), None))

    def ended(self, name: str) -> RawSpan:
        """The finished span of this name, once it is here."""
        return self.until(lambda: next((s for s in self.spans if s.name == name and s.ended_at_ns), None))

    def record(self, **fields: Any) -> dict[str, Any]:
        """The first record with these fields, once it is here."""
        return self.until(lambda: next((r for r in self.records if fields.items() <= r.items()), None))

    def statuses(self, key: str) -> list[str]:
        return [record["status"] for record in self.records if record["session"] == key and _is_status(record)]

    def poll(self, request: dict[str, Any]) -> dict[str, Any]:
        until = time.monotonic() + request["wait_s"]
        keys = {one["session"] for one in request["sessions"]}
        with self.changed:
            self.polls.append(request)
            for receipt in request["receipts"]:
                self.receipts[receipt["command_id"]] = receipt
                self.commands = [one for one in self.commands if one["id"] != receipt["command_id"]]
            self.changed.notify_all()
            while True:
                known = set(request["known"]) | set(self.receipts)
                commands = [one for one in self.commands if one["via"] in keys and one["id"] not in known]
                tasks = [self.tasks[one] for one in request["tasks"] if self.tasks[one]["status"] != "open"]
                left_s = until - time.monotonic()
                if commands or tasks or left_s <= 0 or self._released.is_set():
                    break
                self.changed.wait(left_s)
        accepted = [receipt["command_id"] for receipt in request["receipts"]]
        return {"commands": commands, "tasks": tasks, "receipts_accepted": accepted}

    def create_task(self, task: dict[str, Any]) -> dict[str, Any]:
        with self.changed:
            stored = self.tasks.setdefault(task["id"], {**task, "status": "open", "outcome": None})
            self.changed.notify_all()
            return stored


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_contract: ContractServer

    def log_message(self, format: str, *args: Any) -> None:
        """Tests say nothing of their own."""

    def setup(self) -> None:
        super().setup()
        self.server_of_contract.connections.append(self.connection)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError, ValueError):
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        owner = self.server_of_contract
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        path = urlsplit(self.path).path
        with owner.changed:
            headers = {name.lower(): value for name, value in self.headers.items()}
            owner.requests.append((method, path, headers))
            owner.changed.notify_all()
        if owner.mode == "hang":
            owner.hang()
            self.close_connection = True
            return
        if owner.mode == "garbage":
            self._answer(200, b"<html>\x00\xff it works!</html>", "text/html")
        elif owner.mode == "busy":
            self._json(503, {"code": "unavailable", "message": "later"})
        elif owner.mode == "refuse" and path == "/api/v1/events":
            self._json(422, {"code": "invalid", "message": "no"})
        else:
            self._route(method, path, body)

    def _route(self, method: str, path: str, body: bytes) -> None:
        owner = self.server_of_contract
        if path == "/v1/traces":
            self._take_spans(body)
        elif path == "/api/v1/events":
            lines = [json.loads(line) for line in body.splitlines()]
            with owner.changed:
                owner.records += lines
                owner.changed.notify_all()
            self._json(200, {"accepted": len(lines), "rejected_count": 0, "rejected": []})
        elif path.startswith("/api/v1/runtimes/") and path.endswith("/poll"):
            self._json(200, owner.poll(json.loads(body)))
        elif path.startswith("/api/v1/runtimes/") and method == "DELETE":
            self._answer(204, b"", "application/json")
        elif path == "/api/v1/tasks" and method == "POST":
            self._json(201, owner.create_task(json.loads(body)))
        elif path.startswith("/api/v1/tasks/") and path.endswith("/cancel"):
            owner.complete(path.split("/")[4], None, "canceled")
            self._json(200, owner.tasks[path.split("/")[4]])
        elif path.endswith("/history"):
            found = owner.histories.get(unquote(path.split("/")[4]))
            self._json(200, found) if found else self._json(404, {"code": "not_found", "message": "no such session"})
        else:
            self._json(404, {"code": "not_found", "message": path})

    def _take_spans(self, body: bytes) -> None:
        ExportTraceServiceRequest.FromString(body)
        owner = self.server_of_contract
        with owner.changed:
            owner.spans += decode_traces(body).records
            owner.changed.notify_all()
        self._answer(200, ExportTraceServiceResponse().SerializeToString(), "application/x-protobuf")

    def _json(self, status: int, told: Any) -> None:
        self._answer(status, json.dumps(told).encode(), "application/json")

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _is_status(record: dict[str, Any]) -> bool:
    return "type" not in record and "status" in record


@contextmanager
def contract_server(port: int = 0) -> Iterator[ContractServer]:
    server = ContractServer(port)
    try:
        yield server
    finally:
        server.stop()
