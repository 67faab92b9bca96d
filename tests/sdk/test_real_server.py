"""The SDK and the real server, each as it is."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.running_server import RunningServer, started

import sojourn

SEEN_TIMEOUT_S = 15


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("real") / "data") as server:
        yield server


@pytest.fixture
def server(running: RunningServer, tmp_path: Path) -> Iterator[RunningServer]:
    sojourn.configure(running.url, spool_dir=tmp_path / "spool")
    yield running
    sojourn.shutdown()
    assert sojourn.dropped().total == 0


def until(look: Callable[[], Any], timeout_s: float = SEEN_TIMEOUT_S) -> Any:
    end = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


def session_of(server: RunningServer, key: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/api/v1/sessions/{quote(key, safe='')}")
    return found


def act(server: RunningServer, key: str, verb: str, **body: Any) -> str:
    def ask() -> str:
        answer = server.post(f"/api/v1/sessions/{quote(key, safe='')}/actions/{verb}", json=body)
        return str(answer.json()["command"]["id"]) if answer.status_code == 202 else ""

    return str(until(ask))


def settled(server: RunningServer, command_id: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/api/v1/commands/{command_id}", wait_s=10)
    return found


def open_task(server: RunningServer, key: str) -> dict[str, Any]:
    found: dict[str, Any] = until(lambda: server.get("/api/v1/tasks", status="open", session=key)["items"])[0]
    return found


def complete(server: RunningServer, task: dict[str, Any], outcome: Any) -> None:
    answer = server.post(f"/api/v1/tasks/{task['id']}/complete", json={"outcome": outcome})
    assert answer.status_code == 200, answer.text


def test_a_run_is_there_with_all_that_it_told(server: RunningServer) -> None:
    with sojourn.start_session(
        "real:run/1", goal="Refund order 7", agent_id="support", channel="web", tags={"team": "a"}, user_id="ada"
    ) as session:
        session.set_prompt("Help {name}.", {"name": "Ada"})
        with session.llm_call(model="gpt-5", provider="openai", input="Refund me") as call:
            call.record(output="Let me look.", input_tokens=100, output_tokens=20, cost_usd=0.5)
        with session.tool_call("look_up", {"order": 7}) as tool:
            tool.result({"paid": True})
        session.decision("refund", reason="it was paid")
        session.set_state("step", "refunding")
        session.handoff("billing")
        session.guardrail("pii", "passed")
        session.error("a timeout", retryable=True)
        session.set_metrics(goal_completed=True, score=0.9, shoes=2)
        assert session.flush()

    assert sojourn.flush()
    told = session_of(server, "real:run/1")
    assert told["id"] == session.session_id
    assert (told["status"], told["status_evidence"], told["end_reason"]) == ("completed", "declared", "clean")
    assert (told["goal"], told["agent_id"], told["channel"], told["kind"]) == (
        "Refund order 7", "support", "web", "run",
    )  # fmt: skip
    assert (told["llm_call_count"], told["tool_call_count"], told["trace_count"]) == (1, 1, 1)
    assert (told["input_tokens"], told["output_tokens"], told["cost_usd"]) == (100, 20, 0.5)
    assert told["metrics"] == {"goal_completed": True, "score": 0.9, "shoes": 2}
    types = [event["type"] for event in server.get(f"/api/v1/sessions/{session.session_id}/events")["items"]]
    for kind in ("llm_call", "tool_call", "decision", "state_change", "handoff", "guardrail_eval", "error"):
        assert kind in types
    assert server.get(f"/api/v1/sessions/{session.session_id}/state")["variables"][0]["value"] == "refunding"


def test_a_child_stands_below_its_parent(server: RunningServer) -> None:
    with sojourn.start_session("real-parent") as parent, sojourn.start_session("real-child"):
        pass
    sojourn.flush()

    assert session_of(server, "real-child")["parent_session_id"] == parent.session_id


def test_an_open_tool_call_is_seen_before_it_ends(server: RunningServer) -> None:
    with sojourn.start_session("real-open") as session, session.tool_call("slow"):

        def pending() -> bool:
            events = server.request("GET", "/api/v1/sessions/real-open/events").json().get("items", [])
            return any(event["name"] == "execute_tool slow" and event["status"] == "pending" for event in events)

        until(pending)
        assert session_of(server, "real-open")["status"] == "running"


def test_a_conversation_is_said_once_in_order(server: RunningServer) -> None:
    with sojourn.start_session("real-chat", kind="conversation") as session:
        for question, answer in (("hello", "hi"), ("how are you?", "fine")):
            with session.turn(question) as turn:
                history = session.history()
                with session.llm_call(model="m", input=history) as call:
                    call.record(output=answer)
                turn.reply(answer)
    sojourn.flush()

    told = session_of(server, "real-chat")
    assert (told["status"], told["kind"], told["message_count"], told["trace_count"]) == ("idle", "conversation", 4, 2)
    items = server.get("/api/v1/sessions/real-chat/conversation")["items"]
    said = [item["parts"][0]["content"] for item in items if item["kind"] == "message"]
    assert said == ["hello", "hi", "how are you?", "fine"]


def test_a_resumed_conversation_remembers(server: RunningServer) -> None:
    with sojourn.start_session("real-memory", kind="conversation") as session, session.turn("hello") as turn:
        turn.reply("hi")
    sojourn.flush()
    with sojourn.start_session("real-memory", kind="conversation") as session, session.turn("again"):
        remembered = session.history()

    assert [(message["role"], message["content"]) for message in remembered] == [
        ("user", "hello"), ("assistant", "hi"), ("user", "again"),
    ]  # fmt: skip


def test_pause_and_resume_reach_the_agent(server: RunningServer) -> None:
    passed = threading.Event()
    with sojourn.start_session("real-pause") as session:
        paused = settled(server, act(server, "real-pause", "pause", reason="lunch"))
        thread = threading.Thread(target=lambda: (session.checkpoint(), passed.set()), daemon=True)
        thread.start()
        assert paused["status"] == "applied"
        assert session_of(server, "real-pause")["status"] == "paused"
        assert not passed.wait(0.3)
        assert settled(server, act(server, "real-pause", "resume"))["status"] == "applied"
        thread.join(10)
        assert passed.is_set()
        assert session_of(server, "real-pause")["status"] == "running"
    sojourn.flush()

    assert session_of(server, "real-pause")["status"] == "completed"


def test_a_pause_is_pausing_until_the_tool_has_ended(server: RunningServer) -> None:
    with sojourn.start_session("real-pausing") as session:
        with session.tool_call("slow"):
            command_id = act(server, "real-pausing", "pause")
            until(lambda: session.live.gate.look()[0] == "shut")
            time.sleep(0.3)
            assert session_of(server, "real-pausing")["status"] == "pausing"
        assert settled(server, command_id)["status"] == "applied"
        until(lambda: session_of(server, "real-pausing")["status"] == "paused")
        settled(server, act(server, "real-pausing", "resume"))


def test_cancel_ends_the_agent(server: RunningServer) -> None:
    def agent() -> None:
        with sojourn.start_session("real-cancel") as session:
            command_ids.append(act(server, "real-cancel", "cancel", reason="enough"))
            until(lambda: session.is_canceled)
            session.checkpoint()

    command_ids: list[str] = []
    with pytest.raises(sojourn.SessionCanceled, match="enough"):
        agent()
    sojourn.flush()

    assert settled(server, command_ids[0])["status"] == "applied"
    assert session_of(server, "real-cancel")["status"] == "canceled"


async def test_a_person_answers_from_the_work_center(server: RunningServer) -> None:
    async with sojourn.start_session("real-ask") as session:
        asking = asyncio.create_task(session.ask_human_async("Which size?", "Ask the shop.", {"type": "object"}))
        task = await asyncio.to_thread(open_task, server, "real-ask")
        assert task["title"] == "Which size?"
        await asyncio.to_thread(session.flush)
        await asyncio.to_thread(until, lambda: session_of(server, "real-ask")["waiting_on"] == "human_task")
        await asyncio.to_thread(complete, server, task, {"size": 42})
        answer = await asyncio.wait_for(asking, 10)

    assert (answer.status, answer.outcome) == ("completed", {"size": 42})


async def test_an_approval_lets_the_tool_run_with_edited_arguments(server: RunningServer) -> None:
    @sojourn.require_approval(title="Pay?")
    async def pay(amount: int) -> int:
        return amount

    async with sojourn.start_session("real-approval"):
        paying = asyncio.create_task(pay(5))
        task = await asyncio.to_thread(open_task, server, "real-approval")
        await asyncio.to_thread(complete, server, task, {"approved": True, "arguments": {"amount": 3}})
        assert await asyncio.wait_for(paying, 10) == 3


def tool_calls(server: RunningServer, key: str) -> list[dict[str, Any]]:
    """None while the session has not begun."""
    answer = server.request("GET", f"/api/v1/sessions/{key}/events", params={"type": "tool_call"})
    return list(answer.json()["items"]) if answer.status_code == 200 else []


async def test_a_call_that_waits_for_a_person_stands_on_the_timeline_and_links_to_its_task(
    server: RunningServer,
) -> None:
    """Acceptance 202, 204."""

    @sojourn.require_approval(title="Pay?")
    async def pay(amount: int) -> str:
        return f"paid {amount}"

    async with sojourn.start_session("real-waiting-call"):
        paying = asyncio.create_task(pay(80))
        task = await asyncio.to_thread(open_task, server, "real-waiting-call")
        [waiting] = await asyncio.to_thread(until, lambda: tool_calls(server, "real-waiting-call"))
        server.post(f"/api/v1/tasks/{task['id']}/complete", json={"outcome": {"approved": True}})
        said = await paying
        sojourn.flush()

    assert (waiting["status"], waiting["tool_call_id"]) == ("pending", task["tool_call_id"])
    assert waiting["details"]["task_id"] == task["id"]
    assert said == "paid 80"
    [call] = tool_calls(server, "real-waiting-call")
    assert call["status"] == "ok"


async def test_a_cancel_resolves_the_waiting_call_and_its_task_as_canceled(server: RunningServer) -> None:
    """Acceptance 200, 205."""

    @sojourn.require_approval(title="Pay?")
    async def pay(amount: int) -> str:
        return f"paid {amount}"

    async def agent() -> None:
        async with sojourn.start_session("real-canceled-call"):
            await pay(80)

    running = asyncio.create_task(agent())
    task = await asyncio.to_thread(open_task, server, "real-canceled-call")
    await asyncio.to_thread(act, server, "real-canceled-call", "cancel")
    with pytest.raises(sojourn.SessionCanceled):
        await running
    sojourn.flush()

    [call] = until(lambda: [one for one in tool_calls(server, "real-canceled-call") if one["status"] != "pending"])
    assert call["status"] == "canceled"
    assert server.get(f"/api/v1/tasks/{task['id']}")["status"] == "canceled"
    assert session_of(server, "real-canceled-call")["status"] in {"canceling", "canceled"}


def test_a_reset_empties_the_memory_on_both_sides(server: RunningServer) -> None:
    with sojourn.start_session("real-reset", kind="conversation") as session:
        with session.turn("hello") as turn:
            turn.reply("hi")
        session.history()
        session.flush()
        command = settled(server, act(server, "real-reset", "reset"))
        with session.turn("fresh"):
            remembered = session.history()
    sojourn.flush()

    assert command["status"] == "applied"
    assert [message["content"] for message in remembered] == ["fresh"]
    until(lambda: session_of(server, "real-reset")["resets"])
    with sojourn.start_session("real-reset", kind="conversation") as later:
        assert [message["content"] for message in later.history()] == ["fresh"]


def test_a_compact_leaves_a_summary_and_the_last_turns(server: RunningServer) -> None:
    with sojourn.start_session("real-compact", kind="conversation") as session:
        for number in range(6):
            with session.turn(f"question {number}") as turn:
                turn.reply(f"answer {number}")
        session.history()
        session.flush()
        command = settled(server, act(server, "real-compact", "compact", keep_turns=2))
        remembered = [str(message["content"]) for message in session.history()]
    sojourn.flush()

    assert (command["status"], command["detail"]["messages_before"]) == ("applied", 12)
    assert remembered[1:] == ["question 4", "answer 4", "question 5", "answer 5"]
    until(lambda: session_of(server, "real-compact")["compactions"])
    with sojourn.start_session("real-compact", kind="conversation") as later:
        assert [str(message["content"]) for message in later.history()] == remembered


def test_what_cannot_be_steered_says_so(server: RunningServer) -> None:
    with sojourn.start_session("real-plain") as session:
        session.flush()
        until(lambda: session_of(server, "real-plain")["controllable"])
        assert "reset" not in session_of(server, "real-plain")["allowed_actions"]
        answer = server.post("/api/v1/sessions/real-plain/actions/reset", json={})
        assert answer.status_code == 409
