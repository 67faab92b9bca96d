"""Niitaka's own published client works against Sojourn: sessions, events, metrics, signals and decisions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import UUID

import httpx
import niitaka
import pytest
from tests.gateways.niitaka_agent import NiitakaAgent, new_id
from tests.running_server import RunningServer, started
from tests.steering_http.operators import until
from tests.steering_http.played_runtime import PlayedRuntime


@pytest.fixture
def agent(server: RunningServer) -> NiitakaAgent:
    return NiitakaAgent(server)


def test_one_run_is_one_session_from_start_to_end(agent: NiitakaAgent) -> None:
    """Acceptance 115, 116, 117, 121, 122, 123, 124."""
    with agent.start("find a flight", tags={"tier": "gold"}, folder_path="team/a") as session_id:
        agent.client.log_llm("where to?", "Paris", cost=0.25, metadata={"model": "gpt-4o", "provider": "openai"})
        running = agent.until_row(session_id, status="running", total_cost=0.25)
        agent.client.log_tool("search_flights", {"found": 3}, cost=0.5)
    done = agent.until_row(session_id, status="done", total_cost=0.75)

    assert str(UUID(session_id)) == session_id
    assert (running["goal"], running["agent_id"], running["environment"]) == (
        "find a flight",
        agent.agent_id,
        "production",
    )
    assert (done["tags"], done["folder_path"], done["error_count"]) == ({"tier": "gold"}, "team/a", 0)
    rows = agent.told("GET", "/sessions", agent_id=agent.agent_id)
    assert [row["session_id"] for row in rows] == [session_id]


def test_the_list_has_the_wires_statuses_and_error_counts(agent: NiitakaAgent) -> None:
    """Acceptance 125, 133, 139."""
    with agent.start() as session_id:
        agent.client.log_error("the page did not load")
        agent.client.log_error("nor now")
        agent.until_row(session_id, error_count=2)
        assert [row["error_count"] for row in agent.told("GET", "/sessions", agent_id=agent.agent_id)] == [2]
        assert agent.told("GET", "/sessions", agent_id=agent.agent_id, status="done") == []
    agent.until_row(session_id, status="done")

    assert len(agent.told("GET", "/sessions", agent_id=agent.agent_id, status="done")) == 1
    assert agent.call("GET", "/sessions", status="error").status_code == 422


def test_a_session_closes_even_when_the_agent_raises_and_is_never_in_error(agent: NiitakaAgent) -> None:
    """Acceptance 120, 130."""
    with pytest.raises(ValueError, match="no such city"), agent.start() as session_id:
        raise ValueError("no such city")
    row = agent.until_row(session_id, status="done")

    assert row["error_count"] >= 1
    assert agent.session(session_id)["status"] == "failed"


def test_silence_makes_a_session_stale_and_a_heartbeat_brings_it_back(agent: NiitakaAgent) -> None:
    """Acceptance 118, 119."""
    session_id = new_id()
    agent.grow_old(session_id, agent_id=agent.agent_id)

    stale = agent.until_row(session_id, status="stale")
    listed = agent.told("GET", "/sessions", agent_id=agent.agent_id, status="stale")
    agent.told("POST", f"/sessions/{session_id}/heartbeat")

    assert stale["error_count"] == 0
    assert [row["session_id"] for row in listed] == [session_id]
    assert agent.until_row(session_id, status="running")["last_heartbeat_at"]
    assert agent.session(session_id)["revived_count"] == 1


def test_a_childs_heartbeat_keeps_its_callers_alive(agent: NiitakaAgent) -> None:
    """Acceptance 126. The client stops the parent's heartbeat while a nested session runs."""
    caller, called, deepest = new_id(), new_id(), new_id()
    agent.grow_old(caller)
    agent.grow_old(called, parent=caller)
    agent.until_row(caller, status="stale")

    agent.told("POST", "/sessions", {"session_id": deepest, "parent_session_id": called, "agent_id": agent.agent_id})
    agent.told("POST", f"/sessions/{deepest}/heartbeat")

    assert agent.row(deepest)["parent_session_id"] == called
    assert agent.row(called)["parent_session_id"] == caller
    assert agent.until_row(caller, status="running")["error_count"] == 0


def test_stale_and_then_done_is_done(agent: NiitakaAgent) -> None:
    session_id = new_id()
    agent.grow_old(session_id)
    agent.until_row(session_id, status="stale")

    agent.told("PATCH", f"/sessions/{session_id}", {"status": "done"})

    assert agent.row(session_id)["status"] == "done"


def test_an_end_that_overtakes_its_announcement_stays_the_end(agent: NiitakaAgent) -> None:
    session_id = new_id()

    agent.told("PATCH", f"/sessions/{session_id}", {"status": "done"})
    agent.told("POST", f"/sessions/{session_id}/heartbeat")
    agent.told("POST", "/sessions", {"session_id": session_id, "goal": "late", "agent_id": agent.agent_id})

    row = agent.row(session_id)
    assert (row["status"], row["goal"], row["agent_id"]) == ("done", "late", agent.agent_id)


def test_a_session_that_is_entered_again_runs_again(agent: NiitakaAgent) -> None:
    context = agent.start("twice")
    with context as session_id:
        pass
    agent.until_row(session_id, status="done")

    with context as again:
        agent.until_row(session_id, status="running")
    agent.until_row(session_id, status="done")

    assert again == session_id
    assert len(agent.told("GET", "/sessions", agent_id=agent.agent_id)) == 1


def test_any_call_begins_a_session(agent: NiitakaAgent) -> None:
    by_event, by_beat, by_signal = new_id(), new_id(), new_id()

    event = {"event_id": new_id(), "session_id": by_event, "type": "tool", "data": {"input": "ls", "output": "a"}}
    agent.told("POST", "/events", {**event, "agent_id": agent.agent_id, "goal": "look"})
    agent.told("POST", f"/sessions/{by_beat}/heartbeat")
    agent.told("POST", "/signals", {"session_id": by_signal, "type": "alert", "subtype": "cost_spike"})

    assert [agent.row(one)["status"] for one in (by_event, by_beat, by_signal)] == ["running"] * 3
    assert (agent.row(by_event)["goal"], agent.row(by_event)["agent_id"]) == ("look", agent.agent_id)


def test_events_come_back_in_their_order_and_names(agent: NiitakaAgent) -> None:
    with agent.start() as session_id:
        model = {"model": "gpt-4o", "provider": "openai", "prompt_tokens": 12, "completion_tokens": 3, "latency": 0.5}
        agent.client.log_llm("hello", "hi", cost=0.01, metadata=model)
        parent = niitaka.get_last_llm_event_id()
        agent.client.log_tool("lookup", {"rows": 2}, description="looks it up", parent_event_id=parent)
        agent.client.log_decision("go on")
        agent.client.log_error("oh no")
    rows = agent.until_rows("/events", session_id, 4)

    assert [row["type"] for row in rows] == ["llm", "tool", "decision", "error"]
    assert [row["sequence_num"] for row in rows] == [1, 2, 3, 4]
    llm, tool, decision, error = rows
    assert (llm["data"]["input"], llm["data"]["output"], llm["data"]["cost"]) == ("hello", "hi", 0.01)
    assert llm["data"]["meta"]["prompt_tokens"] == 12
    assert llm["data"]["duration_ms"] == 500
    assert (tool["data"]["input"], tool["data"]["output"]) == ("lookup", {"rows": 2})
    assert (tool["parent_event_id"], tool["data"]["meta"]["description"]) == (parent, "looks it up")
    assert decision["data"]["output"] == "go on"
    assert (error["data"]["output"], error["data"]["status"]) == ("oh no", "error")
    session = agent.until_row(session_id, status="done") and agent.session(session_id)
    assert (session["llm_call_count"], session["tool_call_count"], session["total_tokens"]) == (1, 1, 15)


def test_the_events_of_a_long_run_come_back_whole_and_by_pages(agent: NiitakaAgent) -> None:
    """Content of the last event is told as fully as that of the first."""
    session_id, text = new_id(), "word " * 10_000
    call = {"session": session_id, "type": "llm_call", "kind": "run", "model": "gpt-4o"}
    agent.tell(*({**call, "seq": number, "input": f"{number} {text}", "output": "ok"} for number in range(1, 251)))

    rows = agent.told("GET", "/events", session_id=session_id)
    page = agent.told("GET", "/events", session_id=session_id, offset=100, limit=3)

    assert [row["sequence_num"] for row in rows] == list(range(1, 251))
    assert {len(row["data"]["input"]) > len(text) for row in rows} == {True}
    assert page == rows[100:103]
    assert agent.told("GET", "/events", session_id=session_id, offset=250) == []


def test_what_a_call_inside_a_call_costs_counts_too(agent: NiitakaAgent) -> None:
    """Acceptance 124. The sum of a session is the sum over its events, however they are nested."""
    with agent.start() as session_id, agent.client.log_llm("plan", cost=1.0, metadata={"model": "gpt-4o"}) as outer:
        agent.client.log_llm("step", "done", cost=0.5, metadata={"model": "gpt-4o"})
        agent.client.log_tool("search", "found", cost=0.25, parent_event_id=outer.event_id)
    agent.until_row(session_id, total_cost=1.75, status="done")

    def outputs() -> list[str]:
        return [row["data"]["output"] for row in agent.told("GET", "/events", session_id=session_id)]

    assert until(lambda: outputs() == ["completed", "done", "found"])
    rows = agent.told("GET", "/events", session_id=session_id)
    assert rows[2]["parent_event_id"] == outer.event_id


def test_a_cost_said_later_changes_the_sum_by_the_difference(agent: NiitakaAgent) -> None:
    """Acceptance 117, 124. Even after the session has ended."""
    with agent.start() as session_id:
        event_id = agent.client.log_llm("q", "a", cost=0.25, metadata={"model": "gpt-4o"}).event_id
        agent.client.log_tool("t", "r", cost=0.5)
    agent.until_row(session_id, status="done", total_cost=0.75)

    agent.client.patch_event_cost(event_id, 1.25)

    assert agent.until_row(session_id, total_cost=1.75)["status"] == "done"
    agent.client.patch_event_cost(event_id, 0.25)
    agent.until_row(session_id, total_cost=0.75)


def test_a_patch_waits_for_its_event(agent: NiitakaAgent) -> None:
    session_id, event_id = new_id(), new_id()

    agent.told("PATCH", f"/events/{event_id}", {"data": {"cost": 2.0}})
    agent.told("PATCH", f"/events/{event_id}", {"data": {"output": "late", "duration_ms": 1500, "status": "success"}})
    sent = {"event_id": event_id, "session_id": session_id, "type": "llm", "data": {"input": "q", "cost": 0}}
    agent.told("POST", "/events", sent)

    data = agent.told("GET", "/events", session_id=session_id)[0]["data"]
    assert (data["output"], data["cost"], data["duration_ms"], data["status"]) == ("late", 2.0, 1500, "success")
    assert agent.row(session_id)["total_cost"] == 2.0


def test_the_same_event_sent_again_is_one_event(agent: NiitakaAgent) -> None:
    sent = {"event_id": new_id(), "session_id": new_id(), "type": "tool", "data": {"input": "x", "cost": 0.5}}
    agent.told("POST", "/events", sent)
    agent.told("PATCH", f"/events/{sent['event_id']}", {"data": {"cost": 0.75}})

    agent.told("POST", "/events", sent)

    assert len(agent.told("GET", "/events", session_id=sent["session_id"])) == 1
    assert agent.row(str(sent["session_id"]))["total_cost"] == 0.75


def test_metrics_add_up_and_the_later_said_wins(agent: NiitakaAgent) -> None:
    """Acceptance 128."""
    context = agent.start()
    with context as session_id:
        context.set_metrics({"goal_completed": True, "score": 0.5})
    agent.until_row(session_id, metrics={"goal_completed": True, "score": 0.5})

    told = agent.client.report_metrics(session_id, {"score": 0.9, "_judge_cost_usd": 0.0014})
    early = {"metrics": {"score": 0.1}, "client_ts": "2020-01-01T00:00:00+00:00"}
    agent.told("PATCH", f"/sessions/{session_id}/metrics", early)

    assert told == {"goal_completed": True, "score": 0.9, "_judge_cost_usd": 0.0014}
    assert agent.row(session_id)["metrics"] == told


@pytest.mark.parametrize("metrics", [{"score": 1.5}, {"goal_completed": 1}, {"words": "many"}, {"own": True}])
def test_metrics_that_are_none_are_refused(agent: NiitakaAgent, metrics: dict[str, object]) -> None:
    """Acceptance 128."""
    session_id = new_id()
    agent.told("POST", "/sessions", {"session_id": session_id})

    answer = agent.call("PATCH", f"/sessions/{session_id}/metrics", {"metrics": metrics})

    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_the_eleventh_own_metric_is_refused(agent: NiitakaAgent) -> None:
    """Acceptance 129. Over all calls; the reserved ones do not count."""
    session_id = new_id()
    agent.told("POST", "/sessions", {"session_id": session_id})
    ten = {f"own_{place}": place for place in range(10)}
    agent.told("PATCH", f"/sessions/{session_id}/metrics", {"metrics": {**ten, "score": 1, "goal_completed": True}})

    eleventh = agent.call("PATCH", f"/sessions/{session_id}/metrics", {"metrics": {"own_10": 1}})

    assert eleventh.status_code == 422
    assert "own_10" not in agent.row(session_id)["metrics"]


def test_metrics_are_taken_for_seven_days(agent: NiitakaAgent) -> None:
    session_id = new_id()
    agent.grow_old(session_id, 8 * 86_400)

    answer = agent.call("PATCH", f"/sessions/{session_id}/metrics", {"metrics": {"score": 1}})

    assert answer.status_code == 422


def test_signals_that_repeat_are_one_that_counts(agent: NiitakaAgent) -> None:
    """Acceptance 146, 153."""
    with agent.start() as session_id:
        for spent in (1.0, 2.0, 3.0):
            data = {"limit": 0.5, "actual": spent, "action": "warn"}
            agent.client.emit_signal("guardrail", "cost_limit", f"Cost warning (${spent})", data, blocking=True)
        agent.client.emit_signal("alert", "error_spike", "High error rate", blocking=True)

    rows = {row["subtype"]: row for row in agent.told("GET", "/signals", session_id=session_id)}
    assert (rows["cost_limit"]["count"], rows["cost_limit"]["data"]["actual"]) == (3, 3.0)
    assert (rows["error_spike"]["count"], rows["error_spike"]["session_id"]) == (1, session_id)
    feed = agent.server.get("/api/v1/signals", session=session_id)["items"]
    assert {one["session_key"] for one in feed} == {session_id}
    shown = until(lambda: agent.server.get(f"/api/v1/sessions/{session_id}/events", type="signal")["items"])
    assert {row["type"] for row in shown} == {"signal"}


def test_a_signal_may_belong_to_no_session(agent: NiitakaAgent) -> None:
    subtype = f"lonely-{new_id()}"

    row = agent.told("POST", "/signals", {"session_id": None, "type": "alert", "subtype": subtype, "message": "m"})

    assert row["session_id"] is None
    found = agent.server.get("/api/v1/signals", subtype=subtype)["items"]
    assert [one["session_id"] for one in found] == [""]


def test_every_answer_is_json_even_a_refusal(agent: NiitakaAgent) -> None:
    """What is no JSON makes the client send again and again."""
    answers = [
        agent.call("GET", "/nothing/here"),
        agent.call("DELETE", "/sessions"),
        agent.call("GET", f"/sessions/{new_id()}"),
        agent.call("POST", "/sessions", []),
        agent.call("POST", "/events", {"type": "llm"}),
        httpx.post(f"{agent.url}/sessions", content=b"{not json"),
        agent.call("GET", "/events"),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 404, 422, 422, 400, 422]
    assert all(answer.json()["detail"] for answer in answers)


def test_a_heartbeat_is_answered_in_time(agent: NiitakaAgent) -> None:
    session_id = new_id()
    agent.told("POST", "/sessions", {"session_id": session_id})

    begun_s = time.monotonic()
    agent.told("POST", f"/sessions/{session_id}/heartbeat")

    assert time.monotonic() - begun_s < 2


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("hasty") / "data", SOJOURN_ABANDONED_AFTER_S="2") as running:
        yield running


def test_how_soon_a_silent_session_is_stale_is_a_setting(hasty: RunningServer) -> None:
    """Acceptance 118, 119. Without a heartbeat the server closes it, whether or not anybody looks."""
    agent = NiitakaAgent(hasty)
    session_id = new_id()
    agent.told("POST", "/sessions", {"session_id": session_id, "agent_id": agent.agent_id})

    stale = agent.until_row(session_id, status="stale")

    assert stale["error_count"] == 0
    session = agent.session(session_id)
    assert (session["status"], session["end_reason"]) == ("abandoned", "heartbeat_timeout")
    assert "2 s" in session["status_reason"]


def test_a_session_that_resumes_after_a_pause_is_stale_as_soon(hasty: RunningServer) -> None:
    agent = NiitakaAgent(hasty)
    session_id = new_id()
    agent.told("POST", "/sessions", {"session_id": session_id, "agent_id": agent.agent_id})
    PlayedRuntime(hasty, session_id).let_go(session_id)
    agent.act(session_id, "pause")
    agent.until_row(session_id, status="running")
    time.sleep(3)
    assert agent.row(session_id)["status"] == "running", "what is paused is never given up"

    agent.act(session_id, "resume")

    agent.until_row(session_id, status="stale")


@pytest.fixture(scope="module")
def rooted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("rooted") / "data", "--gateway-root", "niitaka") as running:
        yield running


def test_at_the_root_the_client_needs_no_prefix_and_our_own_api_stays(rooted: RunningServer) -> None:
    agent = NiitakaAgent(rooted, mount="")

    with agent.start("from the root") as session_id:
        pass
    agent.until_row(session_id, status="done")

    assert agent.session(session_id)["goal"] == "from the root"
    assert rooted.get("/readyz")
    page = httpx.get(f"{rooted.url}/sessions", headers={"Accept": "text/html"})
    assert "json" not in page.headers["content-type"]
    assert NiitakaAgent(rooted).row(session_id)["goal"] == "from the root"
