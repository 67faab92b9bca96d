"""Niitaka's client obeys policies, prices and configurations that it gets from Sojourn."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import niitaka
import pytest
from niitaka.client import AgentExecutionStopped, _get_active_scope, client
from niitaka.instrumentation import ProviderAdapter, _make_instrumented_fn
from tests.gateways.niitaka_agent import NiitakaAgent, new_id
from tests.running_server import RunningServer
from tests.steering_http.operators import Json, fresh, until


@pytest.fixture
def agent(server: RunningServer) -> NiitakaAgent:
    return NiitakaAgent(server)


def policy(agent: NiitakaAgent, type: str, condition: Json, action: Json, priority: int = 0) -> Json:
    config = {"condition": condition, "action": action, "priority": priority}
    sent = {"agent_id": agent.agent_id, "type": type, "config": config}
    found: Json = agent.told("POST", "/policies", sent)
    return found


def has_policies() -> None:
    """The client fetches them beside its caller."""
    until(lambda: _get_active_scope().policies)


class Model:
    """A provider whose first calls fail."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.models: list[str] = []

    def create(self, model: str = "gpt-4o", **_: Any) -> Any:
        self.models.append(model)
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def instrumented(model: Model) -> Any:
    """Calls of the model as the client wraps those of a provider, without changing the provider's own package."""

    def call(*_: Any, **kwargs: Any) -> Any:
        return model.create(**kwargs)

    def model_of(kwargs: Any) -> str:
        return str(kwargs["model"])

    def usage_of(_: Any) -> tuple[int, int]:
        return 10, 5

    return _make_instrumented_fn(call, ProviderAdapter("openai", model_of, usage_of))


def test_a_cost_limit_stops_the_agent_before_its_next_call(agent: NiitakaAgent) -> None:
    """Acceptance 123, 146."""
    policy(agent, "cost_limit", {"cost_exceeded": 1.0}, {"type": "abort"})

    def spend() -> str:
        with agent.start() as session_id:
            has_policies()
            seen.append(session_id)
            client.log_llm("q", "a", cost=1.5, metadata={"model": "gpt-4o"})
            client.check_cost_guardrail()
        return "went on"

    seen: list[str] = []
    with pytest.raises(AgentExecutionStopped):
        spend()

    row = agent.until_row(seen[0], status="done", total_cost=1.5)
    assert row["error_count"] >= 1
    signal = agent.until_rows("/signals", seen[0], 1)[0]
    assert (signal["type"], signal["subtype"], signal["data"]["limit"]) == ("guardrail", "cost_limit", 1.0)


def test_a_step_limit_warns_and_lets_it_go_on(agent: NiitakaAgent) -> None:
    policy(agent, "step_limit", {"steps_exceeded": 1}, {"type": "warn"})

    with agent.start() as session_id:
        has_policies()
        client.log_tool("one", "done")
        client.check_step_guardrail()

    agent.until_row(session_id, status="done", error_count=0)
    subtypes = {row["subtype"] for row in agent.until_rows("/signals", session_id, 1)}
    assert subtypes == {"step_limit"}


def test_a_failed_call_is_tried_again_and_the_trace_is_kept(agent: NiitakaAgent) -> None:
    """Acceptance 147."""
    retry = policy(agent, "retry", {"on_error": True}, {"max_retries": 2, "backoff_seconds": 0})
    model = Model(TimeoutError("slow"))

    with agent.start() as session_id:
        has_policies()
        assert instrumented(model)(model="gpt-4o", messages=[]) == "answer"

    traces = agent.until_rows("/decisions", session_id, 2)
    failed = next(one for one in traces if one["evaluation_stage"] == "on_error")
    assert (failed["winning_type"], failed["final_decision"]["policy_id"]) == ("retry", retry["id"])
    assert failed["context"]["error_type"] == "TimeoutError"
    assert len(model.models) == 2
    shown = agent.server.get("/api/v1/decisions", session=session_id)["items"]
    assert {one["source"] for one in shown} == {"niitaka"}


def test_a_failed_call_falls_back_to_another_model(agent: NiitakaAgent) -> None:
    policy(agent, "fallback", {"on_error": True}, {"fallback_model": "gpt-4o-mini"})
    model = Model(ConnectionError("down"))

    with agent.start() as session_id:
        has_policies()
        instrumented(model)(model="gpt-4o", messages=[])

    assert model.models == ["gpt-4o", "gpt-4o-mini"]
    subtypes = {row["subtype"] for row in agent.until_rows("/signals", session_id, 2)}
    assert subtypes == {"fallback", "policy_triggered"}


def test_a_policy_of_the_api_reaches_the_sdk_in_its_words(agent: NiitakaAgent) -> None:
    for kind, condition, action in (
        ("cost_limit", {"cost_exceeded": 2}, "notify"),
        ("step_limit", {"steps_exceeded": 9}, "pause"),
        ("no_progress", {"steps": 5}, "cancel"),
    ):
        sent = {"type": kind, "agent_id": agent.agent_id, "condition": condition, "action": {"type": action}}
        assert agent.server.post("/api/v1/policies", json=sent).status_code == 201

    told = agent.told("GET", f"/policies/{agent.agent_id}")

    assert {row["type"]: row["config"]["action"]["type"] for row in told} == {
        "cost_limit": "warn",
        "step_limit": "abort",
    }


def test_the_client_pushes_pulls_and_audits_policy_files(agent: NiitakaAgent, tmp_path: Path) -> None:
    limit = {"type": "cost_limit", "condition": {"cost_exceeded": 5.0}, "action": {"type": "abort"}}
    retry = {"type": "retry", "condition": {"on_error": True}, "action": {"max_retries": 3}}
    file = tmp_path / "policies.json"
    content = {"policies": [{"agent_id": agent.agent_id, **limit}, {"agent_id": agent.agent_id, **retry}]}
    file.write_text(json.dumps(content))
    where = ["--url", agent.url, "--key", "any"]

    pushed = [_cli("push", str(file), *where), _cli("push", str(file), *where)]
    pulled = _cli("pull", "--agent", agent.agent_id, *where, "--output", str(tmp_path / "pulled.yaml"))
    listed = _cli("history", "--agent", agent.agent_id, *where)

    assert (pushed, pulled, listed) == ([0, 0], 0, 0)
    assert "max_retries: 3" in (tmp_path / "pulled.yaml").read_text()
    audit = agent.told("GET", f"/policies/audit/{agent.agent_id}")
    assert [row["action"] for row in audit] == ["created", "created", "deleted", "deleted", "created", "created"]
    assert {row["source"] for row in audit} == {"import"}


def _cli(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "niitaka.cli", *arguments], capture_output=True, timeout=60).returncode


def test_an_import_with_a_fault_changes_nothing(agent: NiitakaAgent) -> None:
    kept = policy(agent, "cost_limit", {"cost_exceeded": 1.0}, {"type": "abort"})
    good = {"condition": {"cost_exceeded": 2.0}, "action": {"type": "warn"}}
    bad = {"condition": {"cost_exceeded": -1}, "action": {"type": "warn"}}
    sent = [{"agent_id": agent.agent_id, "type": "cost_limit", "config": config} for config in (good, bad)]

    answer = agent.call("POST", "/policies/import", {"policies": sent, "replace": True})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("policies.1.condition.cost_exceeded")
    assert [row["id"] for row in agent.told("GET", f"/policies/{agent.agent_id}")] == [kept["id"]]


def test_prices_come_by_the_names_that_the_client_looks_up(agent: NiitakaAgent) -> None:
    prices = agent.client.fetch_pricing()

    assert prices["gpt-4o"] == {"input": 2.5, "output": 10.0}
    assert prices["claude-3-5-sonnet"]["output"] == 15.0


def experiment(agent: NiitakaAgent, *names: str) -> str:
    variants = [{"name": name, "config": {"model": f"model-{name}", "temperature": 0.1}} for name in names]
    sent = {"id": new_id(), "name": "which model", "agent_id": agent.agent_id, "variants": variants}
    return str(agent.told("POST", "/experiments", sent)["id"])


def test_a_session_is_given_a_variant_and_keeps_it(agent: NiitakaAgent) -> None:
    """Acceptance 127, 155. The client reports the assignment as a decision."""
    experiment_id = experiment(agent, "control", "bold")

    with agent.start(experiment_id=experiment_id) as session_id:
        config = agent.client.get_runtime_config(experiment_id)
    row = agent.until_row(session_id, status="done", experiment_id=experiment_id, variant=config["variant"])

    assert config["config"]["model"] == f"model-{config['variant']}"
    assert row["variant"] in ("control", "bold")
    decisions = [one for one in agent.until_rows("/events", session_id, 1) if one["type"] == "decision"]
    assert json.loads(decisions[0]["data"]["output"])["variant"] == config["variant"]
    again = agent.told("GET", "/runtime-config", experiment_id=experiment_id, session_id=session_id)
    assert again["variant"] == config["variant"]


def test_a_sticky_key_has_one_variant_in_every_session(agent: NiitakaAgent) -> None:
    """Acceptance 155."""
    experiment_id = experiment(agent, "a", "b", "c")

    def assigned(**query: str) -> str:
        told = agent.told("GET", "/runtime-config", experiment_id=experiment_id, session_id=new_id(), **query)
        return str(told["variant"])

    first = assigned(sticky_key="customer-7")
    more = [{"name": name, "weight": 100} for name in ("d", "a", "b", "c")]
    agent.told("PATCH", f"/experiments/{experiment_id}", {"variants": more})

    assert {assigned(sticky_key="customer-7") for _ in range(5)} == {first}
    assert assigned(sticky_key="customer-7", variant="b") == "b"
    assert len({assigned() for _ in range(40)}) > 1


def test_an_experiment_that_does_not_run_assigns_nothing(agent: NiitakaAgent) -> None:
    experiment_id = experiment(agent, "a")
    agent.told("PATCH", f"/experiments/{experiment_id}", {"status": "stopped"})

    told = agent.told("GET", "/runtime-config", experiment_id=experiment_id, session_id=new_id())

    assert (told["variant"], told["config"]) == (None, {})


def test_an_agent_without_an_experiment_gets_its_own_configuration(agent: NiitakaAgent) -> None:
    config = {"model": "gpt-4o-mini", "guardrails": {"max_steps": 3}}
    agent.told("PUT", f"/agents/{agent.agent_id}/config", {"model": "old"})
    agent.told("PUT", f"/agents/{agent.agent_id}/config", config)

    begun_s = time.monotonic()
    with agent.start():
        limits = [one["condition"] for one in _get_active_scope().policies if one["type"] == "step_limit"]
        told = agent.client.get_runtime_config()

    assert time.monotonic() - begun_s < 5
    assert (told["config"], told["version_number"]) == (config, 2)
    assert limits == [{"steps_exceeded": 3}]


def test_what_sdk_decisions_would_have_been_is_replayed(agent: NiitakaAgent) -> None:
    policy(agent, "retry", {"on_error": True}, {"max_retries": 2, "backoff_seconds": 0})
    with agent.start() as session_id:
        has_policies()
        instrumented(Model(TimeoutError("slow")))(model="gpt-4o", messages=[])
    agent.until_rows("/decisions", session_id, 2)

    changed = {"type": "fallback", "condition": {"on_error": True}, "action": {"fallback_model": "small"}}

    def replayed() -> Json | None:
        asked = {"policies": [changed], "session": session_id}
        told: Json = agent.server.post("/api/v1/policy-replays", json=asked).json()
        return told if any(item["stage"] == "on_error" for item in told["items"]) else None

    answer: Json = until(replayed)
    failed = next(item for item in answer["items"] if item["stage"] == "on_error")
    assert (failed["stored"], failed["before"]["type"], failed["after"]["type"]) == ("retry", "retry", "fallback")
    assert answer["differing"] >= 1


def test_the_client_is_the_published_one() -> None:
    assert "site-packages" in str(niitaka.__file__)
    assert fresh("x") != fresh("x")
