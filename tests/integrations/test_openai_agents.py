"""Real runs of the OpenAI Agents SDK and a real OpenAI client, steered through the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integrations.fake_models import FakeModels, Use, fake_models
from tests.running_server import RunningServer, started
from tests.sdk import test_real_server as operator

import sojourn

pytest.importorskip("agents")

from agents import Agent, OpenAIResponsesModel, Runner, Tool, function_tool, set_tracing_disabled
from openai import AsyncOpenAI

from sojourn.integrations.openai_agents import SojournHooks, SojournMemory, run_steered

set_tracing_disabled(True)
STILL_S = 0.4


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("agents") / "data") as server:
        yield server


@pytest.fixture
def server(running: RunningServer, tmp_path: Path) -> Iterator[RunningServer]:
    sojourn.configure(running.url, spool_dir=tmp_path / "spool")
    yield running
    sojourn.shutdown()


@pytest.fixture
def models() -> Iterator[FakeModels]:
    with fake_models() as running:
        yield running


@pytest.fixture
async def client(models: FakeModels) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{models.url}/v1", api_key="none") as client:
        yield client


class Shop:
    """Two tools; the first waits for the test."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        self.may_end = asyncio.Event()

    async def look_up(self, order: int) -> str:
        self.calls.append(("look_up", order))
        await asyncio.wait_for(self.may_end.wait(), 20)
        return "paid"

    async def refund(self, order: int) -> str:
        self.calls.append(("refund", order))
        return "refunded"


class Desk:
    """An agent, its session and its memory."""

    def __init__(self, key: str, client: AsyncOpenAI, *tools: Tool) -> None:
        self.session = sojourn.start_session(key, agent_id="support", kind="conversation")
        self.memory = SojournMemory(self.session)
        model = OpenAIResponsesModel("fake-model", openai_client=client)
        self.agent = Agent("support", instructions="You are kind.", model=model, tools=list(tools))

    async def ask(self, question: str) -> str:
        return str((await run_steered(self.agent, question, self.session, self.memory)).final_output)

    async def ask_once(self, question: str) -> str:
        async with self.session:
            return await self.ask(question)


async def until(look: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(operator.until, look)


async def act(server: RunningServer, key: str, verb: str, **body: Any) -> dict[str, Any]:
    """The command, when it is settled."""
    command_id = await asyncio.to_thread(operator.act, server, key, verb, **body)
    return await asyncio.to_thread(operator.settled, server, command_id)


async def paused_in_tool(server: RunningServer, desk: Desk, shop: Shop) -> None:
    """The session is paused when the tool that runs has ended."""
    await until(lambda: shop.calls)
    pausing = asyncio.create_task(act(server, desk.session.key, "pause"))
    await until(lambda: desk.session.live.gate.look()[0] == "shut")
    shop.may_end.set()
    assert (await pausing)["status"] == "applied"


def contents(request: Any) -> list[Any]:
    return [item.get("content") for item in request.body["input"]]


async def test_no_tool_starts_while_paused_and_the_agent_goes_on_after(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("look_up", {"order": 7}), Use("refund", {"order": 7}), "All done.")
    shop = Shop()
    desk = Desk("ag-pause", client, function_tool(shop.look_up), function_tool(shop.refund))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))

    await paused_in_tool(server, desk, shop)
    await asyncio.sleep(STILL_S)

    assert (shop.calls, len(models.requests)) == ([("look_up", 7)], 1)
    assert operator.session_of(server, "ag-pause")["status"] == "paused"
    assert (await act(server, "ag-pause", "resume"))["status"] == "applied"
    assert await asyncio.wait_for(working, 10) == "All done."
    assert shop.calls == [("look_up", 7), ("refund", 7)]


async def test_a_tool_that_the_model_asked_for_waits_for_the_gate(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("refund", {"order": 7}), "All done.")
    shop = Shop()
    desk = Desk("ag-gate", client, function_tool(shop.refund))
    desk.session.checkpoint()
    assert (await act(server, "ag-gate", "pause"))["status"] == "applied"
    working = asyncio.create_task(desk.ask_once("Refund order 7"))
    await asyncio.sleep(STILL_S)

    assert (shop.calls, models.requests) == ([], [])
    await act(server, "ag-gate", "resume")
    await asyncio.wait_for(working, 10)
    assert shop.calls == [("refund", 7)]


async def test_a_cancel_lets_no_further_tool_start_and_ends_the_run(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("look_up", {"order": 7}), Use("refund", {"order": 7}))
    shop = Shop()
    desk = Desk("ag-cancel", client, function_tool(shop.look_up), function_tool(shop.refund))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))
    await until(lambda: shop.calls)

    canceling = asyncio.create_task(act(server, "ag-cancel", "cancel", reason="enough"))
    await until(lambda: desk.session.is_canceled)
    shop.may_end.set()

    with pytest.raises(sojourn.SessionCanceled, match="enough"):
        await asyncio.wait_for(working, 10)
    assert (shop.calls, len(models.requests)) == ([("look_up", 7)], 1)
    assert (await canceling)["status"] == "applied"
    await until(lambda: operator.session_of(server, "ag-cancel")["status"] == "canceled")


async def test_an_approved_tool_runs(server: RunningServer, models: FakeModels, client: AsyncOpenAI) -> None:
    models.script(Use("refund", {"order": 7}), "Refunded.")
    shop = Shop()
    desk = Desk("ag-approve", client, function_tool(shop.refund, needs_approval=True))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))

    task = await asyncio.to_thread(operator.open_task, server, "ag-approve")
    assert (task["kind"], shop.calls) == ("approval", [])
    await asyncio.to_thread(operator.complete, server, task, {"approved": True})

    assert await asyncio.wait_for(working, 10) == "Refunded."
    assert shop.calls == [("refund", 7)]


async def test_edited_arguments_go_back_to_the_model(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("refund", {"order": 7}), "Then order 8.")
    shop = Shop()
    desk = Desk("ag-edit", client, function_tool(shop.refund, needs_approval=True))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))

    task = await asyncio.to_thread(operator.open_task, server, "ag-edit")
    outcome = {"approved": True, "arguments": {"order": 8}}
    await asyncio.to_thread(operator.complete, server, task, outcome)

    assert await asyncio.wait_for(working, 10) == "Then order 8."
    assert shop.calls == []
    assert "call it with {" in models.requests[-1].text


async def test_a_cancel_while_a_person_is_asked_ends_the_run(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("refund", {"order": 7}))
    shop = Shop()
    desk = Desk("ag-cancel-asked", client, function_tool(shop.refund, needs_approval=True))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))
    await asyncio.to_thread(operator.open_task, server, "ag-cancel-asked")

    assert (await act(server, "ag-cancel-asked", "cancel"))["status"] == "applied"

    with pytest.raises(sojourn.SessionCanceled):
        await asyncio.wait_for(working, 10)
    assert shop.calls == []


async def test_a_denied_tool_does_not_run_and_the_model_is_told(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("refund", {"order": 7}), "Then not.")
    shop = Shop()
    desk = Desk("ag-deny", client, function_tool(shop.refund, needs_approval=True))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))

    task = await asyncio.to_thread(operator.open_task, server, "ag-deny")
    await asyncio.to_thread(operator.complete, server, task, {"approved": False, "reason": "too old"})

    assert await asyncio.wait_for(working, 10) == "Then not."
    assert shop.calls == []
    assert "too old" in models.requests[-1].text


async def test_after_a_reset_the_model_sees_nothing_older(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script("Hello Ada.", "Who knows?")
    desk = Desk("ag-reset", client)
    await desk.ask("I am Ada")
    desk.session.flush()

    assert (await act(server, "ag-reset", "reset"))["status"] == "applied"
    await desk.ask("Who am I?")

    assert contents(models.requests[-1]) == ["Who am I?"]
    desk.session.close()


async def test_a_reset_while_paused_leaves_the_question_that_is_worked_on(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script("Hello Ada.", Use("look_up", {"order": 7}), "It is paid.", "Nothing.")
    shop = Shop()
    desk = Desk("ag-reset-paused", client, function_tool(shop.look_up))
    await desk.ask("I am Ada")
    working = asyncio.create_task(desk.ask("Is order 7 paid?"))
    await paused_in_tool(server, desk, shop)

    assert (await act(server, "ag-reset-paused", "reset"))["status"] == "applied"
    await act(server, "ag-reset-paused", "resume")

    assert await asyncio.wait_for(working, 10) == "It is paid."
    kinds = [item.get("role") or item["type"] for item in models.requests[-1].body["input"]]
    assert kinds == ["user", "function_call", "function_call_output"]
    assert "Ada" not in models.requests[-1].text
    await desk.ask("What do you know?")
    assert "Ada" not in models.requests[-1].text
    assert "Is order 7 paid?" in models.requests[-1].text
    desk.session.close()


async def test_after_a_compact_the_model_sees_a_summary_and_the_last_turns(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(*[f"answer {number} " + "blah " * 400 for number in range(6)])
    desk = Desk("ag-compact", client)
    for number in range(6):
        await desk.ask(f"question {number} " + "words " * 400)
    desk.session.flush()
    before = models.requests[-1].tokens

    assert (await act(server, "ag-compact", "compact", keep_turns=2))["status"] == "applied"
    await desk.ask("and now?")

    sent = models.requests[-1].body["input"]
    assert [item["role"] for item in sent] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert sent[1]["content"].startswith("question 4")
    assert sent[-1]["content"] == "and now?"
    assert models.requests[-1].tokens < before
    desk.session.close()


async def test_an_older_conversation_is_remembered(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script("Hello Ada.", "You are Ada.")
    async with (first := Desk("ag-older", client)).session:
        await first.ask("I am Ada")
    sojourn.flush()

    async with (second := Desk("ag-older", client)).session:
        await second.ask("Who am I?")

    assert contents(models.requests[-1]) == ["I am Ada", "Hello Ada.", "Who am I?"]


async def test_the_run_is_on_the_timeline_once(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    models.script(Use("refund", {"order": 7}), "Refunded.")
    shop = Shop()
    desk = Desk("ag-told", client, function_tool(shop.refund))
    await desk.ask_once("Refund order 7")
    sojourn.flush()

    told = operator.session_of(server, "ag-told")
    assert (told["llm_call_count"], told["tool_call_count"], told["message_count"]) == (2, 1, 2)
    items = server.get("/api/v1/sessions/ag-told/conversation")["items"]
    said = [item["parts"][0]["content"] for item in items if item["role"] in ("user", "assistant")]
    assert [text for text in said if isinstance(text, str)] == ["Refund order 7", "Refunded."]
    assert [record.message for record in caplog.records if record.name.startswith(("opentelemetry", "sojourn"))] == []


async def test_hooks_alone_pause_and_cancel_a_run(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("look_up", {"order": 7}), Use("refund", {"order": 7}))
    shop = Shop()
    desk = Desk("ag-hooks", client, function_tool(shop.look_up), function_tool(shop.refund))
    hooks = SojournHooks(desk.session)
    working = asyncio.create_task(Runner.run(desk.agent, "Refund order 7", hooks=hooks))
    await paused_in_tool(server, desk, shop)
    await asyncio.sleep(STILL_S)
    assert len(models.requests) == 1

    assert (await act(server, "ag-hooks", "cancel"))["status"] == "applied"

    with pytest.raises(sojourn.SessionCanceled):
        await asyncio.wait_for(working, 10)
    hooks.close()
    assert (shop.calls, len(models.requests)) == ([("look_up", 7)], 1)
    desk.session.close()


async def test_a_tool_that_fails_leaves_nothing_in_flight(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    async def broken(order: int) -> str:
        raise RuntimeError(f"no order {order}")

    models.script(Use("broken", {"order": 7}))
    desk = Desk("ag-broken", client, function_tool(broken, failure_error_function=None))

    with pytest.raises(Exception, match="no order 7"):
        await desk.ask("Refund order 7")

    assert desk.session.live.gate.look()[1] == 0
    assert (await act(server, "ag-broken", "pause"))["status"] == "applied"
    desk.session.close()
