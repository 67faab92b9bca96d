"""The audit of policy changes, and stored decisions under a changed set."""

from __future__ import annotations

import httpx
from tests.policies.policed import Policed
from tests.steering_http.operators import Json, fresh, until


def changes(policed: Policed) -> list[Json]:
    found: list[Json] = policed.server.get("/api/v1/policy-changes", agent_id=policed.agent)["items"]
    return found


def test_every_change_of_a_policy_is_audited(policed: Policed) -> None:
    policy = policed.policy("cost_limit", {"cost_exceeded": 1})
    path = f"{policed.server.url}/api/v1/policies/{policy['id']}"

    httpx.patch(path, json={"condition": {"cost_exceeded": 2}}).raise_for_status()
    httpx.delete(path).raise_for_status()

    assert [change["action"] for change in changes(policed)] == ["deleted", "updated", "created"]
    updated = changes(policed)[1]
    assert updated["before"]["condition"] == {"cost_exceeded": 1}
    assert updated["after"]["condition"] == {"cost_exceeded": 2}
    assert (updated["actor"], updated["source"]) == ("local", "api")
    assert httpx.get(path).status_code == 404


def test_a_change_that_changes_nothing_is_none(policed: Policed) -> None:
    policy = policed.policy("cost_limit", {"cost_exceeded": 1})

    httpx.patch(f"{policed.server.url}/api/v1/policies/{policy['id']}", json={"priority": 0}).raise_for_status()

    assert [change["action"] for change in changes(policed)] == ["created"]


def test_stored_decisions_are_replayed_under_a_changed_set(policed: Policed) -> None:
    key = fresh("replay")
    policed.policy("cost_limit", {"cost_exceeded": 0.5}, "notify")
    policed.run(key)
    policed.call_model(key, 0.6)
    until(lambda: policed.decisions(key))

    def replay(limit: float, action: str) -> Json:
        changed = {"type": "cost_limit", "condition": {"cost_exceeded": limit}, "action": {"type": action}}
        answer = policed.server.post("/api/v1/policy-replays", json={"policies": [changed], "session": key})
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    lenient, strict = replay(10, "notify"), replay(0.5, "cancel")

    assert (lenient["replayed"], lenient["differing"]) == (1, 1)
    assert lenient["items"][0]["before"]["type"] == "notify"
    assert lenient["items"][0]["after"]["type"] == ""
    assert strict["items"][0]["after"]["type"] == "cancel"
    assert policed.server.get("/api/v1/policies", agent_id=policed.agent)["items"][0]["action"] == {"type": "notify"}
