"""Real Pydantic AI agents and a real OpenAI client, steered through the real server."""

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

pytest.importorskip("pydantic_ai")

from openai import AsyncOpenAI
from pydantic_ai import Agent, ApprovalRequired, RunContext, Tool
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from sojourn.integrations.pydantic_ai import SojournMemory, SojournSteering

STILL_S = 0.4


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("pydantic_ai") / "data") as server:
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

    async def refund_if_small(self, ctx: RunContext[None], order: int) -> str:
        if not ctx.tool_call_approved:
            raise ApprovalRequired
        return await self.refund(order)


class Desk:
    """An agent, its session and its memory."""

    def __init__(self, key: str, client: AsyncOpenAI, *tools: Tool[None]) -> None:
        self.session = sojourn.start_session(key, agent_id="support", kind="conversation")
        self.memory = SojournMemory(self.session)
        self.agent = Agent(
            OpenAIChatModel("fake-model", provider=OpenAIProvider(openai_client=client)), tools=tools,
            system_prompt="You are kind.", capabilities=[SojournSteering(self.session, self.memory)],
        )  # fmt: skip

    async def ask(self, question: str) -> str:
        return (await self.agent.run(question, message_history=self.memory.messages())).output

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
    return [message["content"] for message in request.body["messages"]]


async def test_no_tool_starts_while_paused_and_the_agent_goes_on_after(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("look_up", {"order": 7}), Use("refund", {"order": 7}), "All done.")
    shop = Shop()
    desk = Desk("pa-pause", client, Tool(shop.look_up), Tool(shop.refund))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))

    await paused_in_tool(server, desk, shop)
    await asyncio.sleep(STILL_S)

    assert (shop.calls, len(models.requests)) == ([("look_up", 7)], 1)
    assert operator.session_of(server, "pa-pause")["status"] == "paused"
    assert (await act(server, "pa-pause", "resume"))["status"] == "applied"
    assert await asyncio.wait_for(working, 10) == "All done."
    assert shop.calls == [("look_up", 7), ("refund", 7)]


async def test_a_tool_that_the_model_asked_for_waits_for_the_gate(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("refund", {"order": 7}), "All done.")
    shop = Shop()
    desk = Desk("pa-gate", client, Tool(shop.refund))
    desk.session.checkpoint()
    assert (await act(server, "pa-gate", "pause"))["status"] == "applied"
    working = asyncio.create_task(desk.ask_once("Refund order 7"))
    await asyncio.sleep(STILL_S)

    assert (shop.calls, models.requests) == ([], [])
    await act(server, "pa-gate", "resume")
    await asyncio.wait_for(working, 10)
    assert shop.calls == [("refund", 7)]


async def test_a_cancel_lets_no_further_tool_start_and_ends_the_run(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("look_up", {"order": 7}), Use("refund", {"order": 7}))
    shop = Shop()
    desk = Desk("pa-cancel", client, Tool(shop.look_up), Tool(shop.refund))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))
    await until(lambda: shop.calls)

    canceling = asyncio.create_task(act(server, "pa-cancel", "cancel", reason="enough"))
    await until(lambda: desk.session.is_canceled)
    shop.may_end.set()

    with pytest.raises(sojourn.SessionCanceled, match="enough"):
        await asyncio.wait_for(working, 10)
    assert (shop.calls, len(models.requests)) == ([("look_up", 7)], 1)
    assert (await canceling)["status"] == "applied"
    await until(lambda: operator.session_of(server, "pa-cancel")["status"] == "canceled")


@pytest.mark.parametrize("is_conditional", [False, True])
async def test_an_approved_tool_runs(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI, is_conditional: bool
) -> None:
    models.script(Use("refund", {"order": 7}), "Refunded.")
    shop, key = Shop(), f"pa-approve-{is_conditional}"
    plain = Tool(shop.refund, name="refund", requires_approval=True)
    tool = Tool(shop.refund_if_small, name="refund") if is_conditional else plain
    desk = Desk(key, client, tool)
    working = asyncio.create_task(desk.ask_once("Refund order 7"))

    task = await asyncio.to_thread(operator.open_task, server, key)
    assert (task["kind"], shop.calls) == ("approval", [])
    outcome = {"approved": True, "arguments": {"order": 8}}
    await asyncio.to_thread(operator.complete, server, task, outcome)

    assert await asyncio.wait_for(working, 10) == "Refunded."
    assert shop.calls == [("refund", 8)]


async def test_a_denied_tool_does_not_run_and_the_model_is_told(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(Use("refund", {"order": 7}), "Then not.")
    shop = Shop()
    desk = Desk("pa-deny", client, Tool(shop.refund, requires_approval=True))
    working = asyncio.create_task(desk.ask_once("Refund order 7"))

    task = await asyncio.to_thread(operator.open_task, server, "pa-deny")
    await asyncio.to_thread(operator.complete, server, task, {"approved": False, "reason": "too old"})

    assert await asyncio.wait_for(working, 10) == "Then not."
    assert shop.calls == []
    assert "too old" in models.requests[-1].text


async def test_after_a_reset_the_model_sees_nothing_older(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script("Hello Ada.", "Who knows?")
    desk = Desk("pa-reset", client)
    await desk.ask("I am Ada")
    desk.session.flush()

    assert (await act(server, "pa-reset", "reset"))["status"] == "applied"
    await desk.ask("Who am I?")

    assert contents(models.requests[-1]) == ["You are kind.", "Who am I?"]
    desk.session.close()


async def test_a_reset_while_paused_leaves_the_question_that_is_worked_on(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script("Hello Ada.", Use("look_up", {"order": 7}), "It is paid.", "Nothing.")
    shop = Shop()
    desk = Desk("pa-reset-paused", client, Tool(shop.look_up))
    await desk.ask("I am Ada")
    working = asyncio.create_task(desk.ask("Is order 7 paid?"))
    await paused_in_tool(server, desk, shop)

    assert (await act(server, "pa-reset-paused", "reset"))["status"] == "applied"
    await act(server, "pa-reset-paused", "resume")

    assert await asyncio.wait_for(working, 10) == "It is paid."
    roles = [message["role"] for message in models.requests[-1].body["messages"]]
    assert roles == ["system", "user", "assistant", "tool"]
    assert "Ada" not in models.requests[-1].text
    await desk.ask("What do you know?")
    assert "Ada" not in models.requests[-1].text
    assert "Is order 7 paid?" in models.requests[-1].text
    desk.session.close()


async def test_after_a_compact_the_model_sees_a_summary_and_the_last_turns(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script(*[f"answer {number} " + "blah " * 400 for number in range(6)])
    desk = Desk("pa-compact", client)
    for number in range(6):
        await desk.ask(f"question {number} " + "words " * 400)
    desk.session.flush()
    before = models.requests[-1].tokens

    assert (await act(server, "pa-compact", "compact", keep_turns=2))["status"] == "applied"
    await desk.ask("and now?")

    said = contents(models.requests[-1])
    assert said[0] == "You are kind."
    assert said[1].startswith("Summary of the conversation so far:")
    assert [text.split(" word")[0].split(" blah")[0] for text in said[2:]] == [
        "question 4", "answer 4", "question 5", "answer 5", "and now?",
    ]  # fmt: skip
    assert models.requests[-1].tokens < before
    desk.session.close()


async def test_an_older_conversation_is_remembered(
    server: RunningServer, models: FakeModels, client: AsyncOpenAI
) -> None:
    models.script("Hello Ada.", "You are Ada.")
    async with (first := Desk("pa-older", client)).session:
        await first.ask("I am Ada")
    sojourn.flush()

    async with (second := Desk("pa-older", client)).session:
        await second.ask("Who am I?")

    assert contents(models.requests[-1]) == ["You are kind.", "I am Ada", "Hello Ada.", "Who am I?"]


async def test_the_run_is_on_the_timeline_once(server: RunningServer, models: FakeModels, client: AsyncOpenAI) -> None:
    models.script(Use("refund", {"order": 7}), "Refunded.")
    shop = Shop()
    desk = Desk("pa-told", client, Tool(shop.refund))
    await desk.ask_once("Refund order 7")
    sojourn.flush()

    told = operator.session_of(server, "pa-told")
    assert (told["llm_call_count"], told["tool_call_count"], told["message_count"]) == (2, 1, 2)
    items = server.get("/api/v1/sessions/pa-told/conversation")["items"]
    said = [item["parts"][0]["content"] for item in items if item["role"] in ("user", "assistant")]
    assert [text for text in said if isinstance(text, str)] == ["Refund order 7", "Refunded."]
