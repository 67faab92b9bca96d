"""Whoever asks things of sessions over plain HTTP, and reports sessions as a sender would."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
from tests.running_server import RunningServer

SEEN_TIMEOUT_S = 20
Json = dict[str, Any]


def fresh(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}"


def path_of(key: str) -> str:
    return f"/api/v1/sessions/{quote(key, safe='')}"


def until(look: Callable[[], Any], timeout_s: float = SEEN_TIMEOUT_S) -> Any:
    end_s = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < end_s, "it did not happen in time"
        time.sleep(0.05)
    return found


def seconds_ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


class Operator:
    def __init__(self, server: RunningServer) -> None:
        self.server = server

    def tell(self, *records: Json) -> None:
        answer = self.server.post("/api/v1/events", json=list(records))
        assert (answer.status_code, answer.json()["rejected_count"]) == (200, 0), answer.text

    def begin(self, key: str, status: str = "running", kind: str = "run", **fields: Any) -> str:
        """Declares a session; its id."""
        self.tell({"session": key, "status": status, "kind": kind, **fields})
        return str(self.session(key)["id"])

    def say(self, key: str, *turns: str) -> None:
        """Messages, by user and assistant in turn."""
        for place, text in enumerate(turns):
            role = "assistant" if place % 2 else "user"
            self.tell({"session": key, "type": "message", "role": role, "input": text, "seq": place})

    def session(self, key: str) -> Json:
        found: Json = self.server.get(path_of(key))
        return found

    def status(self, key: str) -> str:
        return str(self.session(key)["status"])

    def ask(self, key: str, verb: str, **body: Any) -> httpx.Response:
        return self.server.post(f"{path_of(key)}/actions/{verb}", json=body)

    def act(self, key: str, verb: str, **body: Any) -> Json:
        """The command of a request that is accepted."""
        answer = self.ask(key, verb, **body)
        assert answer.status_code == 202, answer.text
        command: Json = answer.json()["command"]
        return command

    def command(self, command_id: str, wait_s: float = 0) -> Json:
        found: Json = self.server.get(f"/api/v1/commands/{command_id}", wait_s=wait_s)
        return found

    def commands(self, key: str) -> list[Json]:
        found: list[Json] = self.server.get(f"{path_of(key)}/commands")["items"]
        return found

    def events(self, key: str, kind: str) -> list[Json]:
        found = self.server.get(f"{path_of(key)}/events", limit=500)["items"]
        return [event for event in found if event["type"] == kind]

    def history(self, key: str) -> Json:
        found: Json = self.server.get(f"{path_of(key)}/history")
        return found

    def texts(self, key: str) -> list[str]:
        """What its model should see now."""
        return [part["content"] for message in self.history(key)["messages"] for part in message["parts"]]

    def open_task(self, **fields: Any) -> Json:
        answer = self.server.post("/api/v1/tasks", json={"title": "look at this", **fields})
        assert answer.status_code == 201, answer.text
        task: Json = answer.json()
        return task

    def task(self, task_id: str) -> Json:
        found: Json = self.server.get(f"/api/v1/tasks/{task_id}")
        return found

    def tasks(self, key: str, **parameters: Any) -> list[Json]:
        found: list[Json] = self.server.get("/api/v1/tasks", session=key, **parameters)["items"]
        return found

    def complete(self, task_id: str, outcome: Any) -> httpx.Response:
        return self.server.post(f"/api/v1/tasks/{task_id}/complete", json={"outcome": outcome})
