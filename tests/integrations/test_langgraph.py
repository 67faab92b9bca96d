"""A real LangChain agent on LangGraph with a scripted chat model, steered through a real server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from tests.integrations.fake_chat_models import ScriptedChatModel, answer, tool_call
from tests.running_server import RunningServer, clean_environment, started

import sojourn
from sojourn.integrations.langgraph import SojournMiddleware

EXAMPLE = Path(__file__).parents[2] / "examples" / "langgraph_steerable.py"
SEEN_TIMEOUT_S = 15
SHORT_S = 0.4  # long enough for what must not happen


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("langgraph") / "data") as server:
        yield server


@pytest.fixture
def server(running: RunningServer, tmp_path: Path) -> Iterator[RunningServer]:
    sojourn.configure(running.url, spool_dir=tmp_path / "spool")
    yield running
    sojourn.shutdown()
    assert sojourn.dropped().total == 0


class Shop:
    """Two tools, and who called them. A tool runs until it is let go."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.ended: list[str] = []
        self.may_end = threading.Event()
        self.may_end.set()

    def look_up(self, order: str) -> str:
        """Look an order up."""
        self.calls.append(f"look_up {order}")
        assert self.may_end.wait(SEEN_TIMEOUT_S)
        self.ended.append(f"look_up {order}")
        return f"{order} was paid"

    def refund(self, order: str, amount: int) -> str:
        """Pay money back."""
        self.calls.append(f"refund {order} {amount}")
        return "done"


def looks_up_each(orders: list[str]) -> Callable[[list[BaseMessage]], AIMessage]:
    """Looks one order up after the other, then answers."""

    def script(messages: list[BaseMessage]) -> AIMessage:
        done = sum(isinstance(message, ToolMessage) for message in messages)
        return tool_call("look_up", f"call-{done}", order=orders[done]) if done < len(orders) else answer("all paid")

    return script


def echoes(messages: list[BaseMessage]) -> AIMessage:
    return answer(f"you said {messages[-1].text}")


def asked(text: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(text)]}


def until(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + SEEN_TIMEOUT_S
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return found


def session_of(server: RunningServer, key: str) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/api/v1/sessions/{quote(key, safe='')}")
    return found


def act(server: RunningServer, key: str, verb: str, **body: Any) -> dict[str, Any]:
    """The command, settled."""

    def ask() -> str:
        told = server.post(f"/api/v1/sessions/{quote(key, safe='')}/actions/{verb}", json=body)
        return str(told.json()["command"]["id"]) if told.status_code == 202 else ""

    found: dict[str, Any] = server.get(f"/api/v1/commands/{until(ask)}", wait_s=10)
    return found


def begin(server: RunningServer, key: str, verb: str) -> None:
    """The same, without waiting for its end."""
    until(lambda: server.post(f"/api/v1/sessions/{quote(key, safe='')}/actions/{verb}", json={}).status_code == 202)


def open_task(server: RunningServer, key: str) -> dict[str, Any]:
    found: dict[str, Any] = until(lambda: server.get("/api/v1/tasks", status="open", session=key)["items"])[0]
    return found


def complete(server: RunningServer, task: dict[str, Any], outcome: Any) -> None:
    told = server.post(f"/api/v1/tasks/{task['id']}/complete", json={"outcome": outcome})
    assert told.status_code == 200, told.text


class Working:
    """An agent at work on a thread; joining it gives its result or raises what it raised."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._result: Any = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=lambda: self._run(work), daemon=True)
        self._thread.start()

    def join(self) -> Any:
        self._thread.join(SEEN_TIMEOUT_S)
        assert not self._thread.is_alive(), "the agent still waits"
        if self._failure is not None:
            raise self._failure
        return self._result

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self._result = work()
        except BaseException as failure:  # noqa: BLE001  SessionCanceled is none of Exception; join() raises it
            self._failure = failure


def test_while_paused_no_tool_starts_and_after_resume_the_agent_goes_on(server: RunningServer) -> None:
    shop = Shop()
    shop.may_end.clear()
    with sojourn.start_session("lg-pause", agent_id="shop") as session:
        agent = create_agent(
            ScriptedChatModel(script=looks_up_each(["a", "b"])), [shop.look_up], middleware=[SojournMiddleware(session)]
        )
        working = Working(lambda: agent.invoke(asked("check a and b")))
        until(lambda: shop.calls)
        begin(server, "lg-pause", "pause")
        until(lambda: session.live.gate.look()[0] == "shut")
        assert session_of(server, "lg-pause")["status"] == "pausing"
        shop.may_end.set()
        until(lambda: session_of(server, "lg-pause")["status"] == "paused")
        time.sleep(SHORT_S)
        assert shop.ended == ["look_up a"]
        assert shop.calls == ["look_up a"]
        assert act(server, "lg-pause", "resume")["status"] == "applied"
        result = working.join()

    assert shop.calls == ["look_up a", "look_up b"]
    assert result["messages"][-1].text == "all paid"


async def test_an_async_agent_is_paused_and_resumed_too(server: RunningServer) -> None:
    shop = Shop()

    async def look_up(order: str) -> str:
        """Look an order up."""
        return shop.look_up(order)

    async with sojourn.start_session("lg-async") as session:
        agent = create_agent(
            ScriptedChatModel(script=looks_up_each(["a"])), [look_up], middleware=[SojournMiddleware(session)]
        )
        await asyncio.to_thread(act, server, "lg-async", "pause")
        running = asyncio.create_task(agent.ainvoke(asked("check a")))
        await asyncio.sleep(SHORT_S)
        assert shop.calls == []
        await asyncio.to_thread(act, server, "lg-async", "resume")
        await asyncio.wait_for(running, SEEN_TIMEOUT_S)

    assert shop.calls == ["look_up a"]


def test_after_a_cancel_no_tool_starts_and_the_session_is_canceled(server: RunningServer) -> None:
    shop = Shop()
    shop.may_end.clear()

    sessions: list[sojourn.Session] = []

    def work() -> None:
        with sojourn.start_session("lg-cancel") as session:
            sessions.append(session)
            agent = create_agent(
                ScriptedChatModel(script=looks_up_each(["a", "b"])),
                [shop.look_up],
                middleware=[SojournMiddleware(session)],
            )
            agent.invoke(asked("check a and b"))

    working = Working(work)
    until(lambda: shop.calls)
    begin(server, "lg-cancel", "cancel")
    until(lambda: sessions[0].is_canceled)
    shop.may_end.set()
    with pytest.raises(sojourn.SessionCanceled):
        working.join()
    sojourn.flush()

    assert shop.ended == ["look_up a"]
    assert shop.calls == ["look_up a"]
    assert session_of(server, "lg-cancel")["status"] == "canceled"


async def test_an_async_agent_is_canceled_at_its_next_tool(server: RunningServer) -> None:
    shop = Shop()
    two_at_once = AIMessage("", tool_calls=[
        {"name": "look_up", "args": {"order": order}, "id": order, "type": "tool_call"} for order in ("a", "b")
    ])  # fmt: skip

    def script(messages: list[BaseMessage]) -> AIMessage:
        act(server, "lg-async-cancel", "cancel")
        return two_at_once

    async def work() -> None:
        async with sojourn.start_session("lg-async-cancel") as session:
            agent = create_agent(
                ScriptedChatModel(script=script), [shop.look_up], middleware=[SojournMiddleware(session)]
            )
            await agent.ainvoke(asked("check a and b"))

    with pytest.raises(sojourn.SessionCanceled):
        await work()

    assert shop.calls == []


def refunds_once(messages: list[BaseMessage]) -> AIMessage:
    last = messages[-1]
    if isinstance(last, ToolMessage):
        return answer(f"the tool said: {last.text}")
    return tool_call("refund", "call-refund", order="a", amount=50)


def test_a_tool_runs_with_the_arguments_that_a_person_approved(server: RunningServer) -> None:
    shop = Shop()
    with sojourn.start_session("lg-approve") as session:
        middleware = SojournMiddleware(session, approve={"refund"})
        agent = create_agent(ScriptedChatModel(script=refunds_once), [shop.refund], middleware=[middleware])
        working = Working(lambda: agent.invoke(asked("refund a")))
        task = open_task(server, "lg-approve")
        assert shop.calls == []
        complete(server, task, {"approved": True, "arguments": {"order": "a", "amount": 20}})
        working.join()

    assert (task["kind"], task["title"], task["tool_call_id"]) == ("approval", "Allow refund?", "call-refund")
    assert shop.calls == ["refund a 20"]


def test_a_denied_tool_does_not_run_and_the_model_is_told_why(server: RunningServer) -> None:
    shop = Shop()
    model = ScriptedChatModel(script=refunds_once)
    with sojourn.start_session("lg-deny") as session:
        agent = create_agent(model, [shop.refund], middleware=[SojournMiddleware(session, approve={"refund"})])
        working = Working(lambda: agent.invoke(asked("refund a")))
        complete(server, open_task(server, "lg-deny"), {"approved": False, "reason": "too much"})
        result = working.join()

    assert shop.calls == []
    assert result["messages"][-1].text == "the tool said: the call of refund was denied: too much"
    assert model.requests[-1][-1].status == "error"


async def test_an_async_agent_waits_for_approval(server: RunningServer) -> None:
    shop = Shop()
    async with sojourn.start_session("lg-async-approve") as session:
        agent = create_agent(
            ScriptedChatModel(script=refunds_once),
            [shop.refund],
            middleware=[SojournMiddleware(session, approve={"refund"})],
        )
        running = asyncio.create_task(agent.ainvoke(asked("refund a")))
        task = await asyncio.to_thread(open_task, server, "lg-async-approve")
        await asyncio.to_thread(complete, server, task, {"approved": False})
        await asyncio.wait_for(running, SEEN_TIMEOUT_S)

    assert shop.calls == []


class Chat:
    """A conversation of one thread, remembered by LangGraph's checkpointer."""

    def __init__(self, session: sojourn.Session, checkpointer: Any = None) -> None:
        self.model = ScriptedChatModel(script=echoes)
        self.agent = create_agent(
            self.model, [], middleware=[SojournMiddleware(session)], checkpointer=checkpointer or InMemorySaver()
        )
        self._session = session

    def say(self, text: str) -> str:
        with self._session.turn():
            result = self.agent.invoke(asked(text), {"configurable": {"thread_id": "t"}})
        return str(result["messages"][-1].text)


def test_after_a_reset_the_model_sees_nothing_older(server: RunningServer) -> None:
    with sojourn.start_session("lg-reset", kind="conversation") as session:
        chat = Chat(session)
        chat.say("hello")
        chat.say("how are you?")
        session.flush()
        command = act(server, "lg-reset", "reset")
        chat.say("who am I?")
        after_reset = chat.model.last_request()
        chat.say("and now?")

    assert (command["status"], command["detail"]["messages_before"]) == ("applied", 4)
    assert after_reset == ["who am I?"]
    assert chat.model.last_request() == ["who am I?", "you said who am I?", "and now?"]


def test_after_a_compact_the_model_sees_a_summary_and_the_last_turns(server: RunningServer) -> None:
    with sojourn.start_session("lg-compact", kind="conversation") as session:
        chat = Chat(session)
        for number in range(4):
            chat.say(f"question {number}")
        session.flush()
        command = act(server, "lg-compact", "compact", keep_turns=1)
        chat.say("the last one")
        seen = chat.model.last_request()
        chat.say("one more")

    assert command["status"] == "applied"
    assert "question 0" in seen[0]
    assert seen[1:] == ["question 3", "you said question 3", "the last one"]
    assert chat.model.last_request()[:2] == seen[:2]


def test_a_reset_in_the_middle_of_a_turn_keeps_what_the_turn_has_done(server: RunningServer) -> None:
    """Else the agent would call its tools a second time."""
    shop = Shop()
    shop.may_end.clear()

    def script(messages: list[BaseMessage]) -> AIMessage:
        return tool_call("look_up", "call-a", order="a") if messages[-1].text == "check a" else answer("ok")

    with sojourn.start_session("lg-mid", kind="conversation") as session:
        model = ScriptedChatModel(script=script)
        agent = create_agent(
            model, [shop.look_up], middleware=[SojournMiddleware(session)], checkpointer=InMemorySaver()
        )

        def work() -> None:
            for text in ("hello", "check a"):
                with session.turn():
                    agent.invoke(asked(text), {"configurable": {"thread_id": "t"}})

        working = Working(work)
        until(lambda: shop.calls)
        begin(server, "lg-mid", "pause")
        until(lambda: session.live.gate.look()[0] == "shut")
        shop.may_end.set()
        until(lambda: session_of(server, "lg-mid")["status"] == "paused")
        command = act(server, "lg-mid", "reset")
        act(server, "lg-mid", "resume")
        working.join()

    assert command["status"] == "applied"
    assert shop.calls == ["look_up a"]
    assert model.last_request() == ["check a", "", "a was paid"]


def test_a_new_process_without_a_checkpoint_goes_on_from_what_sojourn_remembers(server: RunningServer) -> None:
    for text in ("hello", "again"):
        with sojourn.start_session("lg-memory", kind="conversation") as session:
            chat = Chat(session)
            chat.say(text)
        sojourn.flush()

    assert chat.model.last_request() == ["hello", "you said hello", "again"]
    assert session_of(server, "lg-memory")["message_count"] == 4


def test_a_turn_that_tells_the_users_text_tells_it_once(server: RunningServer) -> None:
    with sojourn.start_session("lg-turn", kind="conversation") as session:
        model = ScriptedChatModel(script=echoes)
        agent = create_agent(model, [], middleware=[SojournMiddleware()])
        with session.turn("hello"):
            agent.invoke(asked("hello"))
        history = [message["content"] for message in session.history()]

    assert model.last_request() == ["hello"]
    assert history == ["hello", "you said hello"]


def test_the_session_tells_of_model_calls_tools_and_messages(server: RunningServer) -> None:
    shop = Shop()
    with sojourn.start_session("lg-told", agent_id="shop") as session:
        agent = create_agent(
            ScriptedChatModel(script=looks_up_each(["a"])), [shop.look_up], middleware=[SojournMiddleware(session)]
        )
        agent.invoke(asked("check a"))
    sojourn.flush()

    told = session_of(server, "lg-told")
    assert (told["llm_call_count"], told["tool_call_count"], told["message_count"]) == (2, 1, 2)
    assert (told["input_tokens"], told["output_tokens"], told["status"]) == (10, 5, "completed")
    events = server.get("/api/v1/sessions/lg-told/events", type="tool_call")["items"]
    assert [(event["tool_name"], event["status"]) for event in events] == [("look_up", "ok")]


def test_an_agent_inside_another_obeys_but_the_conversation_is_not_its_own(server: RunningServer) -> None:
    with sojourn.start_session("lg-inner") as session:
        inner = create_agent(
            ScriptedChatModel(script=echoes), [], middleware=[SojournMiddleware(session, is_main=False)]
        )
        inner.invoke(asked("only between agents"))
        history = session.history()
    sojourn.flush()

    assert history == []
    assert session_of(server, "lg-inner")["llm_call_count"] == 1


def test_calls_that_an_instrumentation_tells_of_are_not_told_again(server: RunningServer) -> None:
    shop = Shop()
    with sojourn.start_session("lg-untold") as session:
        agent = create_agent(
            ScriptedChatModel(script=looks_up_each(["a"])),
            [shop.look_up],
            middleware=[SojournMiddleware(session, is_told=False)],
        )
        agent.invoke(asked("check a"))
    sojourn.flush()

    told = session_of(server, "lg-untold")
    assert (told["llm_call_count"], told["tool_call_count"], told["message_count"]) == (0, 0, 2)


def test_one_agent_serves_many_sessions(server: RunningServer) -> None:
    model = ScriptedChatModel(script=echoes)
    agent = create_agent(model, [], middleware=[SojournMiddleware()], checkpointer=InMemorySaver())
    keys = ("lg-one", "lg-other")
    with sojourn.start_session(keys[0], kind="conversation") as one:
        with one.turn():
            agent.invoke(asked("I am one"), {"configurable": {"thread_id": keys[0]}})
        one.flush()
        act(server, keys[0], "reset")
        with sojourn.start_session(keys[1], kind="conversation", parent="") as other:
            for text in ("I am other", "still other"):
                with other.turn():
                    agent.invoke(asked(text), {"configurable": {"thread_id": keys[1]}})
            of_other = model.last_request()
        with one.turn():
            agent.invoke(asked("who?"), {"configurable": {"thread_id": keys[0]}})

    assert of_other == ["I am other", "you said I am other", "still other"]
    assert model.last_request() == ["who?"]


def test_the_example_runs_without_an_api_key_and_says_how_to_steer_it(server: RunningServer, tmp_path: Path) -> None:
    environment = clean_environment(SOJOURN_URL=server.url, SOJOURN_SPOOL_DIR=str(tmp_path / "spool-of-example"))
    command = [sys.executable, str(EXAMPLE), "--key", "lg-example", "--orders", "1", "--seconds", "0.01"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)

    assert "sojourn sessions pause lg-example" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["[agent] Order 1001: paid.", "Done."]
    assert session_of(server, "lg-example")["message_count"] == 2


def test_outside_of_any_session_the_agent_works_as_ever() -> None:
    shop = Shop()
    agent = create_agent(
        ScriptedChatModel(script=looks_up_each(["a"])), [shop.look_up], middleware=[SojournMiddleware()]
    )

    assert agent.invoke(asked("check a"))["messages"][-1].text == "all paid"
