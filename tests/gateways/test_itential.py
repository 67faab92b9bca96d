"""Itential's published MCP server and SDK, unmodified, and the wire itself, against a real server.

They need other versions of libraries than we do, so they live in an environment of their own and are driven by lines.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.gateways.itential_clients import Clients, Refusal
from tests.running_server import RunningServer, started
from tests.steering_http.operators import Operator, fresh, until
from tests.steering_http.played_runtime import PlayedRuntime

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("itential") / "data", "--gateway-root", "itential") as running:
        yield running


@pytest.fixture(scope="module")
def clients(foreign_python: Path, server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    found = Clients(foreign_python, server, tmp_path_factory.mktemp("driver") / "log")
    yield found
    found.close()


@pytest.fixture
def operator(server: RunningServer) -> Operator:
    return Operator(server)


class Platform:
    """The wire, as its REST documentation tells it."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        return self._server.request(method, f"/itential{path}", **given)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.send("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sessions(self, **params: Any) -> Any:
        return self.get("/agent-session-manager/sessions", **params)

    def session(self, session_id: str) -> Json:
        found: Json = self.get(f"/agent-session-manager/sessions/{session_id}")
        return found

    def messages(self, session_id: str, **params: Any) -> list[Json]:
        found: list[Json] = self.get(f"/agent-session-manager/sessions/{session_id}/messages", **params)
        return found

    def act(self, session_id: str, action: str, **body: Any) -> httpx.Response:
        return self.send("POST", f"/agent-session-manager/sessions/{session_id}", json={"action": action, **body})


@pytest.fixture
def platform(server: RunningServer) -> Platform:
    return Platform(server)


def model_call(key: str, text: str, seq: int = 0, **fields: Any) -> Json:
    record = {"session": key, "type": "llm_call", "name": "chat", "model": "gpt-5", "provider": "openai", "seq": seq}
    return {**record, "input": "go", "output": text, "input_tokens": 100, "output_tokens": 10, **fields}


def tool_call(key: str, name: str, seq: int = 0, **fields: Any) -> Json:
    return {
        "session": key,
        "type": "tool_call",
        "name": name,
        "input": {"n": 1},
        "output": {"ok": True},
        "seq": seq,
        **fields,
    }


def test_the_mcp_server_lists_sessions_of_every_status(clients: Clients, operator: Operator) -> None:
    """Acceptance 185: what any sender told is listed, page after page, and each of them once."""
    agent = fresh("fleet")
    keys = [fresh("listed") for _ in range(130)]
    operator.tell(*({"session": key, "kind": "run", "status": "completed", "agent_id": agent} for key in keys))
    operator.tell(model_call(keys[0], "all good"))

    found = clients.tool("get_sessions", agent_name=agent)

    assert len(found) == len({one["session_id"] for one in found}) == len(keys)
    assert {one["status"] for one in found} == {"COMPLETE"}
    counted = next(one for one in found if one["total_input_tokens"])
    assert (counted["total_input_tokens"], counted["total_output_tokens"]) == (100, 10)


def test_the_mcp_server_describes_a_session_with_its_activity_and_output(clients: Clients, operator: Operator) -> None:
    """Acceptance 197: reasoning, tool calls and the final response, in their order."""
    key = fresh("described")
    session_id = operator.begin(key, agent_id="auditor")
    operator.tell(
        model_call(key, "I look at the routers", 1), tool_call(key, "show_run", 2), model_call(key, "All safe", 3)
    )
    operator.tell({"session": key, "status": "completed"})

    found = clients.tool("describe_session", session_id=session_id)

    assert (found["agent_name"], found["status"], found["output"]) == ("auditor", "COMPLETE", "All safe")
    assert [message["type"] for message in found["messages"]] == [
        "inference-succeeded",
        "tool-execution",
        "inference-succeeded",
        "agent-session-completed",
    ]


def test_the_mcp_server_counts_tokens_of_agents_sessions_and_turns(clients: Clients, operator: Operator) -> None:
    agent, key = fresh("spender"), fresh("spent")
    session_id = operator.begin(key, agent_id=agent)
    operator.tell(model_call(key, "one", 1), model_call(key, "two", 2))
    operator.tell({"session": key, "status": "completed"})

    by_agent = clients.tool("get_agent_token_usage", agent_name=agent)
    by_session = clients.tool("get_agent_session_token_usage", agent_name=agent)
    by_turn = clients.tool("describe_session_token_usage", session_id=session_id)

    assert [(one["agent_name"], one["total_tokens"]) for one in by_agent] == [(agent, 220)]
    assert [(one["session_id"], one["total_tokens"]) for one in by_session] == [(session_id, 220)]
    assert (by_turn["summary"]["turn_count"], by_turn["summary"]["total_tokens"]) == (2, 220)


def test_an_exposed_agent_is_triggered_and_its_session_appears_at_once(
    clients: Clients, server: RunningServer, operator: Operator, platform: Platform
) -> None:
    """Acceptance 174, 179: an API trigger starts a session; it is listed before anything runs it."""
    agent, name, route = fresh("agent"), fresh("Nightly audit"), fresh("audit")
    schema = {"type": "object", "required": ["site"], "properties": {"site": {"type": "string"}}}
    clients.tool("expose_agent", agent_id=agent, automation_name=name, route_name=route, endpoint_schema=schema)

    started = clients.tool("trigger_automation", route_name=route, data={"site": "Oslo"})

    session_id = started.get("session_id") or started["result"]["session_id"]
    session = platform.session(session_id)
    assert (session["status"], session["inputs"]) == ("PENDING", {"site": "Oslo"})
    assert session["trigger"] == {
        "type": "endpoint",
        "name": f"API Route for {name}",
        "source": f"API Route for {name}",
    }
    assert session["agentSnapshot"]["name"] == agent
    automation = next(one for one in clients.tool("get_automations") if one["name"] == name)
    assert (automation["route_name"], automation["component_type"]) == (route, "agents")
    assert automation["last_executed"]
    assert next(one for one in clients.tool("get_agents") if one["name"] == name)["agent_id"] == agent
    assert clients.tool("get_workflows") == []
    with pytest.raises(Refusal):
        clients.tool("trigger_automation", route_name=route, data={"site": 7})
    own = operator.session(session_id)
    PlayedRuntime(server, own["key"])
    operator.tell({"session": own["key"], "status": "running"})
    assert platform.session(session_id)["status"] == "RUNNING"


def test_a_route_is_taken_once_and_an_automation_can_be_deleted(clients: Clients) -> None:
    route = fresh("route")
    clients.tool("expose_agent", agent_id="a", automation_name=fresh("first"), route_name=route)
    second = fresh("second")

    with pytest.raises(Refusal, match="route"):
        clients.tool("expose_agent", agent_id="a", automation_name=second, route_name=route)

    found = clients.sdk("get", "/operations-manager/automations", params={"limit": 100, "skip": 0})
    assert second not in {one["name"] for one in found["data"]}  # the client takes it back
    assert found["metadata"]["total"] >= len(found["data"])


def test_agents_that_ran_are_offered(clients: Clients, operator: Operator) -> None:
    agent = fresh("seen")
    operator.begin(fresh("run"), agent_id=agent)
    clients.tool("expose_agent", agent_id=fresh("other"), automation_name=fresh("kept"))

    agents = clients.tool("get_agents")

    assert [one["route_name"] for one in agents if one["agent_id"] == agent] == [None]


def test_logins_by_cookie_oauth_and_basic_name_the_person(clients: Clients, platform: Platform) -> None:
    """Acceptance 176, 188: Save and Run names the person who pressed it."""
    body = {"agentDefinitionId": "a", "inputs": {}}
    basic = {"authorization": "Basic " + base64.b64encode(b"bob:secret").decode()}
    path = "/agent-session-manager/sessions"

    started = [
        clients.sdk("post", path, json=body)["sessionId"],
        clients.sdk("post", path, login="oauth", json=body)["sessionId"],
        platform.send("POST", path, json=body, headers=basic).json()["sessionId"],
    ]

    found = [platform.session(session_id)["trigger"] for session_id in started]
    assert [one["source"] for one in found] == ["ada", "robot", "bob"]
    assert {one["type"] for one in found} == {"manual"}


def test_a_login_without_a_name_and_a_foreign_token_are_refused(platform: Platform) -> None:
    nobody = platform.send("POST", "/login", json={"user": {"username": ""}})
    foreign = platform.send("GET", "/agent-session-manager/sessions", headers={"authorization": "Bearer abc"})

    json_body = {"content-type": "application/json"}
    garbled = platform.send("POST", "/oauth/token", content=b"\xff", headers=json_body)

    assert [answer.status_code for answer in (nobody, foreign, garbled)] == [401, 401, 401]
    assert set(foreign.json()) == {"message", "code"}
    assert "token=" in platform.send("POST", "/login", json={"user": {"username": "ada"}}).headers["set-cookie"]


@pytest.mark.parametrize(("kind", "ours"), [("manual", "manual"), ("schedule", "schedule"), ("eventSystem", "event")])
def test_every_kind_of_trigger_starts_a_session(operator: Operator, platform: Platform, kind: str, ours: str) -> None:
    """Acceptance 177, 178, 180, 187, 188."""
    made = platform.send(
        "POST",
        "/operations-manager/automations",
        json={"name": fresh("auto"), "componentType": "agents", "componentId": "cleaner"},
    )
    name = fresh("every night")
    trigger = platform.send(
        "POST",
        "/operations-manager/triggers",
        json={"name": name, "type": kind, "actionId": made.json()["data"]["_id"]},
    )

    answer = platform.send("POST", f"/operations-manager/triggers/{kind}/{trigger.json()['data']['_id']}", json={})

    session = platform.session(answer.json()["data"]["sessionId"])
    assert (session["trigger"]["type"], session["trigger"]["name"]) == (kind, name)
    assert session["trigger"]["source"] == ("local" if kind == "manual" else name)
    own = operator.session(session["sessionId"])
    assert (own["trigger"]["type"], own["agent_id"]) == (ours, "cleaner")


def test_a_workflow_runs_an_agent_and_is_its_source(platform: Platform) -> None:
    """Acceptance 181, 188, 189."""
    signature = {
        "location": "Application",
        "serviceName": "WorkFlowEngine",
        "methodName": "resume",
        "identifier": "Upgrade",
    }

    body = {"agent": "planner", "inputs": {"goal": "plan"}, "terminationCallbackSignature": signature}
    answer = platform.send("POST", "/agent-session-manager/sessions/run-agent", json=body)

    session = platform.session(answer.json()["sessionId"])
    assert (answer.status_code, answer.json()["status"]) == (201, "PENDING")
    assert session["trigger"] == {"type": "job", "name": "Upgrade", "source": "Upgrade"}
    assert "Upgrade" in platform.get("/agent-session-manager/sessions/sources")


def test_an_agent_that_calls_an_agent_starts_a_session_of_its_own(operator: Operator, platform: Platform) -> None:
    """Acceptance 182, 189, 206."""
    caller, called = fresh("caller"), fresh("called")
    caller_id = operator.begin(caller, agent_id="chief")
    called_id = operator.begin(called, agent_id="helper", parent=caller, trigger={"type": "agent", "source": "chief"})
    operator.tell(tool_call(caller, "helper", details={"called_conversation": called}))

    session = platform.session(called_id)

    assert (session["sessionType"], session["parentSessionId"]) == ("child", caller_id)
    assert session["trigger"] == {"type": "session", "name": "chief", "source": "chief"}
    assert platform.session(caller_id)["sessionType"] == "root"
    assert platform.messages(caller_id)[0]["data"]["startedSessionId"] == called_id


def test_the_list_is_filtered_sorted_and_paged(operator: Operator, platform: Platform) -> None:
    """Acceptance 185, 186: the latest first by default; the total is of what passes the filter."""
    agent = fresh("sorted")
    keys = [fresh(f"s{place}") for place in range(5)]
    for place, key in enumerate(keys):
        operator.tell(
            {"session": key, "agent_id": agent, "kind": "run", "status": "failed" if place == 2 else "completed"}
        )
        operator.tell(model_call(key, "x", input_tokens=10 * place + 1, started_at=1_700_000_000 + 60 * place))
    ids = [operator.session(key)["id"] for key in keys]

    newest_first = platform.sessions(**{"filters[]": f"agentDefinitionId:{agent}"})
    pages = [platform.sessions(agentName=agent, limit=2, offset=offset)["data"] for offset in (0, 2, 4)]
    by_tokens = platform.sessions(**{"filters[agentDefinitionId]": agent}, sortBy="totalInputTokens", sortOrder="asc")
    failed = platform.sessions(
        **{"filters[]": json.dumps([{"field": "status", "value": "FAILED"}, {"agentName": agent}])}
    )

    assert [one["sessionId"] for one in newest_first["data"]] == ids[::-1]
    assert newest_first["total"] == newest_first["metadata"]["total"] == 5
    assert [one["sessionId"] for page in pages for one in page] == ids[::-1]
    assert [one["sessionId"] for one in by_tokens["data"]] == ids
    assert ([one["sessionId"] for one in failed["data"]], failed["total"]) == ([ids[2]], 1)


@pytest.mark.parametrize(
    "written",
    [
        {"filters[]": "agentName:{agent}"},
        {"filters[agentName]": "{agent}"},
        {"filters": '{"agentName": "{agent}"}'},
        {"filters[0][field]": "agentName", "filters[0][value]": "{agent}"},
        {"filters[0][field]": "agentName", "filters[0][values][0]": "{agent}"},
        {"equals[agentName]": "{agent}"},
        {"equalsField": "agentName", "equals": "{agent}"},
        {"agentName": "{agent}"},
    ],
)
def test_a_filter_holds_in_each_form_that_clients_write(
    platform: Platform, operator: Operator, written: dict[str, str]
) -> None:
    agent = fresh("filtered")
    operator.begin(fresh("run"), agent_id=agent)

    found = platform.sessions(**{name: value.replace("{agent}", agent) for name, value in written.items()})

    assert (found["total"], [one["agentDefinitionId"] for one in found["data"]]) == (1, [agent])


def test_who_started_a_session_is_found_by_name(platform: Platform) -> None:
    name = fresh("ada")
    started = platform.send(
        "POST", "/agent-session-manager/sessions", json={"agentDefinitionId": "scout", "inputs": {}}, auth=(name, "x")
    ).json()

    found = platform.sessions(**{"filters[]": f"createdBy:{name}"})

    assert [(one["sessionId"], one["createdBy"]) for one in found["data"]] == [(started["sessionId"], name)]


@pytest.mark.parametrize(
    "params", [{"limit": 101}, {"limit": "x"}, {"sortBy": "name"}, {"filters[]": "nothing:1"}, {"status": "HUNGRY"}]
)
def test_a_list_parameter_that_cannot_be_is_told_of(platform: Platform, params: Json) -> None:
    answer = platform.send("GET", "/agent-session-manager/sessions", params=params)

    assert answer.status_code == 422
    assert set(answer.json()) == {"message", "code"}


def test_rows_have_whole_numbers_and_always_a_snapshot(operator: Operator, platform: Platform) -> None:
    key = fresh("bare")
    operator.say(key, "hello", "hi")

    row = platform.session(operator.session(key)["id"])

    numbers = ("duration", "durationMs", "iterationCount", "toolGroupCount", "totalToolCallCount", "totalInputTokens")
    assert all(type(row[name]) is int for name in numbers)
    assert isinstance(row["agentSnapshot"], dict)
    assert row["startedAt"].endswith("Z")


def test_the_summary_shows_the_prompt_with_its_inputs(operator: Operator, platform: Platform) -> None:
    """Acceptance 196."""
    key = fresh("prompted")
    session_id = operator.begin(key, prompt_template="Check {{ device }} now", prompt_inputs={"device": "r1"})

    session = platform.session(session_id)

    assert session["agentSnapshot"]["instructions"] == "Check r1 now"
    assert session["inputs"] == {"device": "r1"}


def test_pausing_lasts_until_the_tool_call_in_flight_ends_and_resume_goes_on(
    server: RunningServer, clients: Clients, operator: Operator, platform: Platform
) -> None:
    """Acceptance 193, 194, 207, 208, 209: the SDK steers, the activity tells."""
    key = fresh("paused")
    session_id = operator.begin(key)
    runtime = PlayedRuntime(server, key, tools_in_flight=1)
    path = f"/agent-session-manager/sessions/{session_id}"
    assert platform.session(session_id)["allowedActions"] == ["PAUSE", "CANCEL"]

    asked = clients.sdk("post", path, json={"action": "PAUSE"})
    runtime.obey()
    while_busy = platform.session(session_id)["status"]
    runtime.hold(key, tools_in_flight=0)
    runtime.confirm()
    runtime.poll()
    paused = platform.session(session_id)
    resumed = clients.sdk("post", path, json={"action": "RESUME"})
    runtime.obey()

    assert (asked["status"], while_busy, paused["status"], resumed["status"]) == (
        "PAUSING",
        "PAUSING",
        "PAUSED",
        "RUNNING",
    )
    assert paused["allowedActions"] == ["RESUME", "CANCEL"]
    kinds = {"agent-session-paused", "agent-session-resumed"}
    told = until(lambda: len(found := [m for m in platform.messages(session_id) if m["type"] in kinds]) == 2 and found)
    assert [message["type"] for message in told] == ["agent-session-paused", "agent-session-resumed"]
    assert told[0]["category"] == "AGENT_STATUS"
    assert told[0]["data"]["actor"] == "local (ada)"
    assert type(told[1]["data"]["pauseDurationMs"]) is int


def test_a_cancel_is_for_good_and_leaves_called_sessions_alone(
    server: RunningServer, operator: Operator, platform: Platform
) -> None:
    """Acceptance 193, 194, 211, 212, 213."""
    key, called = fresh("canceled"), fresh("called")
    session_id = operator.begin(key)
    called_id = operator.begin(called, parent=key)
    runtime = PlayedRuntime(server, key, called, tools_in_flight=1)

    asked = platform.act(session_id, "CANCEL", canceledBy="ada", correlationId="c-1").json()
    runtime.obey()
    runtime.hold(key, tools_in_flight=0)
    runtime.confirm()
    runtime.poll()

    session = platform.session(session_id)
    assert (asked["status"], session["status"], session["canceledBy"]) == ("CANCELING", "CANCELED", "local (ada)")
    assert session["allowedActions"] == ["DELETE"]
    assert platform.session(called_id)["status"] == "RUNNING"
    refused = platform.act(session_id, "RESUME")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_state")
    assert "delete" in refused.json()["allowed"]
    told = until(lambda: [m for m in platform.messages(session_id) if m["type"] == "agent-session-canceled"])
    assert told[0]["data"]["canceledBy"] == "local (ada)"


def test_what_has_not_begun_can_be_canceled_and_nothing_else(clients: Clients, platform: Platform) -> None:
    """Acceptance 190, 193."""
    body = {"agentDefinitionId": "a", "inputs": {}}
    session_id = clients.sdk("post", "/agent-session-manager/sessions", json=body)["sessionId"]
    assert platform.session(session_id)["allowedActions"] == ["CANCEL"]

    assert platform.act(session_id, "PAUSE").status_code == 409
    assert platform.act(session_id, "CANCEL").status_code == 200

    until(lambda: platform.session(session_id)["status"] == "CANCELED")


def test_an_action_that_is_none_is_told_of(operator: Operator, platform: Platform) -> None:
    session_id = operator.begin(fresh("odd"))

    answers = [
        platform.act(session_id, "EXPLODE"),
        platform.act(str(uuid4()), "PAUSE"),
        platform.act(session_id, "PAUSE"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (422, "invalid"),
        (404, "not_found"),
        (409, "not_controllable"),
    ]


def test_only_what_is_over_can_be_deleted_and_then_it_is_gone(operator: Operator, platform: Platform) -> None:
    """Acceptance 214, 215."""
    key = fresh("deleted")
    session_id = operator.begin(key)
    path = f"/agent-session-manager/sessions/{session_id}"
    assert platform.send("DELETE", path).status_code == 409
    operator.tell({"session": key, "status": "completed"})

    deleted = platform.send("DELETE", path)

    assert (deleted.status_code, deleted.json()["sessionId"]) == (200, session_id)
    assert platform.send("GET", path).status_code == 404
    assert platform.send("GET", f"{path}/messages").status_code == 404


def test_failures_tell_their_reason(operator: Operator, platform: Platform) -> None:
    """Acceptance 193."""
    key = fresh("failed")
    session_id = operator.begin(key)
    operator.tell(model_call(key, "", status="error", error={"type": "RateLimit", "message": "slow down"}))
    operator.tell({"session": key, "status": "failed", "status_reason": "no answer"})

    session, told = platform.session(session_id), platform.messages(session_id)

    assert (session["status"], session["errorMessage"], session["errorCategory"]) == (
        "FAILED",
        "no answer",
        "exception",
    )
    assert [message["type"] for message in told] == ["inference-failed", "agent-session-failed"]
    assert told[0]["text"] == "slow down"


def test_a_session_that_its_sender_canceled_ends_so_in_its_activity(operator: Operator, platform: Platform) -> None:
    key = fresh("sender")
    session_id = operator.begin(key)
    operator.tell(tool_call(key, "ping"), {"session": key, "status": "canceled"})

    assert [one["type"] for one in platform.messages(session_id)] == ["tool-execution", "agent-session-canceled"]
    assert platform.session(session_id)["canceledBy"] is None


def test_a_session_without_model_calls_tells_what_was_said(operator: Operator, platform: Platform) -> None:
    key = fresh("spoken")
    operator.say(key, "hello", "good day")

    told = platform.messages(operator.session(key)["id"])

    assert [(one["type"], one["text"]) for one in told] == [
        ("user-message", "hello"),
        ("inference-succeeded", "good day"),
    ]


def test_a_result_that_came_alone_belongs_to_its_call(operator: Operator, platform: Platform) -> None:
    key = fresh("result")
    session_id = operator.begin(key)
    call = {"session": key, "type": "tool_call", "name": "ping", "status": "pending", "tool_call_id": "c1"}
    operator.tell(call, {"session": key, "type": "tool_result", "name": "ping", "tool_call_id": "c1", "output": "pong"})

    [told] = platform.messages(session_id)

    assert (told["data"]["status"], told["data"]["output"]) == ("succeeded", "pong")


def test_activity_is_filtered_to_reasoning_and_to_tool_calls(operator: Operator, platform: Platform) -> None:
    """Acceptance 198, 199."""
    key = fresh("tabs")
    session_id = operator.begin(key)
    thought = {"session": key, "type": "reasoning", "input": "hm", "seq": 1}
    operator.tell(thought, model_call(key, "so", 2), tool_call(key, "ping", 3), {"session": key, "status": "completed"})

    reasoning = platform.messages(session_id, category="AGENT_REASONING")
    tools = platform.messages(session_id, **{"filters[]": "category:TOOL_CALLED"})
    same = platform.messages(session_id, filters='{"type": "tool-execution"}')
    path = f"/agent-session-manager/sessions/{session_id}/messages"
    unknown = platform.send("GET", path, params={"filters[]": "toolName:look"})

    assert [message["text"] for message in reasoning] == ["hm", "so"]
    assert [message["data"]["toolName"] for message in tools] == ["ping"]
    assert same == tools
    assert (unknown.status_code, "by category" in unknown.json()["message"]) == (422, True)
    assert all(type(message["timestamp"]) is int for message in (*reasoning, *tools))


def test_each_tool_call_ends_in_a_definite_state(operator: Operator, platform: Platform) -> None:
    """Acceptance 200."""
    key = fresh("states")
    session_id = operator.begin(key)
    operator.tell(
        tool_call(key, "good", 1),
        tool_call(key, "bad", 2, status="error", error={"type": "Timeout", "message": "too slow"}),
        {"session": key, "type": "tool_call", "name": "long", "status": "pending", "seq": 3},
    )
    assert [one["data"]["status"] for one in platform.messages(session_id)] == ["succeeded", "failed", "running"]

    operator.tell({"session": key, "status": "completed"})

    found = platform.messages(session_id, category="TOOL_CALLED")
    assert [one["data"]["status"] for one in found] == ["succeeded", "failed", "failed"]
    assert (found[1]["data"]["errorMessage"], found[0]["data"]["output"]) == ("too slow", {"ok": True})


def test_messages_come_in_pages_or_all_and_one_comes_whole(operator: Operator, platform: Platform) -> None:
    key = fresh("pages")
    session_id = operator.begin(key)
    operator.tell(*(tool_call(key, f"t{place:03}", place, input={"text": "x" * 9_000}) for place in range(120)))

    everything = platform.messages(session_id)
    second = platform.messages(session_id, page=2, limit=50)
    last = platform.messages(session_id, page=1, limit=1, sortOrder="desc")
    whole = platform.get(f"/agent-session-manager/sessions/{session_id}/messages/{second[0]['eventId']}")

    assert [one["sequenceNumber"] for one in everything] == list(range(1, 121))
    assert [one["eventId"] for one in second] == [one["eventId"] for one in everything[50:100]]
    assert last[0]["eventId"] == everything[-1]["eventId"]
    assert (second[0]["data"]["isInputTruncated"], whole["data"]["isInputTruncated"]) == (True, False)
    assert whole["data"]["input"] == {"text": "x" * 9_000}
    assert platform.send("GET", f"/agent-session-manager/sessions/{session_id}/messages/nothing").status_code == 404


def test_all_messages_of_a_long_session_come_at_once(operator: Operator, platform: Platform) -> None:
    key = fresh("long")
    call = {"session": key, "type": "llm_call", "model": "gpt-5", "output": "said", "kind": "run"}
    operator.tell(*({**call, "input": str(number), "seq": number} for number in range(650)))
    path = f"/agent-session-manager/sessions/{operator.session(key)['id']}/messages"

    everything = platform.send("GET", path).json()
    pages = [
        message
        for page in range(1, 8)
        for message in platform.send("GET", path, params={"page": page, "limit": 100}).json()
    ]

    assert [one["sequenceNumber"] for one in everything] == list(range(1, 651))
    assert pages == everything
    assert platform.send("GET", path, params={"page": 8}).json() == []


def test_a_manual_task_holds_its_session_and_its_submission_lets_it_go_on(
    server: RunningServer, operator: Operator, platform: Platform
) -> None:
    """Acceptance 201, 202, 203, 204."""
    key = fresh("manual")
    session_id = operator.begin(key)
    runtime = PlayedRuntime(server, key)
    waiting = {"session": key, "type": "tool_call", "name": "ask_noc", "status": "pending", "tool_call_id": "call-1"}
    operator.tell(waiting)
    task = operator.open_task(session=key, kind="manual", tool_call_id="call-1")
    of_workflow = operator.open_task(kind="manual", source=fresh("workflow"))
    call = platform.messages(session_id)[0]["data"]
    assert (call["status"], call["workItemId"], call["output"]) == ("pending", task["id"], None)
    assert platform.session(session_id)["status"] == "RUNNING"

    items = platform.get("/work-center-service/work-items", rootExecutionId=session_id)
    open_ids = {one["_id"] for one in platform.get("/work-center-service/work-items", status="open")["data"]}
    done = {"finishState": "success", "variables": {"ticket": 42}}
    answer = platform.send("PATCH", f"/work-center-service/work-items/{task['id']}/complete", json=done)

    assert ([one["_id"] for one in items["data"]], items["total"]) == ([task["id"]], 1)
    assert {task["id"], of_workflow["id"]} <= open_ids
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    told = runtime.poll(tasks=[task["id"]])["tasks"]
    assert told[0]["outcome"] == {"finish_state": "success", "ticket": 42}
    assert operator.session(key)["waiting_on"] == ""


def test_a_cancel_resolves_the_call_that_waits_for_a_human(
    server: RunningServer, operator: Operator, platform: Platform
) -> None:
    """Acceptance 205."""
    key = fresh("withdrawn")
    session_id = operator.begin(key)
    runtime = PlayedRuntime(server, key)
    operator.tell({"session": key, "type": "tool_call", "name": "ask", "status": "pending", "tool_call_id": "c"})
    task = operator.open_task(session=key, kind="manual", tool_call_id="c")

    platform.act(session_id, "CANCEL")
    runtime.obey()

    call = platform.messages(session_id, category="TOOL_CALLED")[0]["data"]
    assert (call["status"], call["canceledBy"]) == ("canceled", "local")
    item = platform.get(f"/work-center-service/work-items/{task['id']}")
    assert item["status"] == "canceled"
    late = platform.send("PATCH", f"/work-center-service/work-items/{task['id']}/complete", json={})
    assert (late.status_code, late.json()["code"]) == (409, "task_closed")


def test_work_items_are_claimed_released_and_assigned(clients: Clients, operator: Operator) -> None:
    task = operator.open_task(kind="manual")
    path = f"/work-center-service/work-items/{task['id']}"

    claimed = clients.sdk("post", f"{path}/claim")
    with pytest.raises(Refusal, match="409"):
        clients.sdk("post", f"{path}/claim", login="oauth")
    assigned = clients.sdk("post", f"{path}/assign", json={"assignee": "eve"})
    released = clients.sdk("post", f"{path}/release")

    assert (claimed["status"], claimed["assignee"]) == ("claimed", "local (ada)")
    assert assigned["assignee"] == "local (eve)"
    assert (released["status"], released["assignee"]) == ("open", None)


def test_an_approval_is_given_and_refused_by_its_finish_state(clients: Clients, operator: Operator) -> None:
    outcomes = []
    for state in ("approve", "reject"):
        task = operator.open_task(kind="approval")
        body = {"finishState": state, "variables": {"reason": "because"}}
        clients.sdk("patch", f"/work-center-service/work-items/{task['id']}/complete", json=body)
        outcomes.append(operator.task(task["id"])["outcome"])

    assert outcomes == [{"approved": True, "reason": "because"}, {"approved": False, "reason": "because"}]


def test_no_workflow_runs_here_and_that_is_told(clients: Clients, platform: Platform) -> None:
    assert clients.tool("get_jobs", name="upgrade") == []
    made = platform.send(
        "POST", "/operations-manager/automations", json={"name": fresh("flow"), "componentType": "workflows"}
    )
    trigger = {"name": fresh("t"), "type": "endpoint", "routeName": fresh("r"), "actionId": made.json()["data"]["_id"]}
    route = platform.send("POST", "/operations-manager/triggers", json=trigger).json()["data"]["routeName"]

    with pytest.raises(Refusal, match="only agents can be started"):
        clients.tool("start_workflow", route_name=route, data={})
