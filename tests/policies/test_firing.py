"""Policies are judged for every session, whoever sent it, right after it was recounted."""

from __future__ import annotations

import httpx
import pytest
from tests.policies.policed import Policed
from tests.steering_http.operators import fresh, until


def test_a_session_over_its_cost_limit_gives_a_signal_once(policed: Policed) -> None:
    """Acceptance 146. The signal is on the timeline, too."""
    key = fresh("dear")
    policed.policy("cost_limit", {"cost_exceeded": 1.0}, name="budget")
    policed.run(key)

    policed.call_model(key, 0.75)
    policed.call_model(key, 0.75)
    signal = policed.signal(key, "cost_limit")
    policed.call_model(key, 0.75)

    assert signal["type"] == "guardrail"
    assert signal["data"] == {"limit": 1.0, "actual": 1.5, "policy": "budget"}
    rows = until(lambda: policed.timeline(key, "signal"))
    assert [(row["name"], row["details"]["action"]) for row in rows] == [("guardrail/cost_limit", "notify")]
    assert len(policed.signals(key)) == 1


def test_what_other_agents_do_is_none_of_its_business(policed: Policed) -> None:
    key, other = fresh("mine"), fresh("other")
    policed.policy("step_limit", {"steps_exceeded": 1})
    policed.run(key)
    policed.begin(other, agent_id=fresh("someone"))

    policed.call_model(other, 0.1)
    policed.call_model(key, 0.1)
    policed.signal(key, "step_limit")

    assert policed.signals(other) == []


def test_the_same_tool_call_again_and_again_is_noticed(policed: Policed) -> None:
    key = fresh("loop")
    policed.policy("repeated_tool_calls", {"times": 3})
    policed.run(key)

    policed.call_tool(key, "search", {"q": "cats"}, "none", seq=1)
    policed.call_tool(key, "search", {"q": "dogs"}, "none", seq=2)
    policed.call_tool(key, "search", {"q": "cats"}, "none", seq=3)
    policed.call_tool(key, "search", {"q": "cats"}, "none", seq=4)
    policed.call_tool(key, "search", {"q": "cats"}, "none", seq=5)

    assert policed.signal(key, "repeated_tool_calls")["data"]["tool_name"] == "search"


def test_different_arguments_are_no_repetition(policed: Policed) -> None:
    key = fresh("busy")
    policed.policy("repeated_tool_calls", {"times": 2})
    policed.policy("step_limit", {"steps_exceeded": 3})
    policed.run(key)

    for place in range(3):
        policed.call_tool(key, "search", {"page": place}, "none", seq=place)
    policed.signal(key, "step_limit")

    assert [one["subtype"] for one in policed.signals(key)] == ["step_limit"]


def test_tool_calls_that_bring_nothing_new_are_noticed(policed: Policed) -> None:
    key = fresh("stuck")
    policed.policy("no_progress", {"steps": 3})
    policed.run(key)

    for place in range(4):
        policed.call_tool(key, "look", {"place": place}, "nothing here", seq=place)

    assert policed.signal(key, "no_progress")["data"]["steps"] == 3


def test_a_spike_of_cost_and_one_of_errors_are_noticed(policed: Policed) -> None:
    key = fresh("spikes")
    policed.policy("cost_spike", {"factor": 3, "window": 5})
    policed.policy("error_spike", {"rate": 0.5, "window": 4})
    policed.run(key)

    for place in range(4):
        policed.call_model(key, 0.01, seq=place)
    policed.call_model(key, 0.5, seq=5)
    for place in range(3):
        policed.call_tool(key, "save", {"n": place}, status="error", error="disk full", seq=10 + place)

    assert policed.signal(key, "cost_spike")["data"]["current"] == 0.5
    assert policed.signal(key, "error_spike")["data"]["error_rate"] > 0.5


def test_a_condition_is_an_expression_over_the_session(policed: Policed) -> None:
    key = fresh("cel")
    policed.policy("condition", {"cel": "session.cost_usd > 0.2 && session.tags.tier == 'free'"}, name="free tier")
    policed.begin(key, agent_id=policed.agent, tags={"tier": "free"})

    policed.call_model(key, 0.3)

    assert policed.signal(key, "condition")["type"] == "policy"


def test_whole_numbers_and_decimals_are_compared_by_their_value(policed: Policed) -> None:
    """A score of 1 is told without a point, and is more than 0.5 all the same."""
    key = fresh("whole")
    policed.policy("condition", {"cel": "session.metrics.score > 0.5 && session.llm_call_count == 1.0"})
    policed.begin(key, agent_id=policed.agent, metrics={"score": 1})

    policed.call_model(key, 0.3)

    assert policed.signal(key, "condition")["type"] == "policy"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"type": "cost_limit", "condition": {"cost_exceeded": 0}, "action": {"type": "notify"}}, "cost_exceeded"),
        ({"type": "cost_limit", "condition": {"cost_exceeded": 1}, "action": {"type": "explode"}}, "action.type"),
        ({"type": "retry", "condition": {"on_error": True}, "action": {"max_retries": 0}}, "max_retries"),
        ({"type": "condition", "condition": {"cel": "session.cost >"}, "action": {"type": "notify"}}, "cel"),
        ({"type": "sorcery", "condition": {}, "action": {}}, "type"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_with_the_place(
    policed: Policed, fields: dict[str, object], where: str
) -> None:
    answer = policed.server.post("/api/v1/policies", json=fields)

    assert answer.status_code == 422
    assert where in answer.json()["message"]


def test_a_policy_that_is_switched_off_does_not_fire(policed: Policed) -> None:
    key = fresh("off")
    off = policed.policy("step_limit", {"steps_exceeded": 1})
    policed.policy("cost_limit", {"cost_exceeded": 0.05})
    path = f"{policed.server.url}/api/v1/policies/{off['id']}"
    assert httpx.patch(path, json={"enabled": False}).json()["enabled"] is False
    policed.run(key)

    policed.call_model(key, 0.1)
    policed.signal(key, "cost_limit")

    assert [one["subtype"] for one in policed.signals(key)] == ["cost_limit"]
