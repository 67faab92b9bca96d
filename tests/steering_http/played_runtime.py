"""A process that runs agents, played with plain polls as the SDK makes them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
from tests.running_server import RunningServer

VERBS = ["pause", "resume", "cancel", "reset", "compact"]
GATES = {"pause": "paused", "resume": "running", "cancel": "canceled"}
Json = dict[str, Any]


class PlayedRuntime:
    """Obeys as the SDK does: a pause or cancel is confirmed when no tool call is in flight any more."""

    def __init__(self, server: RunningServer, *keys: str, name: str = "played", **told: Any) -> None:
        self.id = str(uuid4())
        self.held: dict[str, Json] = {}
        self.known: dict[str, Json] = {}
        self.received: list[Json] = []  # every command, as often as it came
        self.outbox: list[Json] = []
        self._server = server
        self._name = name
        for key in keys:
            self.hold(key, **told)
        if keys:
            self.listen()

    def hold(self, key: str, **told: Any) -> None:
        fresh = {"session": key, "verbs": VERBS, "state": "running", "tools_in_flight": 0, "owns_memory": True}
        self.held[key] = {**self.held.get(key, fresh), **told}

    def poll(self, wait_s: float = 0, tasks: list[str] | None = None) -> Json:
        """One poll as it is; nothing is obeyed."""
        body = {
            "runtime": {"name": self._name, "host": "box", "pid": 7, "sdk": "played/1"},
            "sessions": list(self.held.values()),
            "known": list(self.known),
            "receipts": self.outbox,
            "tasks": tasks or [],
            "wait_s": wait_s,
        }
        answer = httpx.post(f"{self._server.url}/api/v1/runtimes/{self.id}/poll", json=body, timeout=40)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        self.outbox = [one for one in self.outbox if one["command_id"] not in found["receipts_accepted"]]
        self.received += found["commands"]
        return found

    def listen(self, wait_s: float = 0) -> list[Json]:
        """Takes commands to heart; what they ask for is not confirmed yet."""
        taken: list[Json] = self.poll(wait_s)["commands"]
        for command in taken:
            self.known[command["id"]] = command
        return taken

    def obey(self, wait_s: float = 0) -> list[Json]:
        """Takes commands, does what can be done, and says so."""
        taken = self.listen(wait_s)
        self.confirm()
        self.poll()
        return taken

    def confirm(self) -> None:
        for command in list(self.known.values()):
            told = self.held.get(command["session"])
            if told is None:
                self.settle(command, "refused", "the session has ended (completed)")
                continue
            if command["verb"] in ("pause", "cancel") and told["tools_in_flight"]:
                continue
            if command["verb"] in GATES:
                told["state"] = GATES[command["verb"]]
            detail = {"messages_before": 4} if command["verb"] in ("reset", "compact") else {}
            self.settle(command, "applied", **detail)

    def settle(self, command: Json, outcome: str, reason: str = "", **detail: Any) -> None:
        self.known.pop(command["id"], None)
        self.outbox.append({"command_id": command["id"], "outcome": outcome, "reason": reason, "detail": detail})

    def let_go(self, key: str) -> None:
        del self.held[key]
        self.poll()

    def leave(self) -> httpx.Response:
        return self._server.request("DELETE", f"/api/v1/runtimes/{self.id}")
