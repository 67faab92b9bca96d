"""Kore's project API against a real server with native events and the sample sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Operator, fresh, seconds_ago, until

Json = dict[str, Any]
BASE_S = 600  # ago, when a told session begins


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("kore") / "data", "--demo") as running:
        yield running


@pytest.fixture
def operator(server: RunningServer) -> Operator:
    return Operator(server)


@pytest.fixture(scope="module")
def told(server: RunningServer) -> str:
    """A session that has one of everything."""
    operator, key = Operator(server), fresh("agent:kore/x")
    operator.begin(key, "idle", "conversation", agent_id="router", environment="staging", channel="web")
    operator.tell(*_events(key))
    return key


def _events(key: str) -> list[Json]:
    trace = fresh("trace")

    def event(id: str, type: str, at_s: float, took_s: float = 0, **fields: Any) -> Json:
        times = {"started_at": seconds_ago(BASE_S - at_s), "ended_at": seconds_ago(BASE_S - at_s - took_s)}
        return {"session": key, "event_id": f"{key}-{id}", "trace_id": trace, "type": type, **times, **fields}

    def below(parent: str) -> Json:
        return {"parent_event_id": f"{key}-{parent}"}

    root, call = below("root"), {"model": "gpt-5", "model_requested": "gpt-5-auto", "cost_usd": 0.1}
    order = {"tool_name": "orders", "tool_call_id": "c1", "input": {"id": 4711}, "output": "Graz"}
    mail = {"tool_name": "mail", "status": "error", **root}
    return [
        event("root", "span", 0, 60, name="turn", agent_id="router"),
        event("ask", "message", 0, role="user", input="Where is order 4711?", **root),
        event("llm", "llm_call", 1, 2, input="hi", output="ok", input_tokens=90, output_tokens=10, **call, **root),
        event("slow", "llm_call", 4, 20, input="and", output="so", input_tokens=100, output_tokens=20, **call, **root),
        event("tool", "tool_call", 25, 1, **order, **below("slow")),
        event("fail1", "tool_call", 27, 1, error="no route to 10.0.0.1", **mail),
        event("fail2", "tool_call", 29, 1, error="no route to 10.0.0.2", **mail),
        event("route", "decision", 31, details={"kind": "routing", "decision": "billing", "confidence": 0.2}),
        event("plan", "decision", 32, details={"kind": "planning", "decision": "fly", "options": ["walk", "ride"]}),
        event("hand", "handoff", 33, details={"from": "router", "to": "billing", "context": {"order": 4711}}),
        event("state", "state_change", 34, details={"variable": "order", "old": None, "new": 4711}),
        event("pass", "guardrail_eval", 35, details={"guardrail": "pii", "result": "passed"}),
        event("block", "guardrail_eval", 36, details={"guardrail": "pii", "result": "blocked"}),
        event("broke", "error", 37, error="the mail server is away", status="error"),
        event("answer", "message", 38, role="assistant", output="It is in Graz.", agent_id="billing"),
    ]


def kore(server: RunningServer, path: str = "", project: str = "default", **parameters: Any) -> Any:
    return server.get(f"/kore/api/projects/{project}/sessions{path}", **parameters)


def refused(server: RunningServer, path: str, project: str = "default", **parameters: Any) -> httpx.Response:
    return server.request("GET", f"/kore/api/projects/{project}/sessions{path}", params=parameters)


def at(key: str, more: str = "") -> str:
    return f"/{quote(key, safe='')}{more}"


def listed(server: RunningServer, **parameters: Any) -> list[str]:
    return [row["sessionKey"] for row in kore(server, **parameters)["sessions"]]


def test_sample_sessions_of_real_agents_are_listed(server: RunningServer) -> None:
    """Acceptance 9."""
    found = until(lambda: (page := kore(server, limit=5))["total"] > 20 and page, timeout_s=60)

    assert (len(found["sessions"]), found["hasMore"]) == (5, True)
    for row in found["sessions"]:
        assert row["status"] in ("Active", "Idle", "Completed", "Failed", "Abandoned", "Escalated", "Archived")
        assert row["messageCount"] >= 0


def test_every_sample_session_can_be_inspected(server: RunningServer) -> None:
    until(lambda: kore(server)["total"] > 20, timeout_s=60)

    for row in kore(server, limit=8)["sessions"]:
        key = row["sessionKey"]
        views = {more: kore(server, at(key, more)) for more in ("", "/traces", "/metrics", "/analysis", "/messages")}
        assert views[""]["sessionId"] == row["sessionId"]
        assert views["/metrics"]["tokens"]["total_tokens"] == row["tokens"]["total"]
        assert views["/analysis"]["analyzedEvents"] > 0


def test_sessions_are_filtered(server: RunningServer, operator: Operator) -> None:
    """Acceptance 17, 18, 19, 20."""
    word = fresh("filtered")
    key = fresh("kore-filter")
    operator.begin(key, "idle", agent_id=f"agent-{word}", environment=f"env-{word}", channel=f"channel-{word}")

    assert listed(server, agent=f"agent-{word}") == [key]
    assert listed(server, agentId=f"agent-{word},nobody") == [key]
    assert listed(server, environment=f"env-{word}") == [key]
    assert listed(server, channel=f"channel-{word}", search=key) == [key]
    assert listed(server, channel=f"channel-{word}", environment="other") == []
    assert listed(server, search=f"agent-{word}") == [key]


def test_sessions_are_filtered_by_time_and_duration(server: RunningServer, operator: Operator) -> None:
    """Acceptance 22, 24."""
    agent, old, young = fresh("timed"), fresh("old"), fresh("young")
    for key, age_s, took_s in ((old, 3 * 86_400, 500), (young, 600, 5)):
        times = {"started_at": seconds_ago(age_s), "ended_at": seconds_ago(age_s - took_s)}
        operator.tell({"session": key, "agent_id": agent}, {"session": key, "type": "span", "name": "x", **times})

    assert listed(server, agent=agent, range="24h") == [young]
    assert listed(server, agent=agent, range="7d") == [young, old]
    assert listed(server, agent=agent, to=seconds_ago(86_400)) == [old]
    assert listed(server, agent=agent, **{"from": seconds_ago(86_400)}) == [young]
    assert listed(server, agent=agent, minDurationMs=100_000) == [old]
    assert listed(server, agent=agent, sortBy="durationMs") == [old, young]


@pytest.mark.parametrize(
    ("ours", "kores"),
    [
        ("pending", "Active"),
        ("running", "Active"),
        ("idle", "Idle"),
        ("paused", "Idle"),
        ("completed", "Completed"),
        ("failed", "Failed"),
        ("abandoned", "Abandoned"),
        ("canceled", "Abandoned"),
        ("escalated", "Escalated"),
    ],
)
def test_statuses_are_told_and_filtered_in_kores_words(
    server: RunningServer, operator: Operator, ours: str, kores: str
) -> None:
    """Acceptance 21, 23, 32, 33, 34, 35, 36, 37."""
    agent, key = fresh("status"), fresh(ours)
    operator.begin(key, ours, "conversation", agent_id=agent)

    assert kore(server, at(key))["status"] == kores
    assert listed(server, agent=agent, status=kores) == [key]
    assert listed(server, agent=agent, status=kores.lower()) == [key]
    others = {"Active", "Idle", "Completed", "Failed", "Abandoned", "Escalated"} - {kores}
    assert listed(server, agent=agent, status=",".join(sorted(others))) == []


def test_an_archived_session_stays_readable(server: RunningServer, operator: Operator) -> None:
    """Acceptance 38."""
    agent, key = fresh("archive"), fresh("archived")
    operator.begin(key, "completed", "conversation", agent_id=agent)
    operator.act(key, "archive")

    assert kore(server, at(key))["status"] == "Archived"
    assert listed(server, agent=agent, status="Archived") == [key]
    assert listed(server, agent=agent, status="Completed") == []
    assert listed(server, agent=agent) == [key]


def test_draft_and_deployed_versions_are_told_apart(server: RunningServer, operator: Operator) -> None:
    """Acceptance 1."""
    agent, draft, deployed = fresh("versions"), fresh("draft"), fresh("deployed")
    operator.begin(draft, "idle", agent_id=agent, tags={"version": "draft"})
    operator.begin(deployed, "idle", agent_id=agent, tags={"version": "v12"})

    rows = {row["sessionKey"]: row for row in kore(server, agent=agent)["sessions"]}

    assert (rows[draft]["deployment"], rows[deployed]["deployment"]) == ("draft", "deployed")
    assert rows[deployed]["version"] == "v12"


def test_lists_are_paged_by_page_offset_and_cursor(server: RunningServer, operator: Operator) -> None:
    agent = fresh("pages")
    for _ in range(5):
        operator.begin(fresh("page"), "idle", agent_id=agent)
    every = listed(server, agent=agent)

    by_page = [listed(server, agent=agent, limit=2, page=page) for page in (1, 2, 3, 4)]
    by_offset = listed(server, agent=agent, limit=2, offset=3)
    first = kore(server, agent=agent, limit=3)
    second = kore(server, agent=agent, limit=3, cursor=first["nextCursor"])

    assert by_page == [every[:2], every[2:4], every[4:], []]
    assert by_offset == every[3:5]
    assert (first["total"], first["hasMore"], second["hasMore"], second["nextCursor"]) == (5, True, False, None)
    assert [row["sessionKey"] for row in first["sessions"] + second["sessions"]] == every


def test_a_project_is_a_service(server: RunningServer, operator: Operator) -> None:
    project, key = fresh("shop"), fresh("mine")
    operator.begin(key, "idle", service=project)

    found = kore(server, project=project)
    own = kore(server, at(key), project=project)

    assert [row["sessionKey"] for row in found["sessions"]] == [key]
    assert own["projectId"] == project
    assert refused(server, at(key), project="other").status_code == 404


def test_a_session_tells_its_numbers_and_its_surroundings(server: RunningServer, told: str) -> None:
    """Acceptance 26, 27, 28, 29, 30, 55, 57."""
    row = kore(server, at(told))

    assert (row["agentId"], row["environment"], row["channel"]) == ("router", "staging", "web")
    assert (row["messageCount"], row["traceCount"], row["toolCallCount"]) == (6, 1, 3)
    assert row["cost"] == pytest.approx(0.2)
    assert 59_000 <= row["durationMs"] <= 62_000
    assert row["tokens"]["total"] == 220
    assert listed(server, search=told) == [told]


def test_a_session_tells_who_took_part_and_its_state(server: RunningServer, told: str) -> None:
    """Acceptance 4, 31, 39, 40, 41, 43, 50."""
    row = kore(server, at(told))

    assert {"router", "billing"} <= {one["agent_id"] for one in row["participants"]}
    [handoff] = [one for one in row["handoffs"] if not one["inferred"]]
    assert (handoff["from"], handoff["to"], handoff["context"]) == ("router", "billing", {"order": 4711})
    assert row["variables"] == {"order": 4711}
    assert (row["stateChanges"][0]["old"], row["stateChanges"][0]["new"]) == (None, 4711)


def test_messages_are_read_in_order(server: RunningServer, told: str) -> None:
    """Acceptance 2, 11."""
    said = [one for one in kore(server, at(told, "/messages"))["messages"] if one["kind"] == "message"]

    assert (said[0]["role"], said[0]["content"]) == ("user", "Where is order 4711?")
    assert (said[-1]["role"], said[-1]["content"]) == ("assistant", "It is in Graz.")


@pytest.mark.parametrize(
    ("event_type", "ids"),
    [
        ("llm_call", ["llm", "slow"]),
        ("tool_call", ["tool", "fail1", "fail2"]),
        ("tool_result", ["tool", "fail1", "fail2"]),
        ("decision", ["route", "plan"]),
        ("handoff", ["hand"]),
        ("state_change", ["state"]),
        ("guardrail_eval", ["pass", "block"]),
        ("response", ["answer"]),
        ("message", ["ask"]),
    ],
)
def test_traces_are_filtered_by_event_type(server: RunningServer, told: str, event_type: str, ids: list[str]) -> None:
    """Acceptance 3, 5, 6, 7, 45, 46, 47, 48, 49, 50, 51."""
    found = kore(server, at(told, "/traces"), eventType=event_type)["traces"]

    assert [one["spanId"].removeprefix(f"{told}-") for one in found] == ids
    assert {one["eventType"] for one in found} == {event_type}


def test_errors_are_whatever_failed(server: RunningServer, told: str) -> None:
    """Acceptance 44, 52."""
    found = kore(server, at(told, "/traces"), eventType="error")["traces"]

    spans = {one["spanId"].removeprefix(f"{told}-") for one in found}
    assert spans == {"fail1", "fail2", "broke"}
    assert all(one["error"]["message"] and one["traceId"] for one in found)


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("routing", ["route"]),
        ("planning", ["plan"]),
        ("handoff", ["hand"]),
        ("guardrail", ["pass", "block"]),
        ("x", []),
    ],
)
def test_traces_are_filtered_by_decision_kind(server: RunningServer, told: str, kind: str, ids: list[str]) -> None:
    """Acceptance 48, 49."""
    found = kore(server, at(told, "/traces"), decisionKind=kind)["traces"]

    assert [one["spanId"].removeprefix(f"{told}-") for one in found] == ids
    assert all(one["decisionKind"] == kind for one in found)


def test_traces_come_in_order_of_time_with_their_timing(server: RunningServer, told: str) -> None:
    """Acceptance 14, 15, 47, 53, 56."""
    found = kore(server, at(told, "/traces"))["traces"]

    assert [one["timestamp"] for one in found] == sorted(one["timestamp"] for one in found)
    slow = next(one for one in found if one["spanId"] == f"{told}-slow")
    assert 19_000 <= slow["durationMs"] <= 21_000
    assert (slow["modelRequested"], slow["model"], slow["tokens"]) == (
        "gpt-5-auto",
        "gpt-5",
        {"input": 100, "output": 20},
    )
    tool, result = (one for one in found if one["toolCallId"] == "c1")
    assert (tool["eventType"], result["eventType"], result["pairedSpanId"]) == (
        "tool_call",
        "tool_result",
        tool["spanId"],
    )


def test_traces_are_paged(server: RunningServer, told: str) -> None:
    every = kore(server, at(told, "/traces"))["traces"]
    found: list[Json] = []
    cursor = ""
    while cursor is not None:
        page = kore(server, at(told, "/traces"), limit=4, **({"cursor": cursor} if cursor else {}))
        found += page["traces"]
        cursor = page["nextCursor"]

    assert found == every


def test_a_sifted_page_leaves_nothing_out(server: RunningServer, told: str) -> None:
    first = kore(server, at(told, "/traces"), decisionKind="guardrail", limit=1)
    second = kore(server, at(told, "/traces"), decisionKind="guardrail", limit=1, cursor=first["nextCursor"])

    found = [one["spanId"] for one in (*first["traces"], *second["traces"])]
    assert found == [f"{told}-pass", f"{told}-block"]


def test_traces_come_with_payloads_and_metrics_when_asked(server: RunningServer, told: str) -> None:
    """Acceptance 16."""
    found = kore(server, at(told, "/traces"), eventType="tool_call", include="payloads,metrics")

    tool = found["traces"][0]
    assert (tool["request"][0]["value"], tool["response"][0]["value"]) == ({"id": 4711}, "Graz")
    assert found["metrics"]["tools"]["calls"] == 3


def test_children_of_a_span_come_with_payloads(server: RunningServer, told: str) -> None:
    root = quote(f"{told}-root", safe="")
    found = kore(server, at(told, f"/traces/{root}/children"), limit=2)
    rest = kore(server, at(told, f"/traces/{root}/children"), offset=2)
    below_call = kore(server, at(told, f"/traces/{quote(f'{told}-slow', safe='')}/children"))

    names = [one["spanId"].removeprefix(f"{told}-") for one in found["children"] + rest["children"]]
    assert names == ["ask", "llm", "slow", "fail1", "fail2"]
    assert (found["total"], found["hasMore"], rest["hasMore"]) == (5, True, False)
    assert below_call["children"][0]["request"][0]["value"] == {"id": 4711}
    assert kore(server, at(told, f"/traces/{root}"))["spanId"] == f"{told}-root"


def test_metrics_tell_latency_tokens_tools_and_guardrails(server: RunningServer, told: str) -> None:
    """Acceptance 8, 54, 58, 59, 60, 61, 62, 63."""
    found = kore(server, at(told, "/metrics"))

    assert 59_000 <= found["totalLatencyMs"] <= 62_000
    assert [round(turn["latencyMs"], -3) for turn in found["turns"]] == [60_000]
    assert (found["llm"]["calls"], found["llm"]["tokensPerCall"]) == (2, 110)
    assert [(call["model"], call["totalTokens"]) for call in found["llm"]["perCall"]] == [
        ("gpt-5", 100),
        ("gpt-5", 120),
    ]
    assert (found["tools"]["calls"], found["tools"]["successRate"]) == (3, pytest.approx(1 / 3))
    assert {tool["name"]: tool["successRate"] for tool in found["tools"]["byTool"]} == {"orders": 1, "mail": 0}
    assert (found["guardrails"]["evaluations"], found["guardrails"]["blockRate"]) == (2, 0.5)
    assert found["cost"] == pytest.approx(0.2)
    assert [model["model"] for model in found["models"]] == ["gpt-5"]


def test_metrics_of_an_empty_session_divide_by_nothing(server: RunningServer, operator: Operator) -> None:
    key = fresh("empty")
    operator.begin(key, "idle")

    found = kore(server, at(key, "/metrics"))

    assert (found["llm"]["tokensPerCall"], found["tools"]["successRate"], found["guardrails"]["blockRate"]) == (
        None,
    ) * 3


def test_analysis_finds_slow_spans(server: RunningServer, told: str) -> None:
    found = kore(server, at(told, "/analysis"))

    [slow] = found["slowSpans"]
    assert (slow["spanId"], slow["reason"]) == (f"{told}-slow", "longer than 10000 ms")
    assert any(one["kind"] == "latency" and f"{told}-slow" in one["spanIds"] for one in found["suggestions"])


def test_analysis_finds_what_is_slow_among_its_like(server: RunningServer, operator: Operator) -> None:
    key = fresh("odd")
    for number, took_s in enumerate((0.1, 0.1, 0.1, 0.1, 2.0)):
        times = {"started_at": seconds_ago(60 - number), "ended_at": seconds_ago(60 - number - took_s)}
        operator.tell({"session": key, "type": "tool_call", "tool_name": "look", "input": number, **times})

    [slow] = kore(server, at(key, "/analysis"))["slowSpans"]

    assert (slow["name"], slow["typicalMs"]) == ("look", pytest.approx(100, abs=10))
    assert slow["reason"].endswith("times as long as usual")


def test_analysis_groups_errors_that_differ_in_numbers_only(server: RunningServer, told: str) -> None:
    """Acceptance 44."""
    [mail, server_away] = kore(server, at(told, "/analysis"))["errorPatterns"]

    assert (mail["name"], mail["count"], mail["pattern"]) == ("mail", 2, "no route to #.#.#.#")
    assert mail["spanIds"] == [f"{told}-fail1", f"{told}-fail2"]
    assert mail["recovered"] is False
    assert (server_away["eventType"], server_away["count"]) == ("error", 1)


def test_analysis_finds_odd_decisions(server: RunningServer, told: str) -> None:
    """Acceptance 5, 48."""
    found = kore(server, at(told, "/analysis"))["decisionAnomalies"]

    assert [(one["kind"], one["spanIds"]) for one in found] == [
        ("low_confidence", [f"{told}-route"]),
        ("not_an_option", [f"{told}-plan"]),
    ]


def test_analysis_finds_loops_and_says_what_to_do(server: RunningServer, operator: Operator) -> None:
    key = fresh("loops")
    for number in range(3):
        at_s = {"started_at": seconds_ago(60 - number)}
        there = {"from": "a", "to": "b"} if number % 2 else {"from": "b", "to": "a"}
        operator.tell(
            {"session": key, "type": "handoff", "details": there, **at_s},
            {"session": key, "type": "decision", "details": {"decision": "again"}, **at_s},
            {"session": key, "type": "tool_call", "tool_name": "look", "input": {"at": 1}, "output": "x", **at_s},
        )

    found = kore(server, at(key, "/analysis"))

    assert {(one["kind"], one["count"]) for one in found["decisionAnomalies"]} == {
        ("handoff_loop", 3),
        ("repeated_decision", 3),
        ("repeated_tool_call", 3),
    }
    assert len([one for one in found["suggestions"] if one["kind"] == "loops"]) == 3


def test_analysis_takes_long_arguments_for_the_same_only_if_they_are(server: RunningServer, operator: Operator) -> None:
    key, long = fresh("long"), "the same beginning " * 30
    for number in range(6):
        plan = {"plan": long, "step": number if number < 3 else "the last"}
        at_s = seconds_ago(60 - number)
        operator.tell({"session": key, "type": "tool_call", "tool_name": "write", "input": plan, "started_at": at_s})

    [found] = kore(server, at(key, "/analysis"))["decisionAnomalies"]

    assert (found["kind"], found["count"]) == ("repeated_tool_call", 3)


@pytest.mark.parametrize("path", ["/export", "/traces/export"])
def test_a_session_is_exported_whole(server: RunningServer, told: str, path: str) -> None:
    whole = kore(server, at(told, path))
    lines = [json.loads(line) for line in refused(server, at(told, path), format="jsonl").text.splitlines()]

    assert whole["session"]["sessionKey"] == told
    assert len(whole["traces"]) == 15
    assert [line["trace"] for line in lines[1:]] == whole["traces"]
    tool = next(one for one in whole["traces"] if one["spanId"] == f"{told}-tool")
    assert tool["response"][0]["value"] == "Graz"


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("", {"status": "Sleeping"}, 422),
        ("", {"status": "Archived,Failed"}, 422),
        ("", {"limit": "many"}, 422),
        ("", {"limit": 1_000_000}, 422),
        ("", {"sortBy": "mood"}, 422),
        ("", {"sortOrder": "up"}, 422),
        ("", {"range": "1y"}, 422),
        ("", {"from": "yesterday"}, 422),
        ("", {"cursor": "nowhere"}, 422),
        ("/nobody", {}, 404),
        ("/nobody/traces", {}, 404),
        ("/nobody/analysis", {}, 404),
    ],
)
def test_mistakes_are_told_in_kores_form(server: RunningServer, path: str, parameters: Json, status: int) -> None:
    answer = refused(server, path, **parameters)

    assert answer.status_code == status
    assert answer.json()["success"] is False
    assert set(answer.json()["error"]) == {"code", "message", "statusCode"}


def test_mistakes_in_traces_are_told(server: RunningServer, told: str) -> None:
    assert refused(server, at(told, "/traces"), include="gossip").status_code == 422
    assert refused(server, at(told, "/traces"), cursor="nowhere").status_code == 422
    assert refused(server, at(told, "/traces/nothing/children")).status_code == 404
    assert refused(server, at(told, "/traces/nothing")).status_code == 404
    assert refused(server, at(told, "/export"), format="pdf").status_code == 422
    assert server.request("GET", "/kore/api/nothing").json()["error"]["code"] == "NOT_FOUND"
    assert server.request("POST", "/kore/api/projects/default/sessions").json()["success"] is False
