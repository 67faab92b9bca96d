"""The audit of policy changes, and stored decisions under a changed set."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
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


def sent(policy: Json, **changed: Any) -> Json:
    """A policy in force as a part of a set, with its id."""
    names = ("id", "type", "agent_id", "name", "condition", "action", "priority", "enabled")
    return {**{name: policy[name] for name in names}, **changed}


def replayed(policed: Policed, key: str, *policies: Json) -> Json:
    answer = policed.server.post("/api/v1/policy-replays", json={"policies": list(policies), "session": key})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_the_set_in_force_replayed_gives_no_difference(policed: Policed) -> None:
    key = fresh("same")
    policy = policed.policy("cost_limit", {"cost_exceeded": 0.5}, "notify")
    policed.run(key)
    policed.call_model(key, 0.6)
    until(lambda: policed.decisions(key))

    found = replayed(policed, key, sent(policy))

    (item,) = found["items"]
    assert (found["differing"], found["not_replayed"], item["differs"]) == (0, [], False)
    assert item["before"] == item["after"]
    assert (item["session_key"], item["stored"], item["stored_policy_id"]) == (key, "notify", policy["id"])
    assert replayed(policed, key, sent(policy, condition={"cost_exceeded": 0.4}))["differing"] == 0, "it fires as well"
    assert replayed(policed, key, sent(policy, enabled=False))["differing"] == 1


def test_what_looked_at_more_than_is_kept_matches_where_it_matched(policed: Policed) -> None:
    """A condition and a loop: their action, priority and switch can be tried, another condition cannot."""
    key = fresh("looked")
    loop = policed.policy("repeated_tool_calls", {"times": 2}, "notify")
    policed.run(key)
    for place in range(2):
        policed.call_tool(key, "search", {"q": "cats"}, "none", seq=place)
    until(lambda: policed.decisions(key))

    same = replayed(policed, key, sent(loop))
    harder = replayed(policed, key, sent(loop, action={"type": "pause"}))
    off = replayed(policed, key, sent(loop, enabled=False))
    other = replayed(policed, key, sent(loop, condition={"times": 3}))

    assert [one["differing"] for one in (same, harder, off)] == [0, 1, 1]
    assert harder["items"][0]["after"]["type"] == "pause"
    assert (same["not_replayed"], other["not_replayed"]) == ([], [loop["id"]])


def test_a_policy_fires_once_in_a_session_in_a_replay_too(policed: Policed) -> None:
    """So the set in force comes to what was decided; a stricter one fires earlier, and then no more."""
    key = fresh("twice")
    steps = policed.policy("step_limit", {"steps_exceeded": 1}, "notify")
    cost = policed.policy("cost_limit", {"cost_exceeded": 0.5}, "notify")
    policed.run(key)
    policed.call_model(key, 0.3)
    until(lambda: len(policed.decisions(key)) == 1)
    policed.call_model(key, 0.3)
    until(lambda: len(policed.decisions(key)) == 2)

    same = replayed(policed, key, sent(steps), sent(cost))
    strict = replayed(policed, key, sent(cost, condition={"cost_exceeded": 0.2}, action={"type": "pause"}))

    assert [one["before"]["policy_id"] for one in same["items"]] == [cost["id"], steps["id"]]
    assert same["differing"] == 0
    assert [one["after"]["type"] for one in strict["items"]] == ["", "pause"]


def test_a_changed_set_that_is_no_set_is_told_where(policed: Policed) -> None:
    wrong = {"type": "condition", "condition": {"cel": "session.cost > 1"}, "action": {"type": "notify"}}

    answer = policed.server.post("/api/v1/policy-replays", json={"policies": [wrong]})

    assert answer.status_code == 422
    assert answer.json()["message"] == "policies.0.condition.cel: 'session' has no 'cost'"


@pytest.mark.parametrize(
    ("cel", "fault"),
    [
        ("session.cost_usd > 2.0 && session.error_count >= 3", None),
        ("session.tags.exists(tag, tag == 'risky') || has(session.metrics.score)", None),
        ("session.cost_usd >", "condition.cel: line 1, column 18: it cannot be read from '>' on"),
        ("sesion.cost_usd > 1.0", "condition.cel: 'sesion' is unknown: an expression speaks of 'session'"),
        ("session.cost > 1.0", "condition.cel: 'session' has no 'cost'"),
        ("lower(session.goal) == 'a'", "condition.cel: there is no function 'lower'"),
        ("session.cost_usd > 2 && session.error_count >= 2.5 && session.archived_at != 'never'", None),
        ("session.agents[0] == 'scout' || session.models[0].cost_usd > 1", None),
        ("session.error_count", "condition.cel: it comes to a whole number, not to true or false"),
        ("session.goal + '!'", "condition.cel: it comes to a text, not to true or false"),
        ("!session.goal", "condition.cel: a text cannot be used in this way"),
        ("session.error_count > '3'", "condition.cel: a whole number and a text do not go together in it"),
        (
            "session.cost_usd / session.error_count > 0.5",
            "condition.cel: a decimal and a whole number do not go together in it; "
            "write double(…) around the whole number",
        ),
        ("session.goal.matches('(a')", "condition.cel: the pattern of matches() is no regular expression (RE2)"),
    ],
)
def test_a_condition_is_checked_before_it_holds(policed: Policed, cel: str, fault: str | None) -> None:
    policy = {"type": "condition", "condition": {"cel": cel}, "action": {"type": "notify"}}

    checked = policed.server.post("/api/v1/policy-checks", json=policy).json()
    if fault is not None:
        created = policed.server.post("/api/v1/policies", json=policy)
        assert (created.status_code, created.json()["message"]) == (422, fault)

    assert checked == {"fault": fault}


def test_the_audit_of_one_policy_can_be_read(policed: Policed) -> None:
    first, _ = (policed.policy("cost_limit", {"cost_exceeded": limit}) for limit in (1, 2))

    found = policed.server.get("/api/v1/policy-changes", policy_id=first["id"])["items"]

    assert [(change["action"], change["policy_id"]) for change in found] == [("created", first["id"])]


def batch(policed: Policed, **parts: Any) -> httpx.Response:
    return policed.server.post("/api/v1/policy-batches", json=parts)


def in_force(policed: Policed) -> list[Json]:
    found = policed.server.get("/api/v1/policies", agent_id=policed.agent)["items"]
    return [one for one in found if one["agent_id"] == policed.agent]


def test_several_changes_hold_together(policed: Policed) -> None:
    kept, gone = (policed.policy("cost_limit", {"cost_exceeded": limit}) for limit in (1, 2))
    new = {
        "type": "step_limit",
        "agent_id": policed.agent,
        "condition": {"steps_exceeded": 9},
        "action": {"type": "pause"},
    }

    answer = batch(policed, create=[new], change=[{"id": kept["id"], "enabled": False}], delete=[gone["id"]])

    created, changed = answer.json()["items"]
    assert (created["type"], changed["id"], changed["enabled"]) == ("step_limit", kept["id"], False)
    assert {one["id"] for one in in_force(policed)} == {created["id"], kept["id"]}
    assert sorted(change["action"] for change in changes(policed)[:3]) == ["created", "deleted", "updated"]


@pytest.mark.parametrize(
    "wrong", [{"condition": {"cost_exceeded": -1}}, {"id": "00000000-0000-0000-0000-000000000000"}]
)
def test_of_several_changes_all_hold_or_none(policed: Policed, wrong: Json) -> None:
    policy, gone = (policed.policy("cost_limit", {"cost_exceeded": limit}) for limit in (1, 2))

    answer = batch(policed, change=[{"id": policy["id"], "priority": 3, **wrong}], delete=[gone["id"]])

    assert answer.status_code in (404, 422)
    assert {(one["id"], one["priority"]) for one in in_force(policed)} == {(policy["id"], 0), (gone["id"], 0)}
