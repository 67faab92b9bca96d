"""A hand-written loop around the real `anthropic` client, steered through the real server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integrations.fake_models import FakeModels, Use, fake_models
from tests.running_server import RunningServer, started
from tests.sdk.test_real_server import act, complete, open_task, session_of, settled, until

import sojourn

pytest.importorskip("anthropic")

from anthropic import Anthropic, AsyncAnthropic

from sojourn.integrations import anthropic_client
from sojourn.integrations.anthropic_client import ChatMemory

STILL_S = 0.4
MODEL: dict[str, Any] = {"model": "fake-model", "max_tokens": 100}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with started(tmp_path_factory.mktemp("anthropic") / "data") as server:
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
def client(models: FakeModels) -> Iterator[Anthropic]:
    with Anthropic(base_url=models.url, api_key="none", max_retries=0) as client:
        yield client


class Shop:
    """Two tools; the first waits for the test."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.may_end = threading.Event()
        self.functions = {"look_up": self.look_up, "refund": self.refund}

    def look_up(self, order: int) -> dict[str, Any]:
        self.calls.append(("look_up", {"order": order}))
        assert self.may_end.wait(20)
        return {"paid": True}

    def refund(self, order: int) -> str:
        self.calls.append(("refund", {"order": order}))
        return "refunded"


class Agent:
    """The loop of a newcomer, in a thread."""

    def __init__(self, key: str, client: Anthropic, shop: Shop, needs_approval: tuple[str, ...] = ()) -> None:
        self._client = client
        self._shop, self._needs_approval = shop, needs_approval
        self.session = sojourn.start_session(key, agent_id="support", kind="conversation")
        self.memory = ChatMemory(self.session, system="You are kind.")
        self.answers: list[str | None] = []
        self.failure: BaseException | None = None

    def ask(self, *questions: str) -> threading.Thread:
        thread = threading.Thread(target=self._work, args=(questions,), daemon=True)
        thread.start()
        return thread

    def _work(self, questions: tuple[str, ...]) -> None:
        try:
            with self.session:
                for question in questions:
                    self.answers.append(self.answer(question))
        except BaseException as failure:  # noqa: BLE001  a cancel is what a test looks for
            self.failure = failure

    def answer(self, question: str) -> str | None:
        with self.memory.turn(question):
            while True:
                said = anthropic_client.create(self.session, self._client, self.memory, **MODEL)
                if said.stop_reason != "tool_use":
                    return "".join(block.text for block in said.content if block.type == "text")
                anthropic_client.run_tools(
                    self.session, self.memory, said, self._shop.functions, needs_approval=self._needs_approval
                )


def test_no_tool_starts_while_paused_and_the_agent_goes_on_after(
    server: RunningServer, models: FakeModels, client: Anthropic
) -> None:
    models.script([Use("look_up", {"order": 7}), Use("refund", {"order": 7})], "All done.")
    shop = Shop()
    agent = Agent("an-pause", client, shop)
    working = agent.ask("Refund order 7")
    until(lambda: shop.calls)

    pause = act(server, "an-pause", "pause")
    until(lambda: agent.session.live.gate.look()[0] == "shut")
    shop.may_end.set()

    assert settled(server, pause)["status"] == "applied"
    working.join(STILL_S)
    assert [name for name, _ in shop.calls] == ["look_up"]
    assert session_of(server, "an-pause")["status"] == "paused"
    assert settled(server, act(server, "an-pause", "resume"))["status"] == "applied"
    working.join(10)
    assert [name for name, _ in shop.calls] == ["look_up", "refund"]
    assert agent.answers == ["All done."]


def test_a_cancel_lets_no_further_tool_start(server: RunningServer, models: FakeModels, client: Anthropic) -> None:
    models.script([Use("look_up", {"order": 7}), Use("refund", {"order": 7})])
    shop = Shop()
    agent = Agent("an-cancel", client, shop)
    working = agent.ask("Refund order 7")
    until(lambda: shop.calls)

    cancel = act(server, "an-cancel", "cancel", reason="enough")
    until(lambda: agent.session.is_canceled)
    shop.may_end.set()
    working.join(10)

    assert isinstance(agent.failure, sojourn.SessionCanceled)
    assert [name for name, _ in shop.calls] == ["look_up"]
    assert len(models.requests) == 1
    assert settled(server, cancel)["status"] == "applied"
    until(lambda: session_of(server, "an-cancel")["status"] == "canceled")


def test_an_approved_tool_runs_with_the_edited_arguments(
    server: RunningServer, models: FakeModels, client: Anthropic
) -> None:
    models.script(Use("refund", {"order": 7}), "Refunded.")
    shop = Shop()
    working = Agent("an-approve", client, shop, ("refund",)).ask("Refund order 7")

    task = open_task(server, "an-approve")
    assert (task["kind"], shop.calls) == ("approval", [])
    complete(server, task, {"approved": True, "arguments": {"order": 8}})
    working.join(10)

    assert shop.calls == [("refund", {"order": 8})]


def test_a_denied_tool_does_not_run_and_the_model_is_told(
    server: RunningServer, models: FakeModels, client: Anthropic
) -> None:
    models.script(Use("refund", {"order": 7}), "Then not.")
    shop = Shop()
    agent = Agent("an-deny", client, shop, ("refund",))
    working = agent.ask("Refund order 7")

    complete(server, open_task(server, "an-deny"), {"approved": False, "reason": "too old"})
    working.join(10)

    assert shop.calls == []
    assert "too old" in models.requests[-1].text
    assert agent.answers == ["Then not."]


def test_after_a_reset_the_model_sees_nothing_older(
    server: RunningServer, models: FakeModels, client: Anthropic
) -> None:
    models.script("My name is Fake.", "Hello again.")
    agent = Agent("an-reset", client, Shop())
    agent.answer("I am Ada")
    agent.session.flush()

    assert settled(server, act(server, "an-reset", "reset"))["status"] == "applied"
    agent.answer("Who am I?")

    body = models.requests[-1].body
    assert (body["system"], body["messages"]) == ("You are kind.", [{"role": "user", "content": "Who am I?"}])
    agent.session.close()


def test_a_reset_while_paused_leaves_the_question_that_is_worked_on(
    server: RunningServer, models: FakeModels, client: Anthropic
) -> None:
    models.script("Hello Ada.", Use("look_up", {"order": 7}), "It is paid.")
    shop = Shop()
    agent = Agent("an-reset-paused", client, shop)
    working = agent.ask("I am Ada", "Is order 7 paid?")
    until(lambda: shop.calls)
    pause = act(server, "an-reset-paused", "pause")
    until(lambda: agent.session.live.gate.look()[0] == "shut")
    shop.may_end.set()
    settled(server, pause)

    assert settled(server, act(server, "an-reset-paused", "reset"))["status"] == "applied"
    settled(server, act(server, "an-reset-paused", "resume"))
    working.join(10)

    roles = [message["role"] for message in models.requests[-1].body["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert "Ada" not in models.requests[-1].text
    assert agent.answers == ["Hello Ada.", "It is paid."]


def test_after_a_compact_the_model_sees_a_summary_and_the_last_turns(
    server: RunningServer, models: FakeModels, client: Anthropic
) -> None:
    models.script(*[f"answer {number} " + "blah " * 400 for number in range(6)])
    agent = Agent("an-compact", client, Shop())
    for number in range(6):
        agent.answer(f"question {number} " + "words " * 400)
    agent.session.flush()
    before = models.requests[-1].tokens

    assert settled(server, act(server, "an-compact", "compact", keep_turns=2))["status"] == "applied"
    agent.answer("and now?")

    body = models.requests[-1].body
    messages = body["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant", "user"]
    assert body["system"].startswith("You are kind.\n\n")
    assert messages[0]["content"].startswith("question 4")
    assert messages[-1]["content"] == "and now?"
    assert models.requests[-1].tokens < before
    agent.session.close()


def test_an_older_conversation_is_remembered(server: RunningServer, models: FakeModels, client: Anthropic) -> None:
    models.script("Hello Ada.", "You are Ada.")
    with (first := Agent("an-older", client, Shop())).session:
        first.answer("I am Ada")
    sojourn.flush()

    with (second := Agent("an-older", client, Shop())).session:
        second.answer("Who am I?")

    said = [message["content"] for message in models.requests[-1].body["messages"]]
    assert said == ["I am Ada", "Hello Ada.", "Who am I?"]


def test_the_conversation_is_on_the_timeline_once(server: RunningServer, models: FakeModels, client: Anthropic) -> None:
    models.script(Use("refund", {"order": 7}), "Refunded.")
    with (agent := Agent("an-told", client, Shop())).session:
        agent.answer("Refund order 7")
    sojourn.flush()

    told = session_of(server, "an-told")
    assert (told["llm_call_count"], told["tool_call_count"], told["message_count"]) == (2, 1, 2)
    items = server.get("/api/v1/sessions/an-told/conversation")["items"]
    said = [
        item["parts"][0]["content"]
        for item in items
        if item["role"] in ("user", "assistant") and item["kind"] == "message"
    ]
    assert said == ["Refund order 7", "Refunded."]


def test_what_the_client_tells_itself_is_not_told_twice(
    server: RunningServer, models: FakeModels, client: Anthropic
) -> None:
    models.script(Use("refund", {"order": 7}))
    shop = Shop()
    with sojourn.start_session("an-untold") as session:
        memory = ChatMemory(session)
        with memory.turn("Refund order 7"):
            said = anthropic_client.create(session, client, memory, **MODEL, is_told=False)
            anthropic_client.run_tools(session, memory, said, shop.functions, is_told=False)
    sojourn.flush()

    told = session_of(server, "an-untold")
    assert (told["llm_call_count"], told["tool_call_count"]) == (1, 0)  # Its own span.
    assert len(shop.calls) == 1


async def test_an_async_loop_waits_without_blocking(server: RunningServer, models: FakeModels) -> None:
    models.script(Use("refund", {"order": 7}), "Refunded.")
    calls = []

    async def refund(order: int) -> str:
        calls.append(order)
        return "refunded"

    async def loop() -> None:
        async with sojourn.start_session("an-async") as session, AsyncAnthropic(
            base_url=models.url, api_key="none"
        ) as client:  # fmt: skip
            memory = ChatMemory(session)
            with memory.turn("Refund order 7"):
                said = await anthropic_client.create_async(session, client, memory, **MODEL)
                await anthropic_client.run_tools_async(
                    session, memory, said, {"refund": refund}, needs_approval={"refund"}
                )
                await anthropic_client.create_async(session, client, memory, **MODEL)

    working = asyncio.create_task(loop())
    task = await asyncio.to_thread(open_task, server, "an-async")
    await asyncio.to_thread(complete, server, task, {"approved": True})
    await asyncio.wait_for(working, 10)

    assert calls == [7]
    assert "refunded" in models.requests[-1].text
