"""An agent instrumented with the published niitaka-sdk, as its users write it, and what the wire tells of it."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx
import niitaka
from niitaka.client import NiitakaClient
from tests.running_server import RunningServer
from tests.steering_http.operators import Json, Operator, fresh, until

SENT_WITHIN_S = 60  # one client serves a whole process, and may still be trying to reach a server that is gone
KEY = {"X-API-Key": "any"}


class NiitakaAgent(Operator):
    """The unmodified client of one agent."""

    def __init__(self, server: RunningServer, mount: str = "/niitaka") -> None:
        super().__init__(server)
        self.url = server.url + mount
        self.agent_id = fresh("agent")
        self.client = NiitakaClient(api_url=self.url, api_key="any")
        niitaka.configure(api_key="any", api_url=self.url)

    def start(self, goal: str = "do it", **fields: Any) -> Any:
        return self.client.start_session(goal=goal, agent_id=self.agent_id, **fields)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, json=body, params=query, headers=KEY, timeout=30)

    def told(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.call(method, path, body, **query)
        assert answer.is_success, answer.text
        return answer.json()

    def row(self, session_id: str) -> Json:
        """The session as the wire tells it; empty if it is not there yet."""
        answer = self.call("GET", f"/sessions/{session_id}")
        found: Json = answer.json() if answer.is_success else {}
        return found

    def until_row(self, session_id: str, **expected: Any) -> Json:
        """The client sends beside its caller: waits until all of it has come."""

        def is_so() -> Json | None:
            row = self.row(session_id)
            return row if all(row.get(name) == value for name, value in expected.items()) else None

        found: Json = until(is_so, SENT_WITHIN_S)
        return found

    def until_rows(self, path: str, session_id: str, count: int) -> list[Json]:
        def are_there() -> list[Json] | None:
            rows: list[Json] = self.told("GET", path, session_id=session_id)
            return rows if len(rows) >= count else None

        found: list[Json] = until(are_there, SENT_WITHIN_S)
        return found

    def grow_old(self, session_id: str, seconds: float = 600, **fields: Any) -> None:
        """A session of which nothing was heard for so long."""
        from_then = time.time() - seconds
        self.tell({"session": session_id, "kind": "run", "status": "running", "at": from_then, **fields})


def new_id() -> str:
    return str(uuid4())
