"""Sessions under policies, over plain HTTP."""

from __future__ import annotations

from typing import Any

from tests.running_server import RunningServer
from tests.steering_http.operators import Json, Operator, fresh, until


class Policed(Operator):
    """An operator of one agent of its own, so that policies of one test touch no other."""

    def __init__(self, server: RunningServer) -> None:
        super().__init__(server)
        self.agent = fresh("agent")

    def policy(self, type: str, condition: Json, action: str | Json = "notify", **fields: Any) -> Json:
        asked = {"type": action} if isinstance(action, str) else action
        sent = {"type": type, "agent_id": self.agent, "condition": condition, "action": asked, **fields}
        answer = self.server.post("/api/v1/policies", json=sent)
        assert answer.status_code == 201, answer.text
        created: Json = answer.json()
        return created

    def run(self, key: str) -> str:
        return self.begin(key, agent_id=self.agent)

    def call_model(self, key: str, cost_usd: float, **fields: Any) -> None:
        self.tell({"session": key, "type": "llm_call", "model": "gpt-x", "cost_usd": cost_usd, **fields})

    def call_tool(self, key: str, name: str, arguments: Any, result: Any = None, **fields: Any) -> None:
        told = {"session": key, "type": "tool_call", "tool_name": name, "input": arguments, "output": result}
        self.tell({**told, **fields})

    def signals(self, key: str) -> list[Json]:
        found: list[Json] = self.server.get("/api/v1/signals", session=key)["items"]
        return found

    def signal(self, key: str, subtype: str) -> Json:
        """As soon as it fired."""

        def fired() -> Json | None:
            return next((one for one in self.signals(key) if one["subtype"] == subtype), None)

        found: Json = until(fired)
        return found

    def decisions(self, key: str) -> list[Json]:
        found: list[Json] = self.server.get("/api/v1/decisions", session=key)["items"]
        return found

    def timeline(self, key: str, type: str) -> list[Json]:
        found: list[Json] = self.server.get(f"/api/v1/sessions/{key}/events", type=type)["items"]
        return found
