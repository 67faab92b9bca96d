"""A person answers, approves or denies; the agent goes on with the answer."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.contract_server import ContractServer

import sojourn


def answering(server: ContractServer, outcome: Any, status: str = "completed") -> threading.Thread:
    """Somebody who answers the next task."""

    def answer() -> None:
        server.complete(server.open_task()["id"], outcome, status)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return thread


def test_the_answer_of_a_person_comes_back(server: ContractServer) -> None:
    form = {"type": "object", "properties": {"size": {"type": "number"}}}
    with sojourn.start_session("s") as session:
        answering(server, {"size": 42})
        answer = session.ask_human("Which size?", "Ask the shop.", form, group="shop", deadline=timedelta(hours=1))

    assert (answer.status, answer.outcome, answer.completed_by) == ("completed", {"size": 42}, "ada")
    task = next(iter(server.tasks.values()))
    assert (task["session"], task["kind"], task["title"], task["form"]) == ("s", "question", "Which size?", form)
    assert (task["instructions"], task["group"]) == ("Ask the shop.", "shop")
    assert task["deadline_at"].endswith("Z")


async def test_asking_does_not_block_the_event_loop(server: ContractServer) -> None:
    async with sojourn.start_session("s") as session:
        asking = asyncio.create_task(session.ask_human_async("Go on?"))
        task = await asyncio.to_thread(server.open_task)
        assert not asking.done()
        server.complete(task["id"], "yes")
        answer = await asyncio.wait_for(asking, 5)

    assert answer.outcome == "yes"


async def test_many_can_ask_at_once(server: ContractServer) -> None:
    async with sojourn.start_session("s") as session:
        asking = [asyncio.create_task(session.ask_human_async(f"Question {number}?")) for number in range(50)]
        await asyncio.to_thread(server.until, lambda: len(server.tasks) == 50)
        for task in list(server.tasks.values()):
            server.complete(task["id"], task["title"])
        answers = await asyncio.wait_for(asyncio.gather(*asking), 10)

    assert [answer.outcome for answer in answers] == [f"Question {number}?" for number in range(50)]


def test_a_cancel_ends_the_wait_for_a_person(server: ContractServer) -> None:
    def agent() -> None:
        with sojourn.start_session("s") as session:
            session.ask_human("Go on?")

    threading.Thread(target=lambda: server.open_task() and server.command("s", "cancel"), daemon=True).start()
    with pytest.raises(sojourn.SessionCanceled):
        agent()

    assert server.record(session="s", status="canceled")


async def test_a_host_that_gives_up_withdraws_its_question(server: ContractServer) -> None:
    async with sojourn.start_session("s") as session:
        asking = asyncio.create_task(session.ask_human_async("Go on?"))
        task = await asyncio.to_thread(server.open_task)
        await asyncio.sleep(0.2)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.to_thread(server.until, lambda: server.tasks[task["id"]]["status"] == "canceled")


def test_a_deadline_gives_the_default_also_without_a_server(
    server: ContractServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sojourn.sdk.asking.DEADLINE_SLACK_S", 0.1)
    server.mode = "hang"
    with sojourn.start_session("s") as session:
        answer = session.ask_human("Go on?", deadline=timedelta(seconds=0.2), default_outcome="no")

    assert (answer.status, answer.outcome) == ("expired", "no")


def test_an_approved_tool_runs_with_its_arguments(server: ContractServer) -> None:
    @sojourn.require_approval(title="Really pay?", group="finance")
    def pay(amount: int, currency: str = "EUR") -> str:
        return f"{amount} {currency}"

    with sojourn.start_session("s"):
        answering(server, {"approved": True})
        assert pay(5) == "5 EUR"

    task = next(iter(server.tasks.values()))
    assert (task["kind"], task["title"], task["group"]) == ("approval", "Really pay?", "finance")
    assert task["form"]["properties"]["arguments"]["default"] == {"amount": 5, "currency": "EUR"}
    assert server.ended("execute_tool pay").attributes["gen_ai.tool.call.id"] == task["tool_call_id"]


def test_edited_arguments_are_used(server: ContractServer) -> None:
    when = Path("/tmp")

    @sojourn.require_approval
    def pay(amount: int, where: Path, **extra: Any) -> tuple[int, Path, dict[str, Any]]:
        return amount, where, extra

    with sojourn.start_session("s"):
        answering(server, {"approved": True, "arguments": {"amount": 3, "where": "/tmp", "note": "less"}})
        assert pay(5, when) == (3, when, {"note": "less"})

    assert '"amount": 3' in server.ended("execute_tool pay").attributes["gen_ai.tool.call.arguments"]


@pytest.mark.parametrize(
    ("outcome", "status", "why"),
    [
        ({"approved": False, "reason": "too much"}, "completed", "too much"),
        ("yes please", "completed", "denied"),
        ({"approved": "true"}, "completed", "denied"),
        (None, "canceled", "the approval is canceled"),
        (None, "expired", "the approval is expired"),
        ({"approved": True, "arguments": {"unknown": 1}}, "completed", "do not fit"),
    ],
)
def test_whatever_is_no_clear_yes_denies(server: ContractServer, outcome: Any, status: str, why: str) -> None:
    ran = []

    @sojourn.require_approval
    def pay(amount: int) -> None:
        ran.append(amount)

    with sojourn.start_session("s"):
        answering(server, outcome, status)
        with pytest.raises(sojourn.ApprovalDenied, match=why):
            pay(5)

    assert ran == []


def test_a_denial_can_be_text_for_the_model(server: ContractServer) -> None:
    @sojourn.require_approval(on_denied="return")
    def pay(amount: int) -> str:
        return "paid"

    with sojourn.start_session("s"):
        answering(server, {"approved": False, "reason": "too much"})
        assert pay(5) == "the call of pay was denied: too much"


async def test_an_asynchronous_tool_is_approved_and_told_of_once(server: ContractServer) -> None:
    @sojourn.tool
    @sojourn.require_approval
    async def pay(amount: int) -> int:
        return amount

    async with sojourn.start_session("s"):
        answering(server, {"approved": True})
        assert await pay(5) == 5

    server.ended("execute_tool pay")
    assert [span.name for span in server.spans if span.ended_at_ns].count("execute_tool pay") == 1


def test_a_pause_is_confirmed_while_an_approval_waits(server: ContractServer) -> None:
    """The tool has not started: nothing is in flight."""

    @sojourn.require_approval
    def pay() -> str:
        return "paid"

    with sojourn.start_session("s"):
        done: list[str] = []
        around = threading.Thread(target=_with_context(lambda: done.append(pay())), daemon=True)
        around.start()
        task = server.open_task()
        assert server.receipt(server.command("s", "pause"))["outcome"] == "applied"
        server.complete(task["id"], {"approved": True})
        around.join(0.3)
        assert done == []
        server.command("s", "resume")
        around.join(5)

    assert done == ["paid"]


def test_a_decorated_tool_outside_of_a_session_just_runs(server: ContractServer) -> None:
    @sojourn.tool(name="add up")
    def add(one: int, other: int) -> int:
        """Adds."""
        return one + other

    assert (add(1, 2), add.__name__, add.__doc__) == (3, "add", "Adds.")


def test_a_wrong_call_is_the_functions_own_error(server: ContractServer) -> None:
    @sojourn.tool
    def add(one: int, other: int) -> int:
        return one + other

    with sojourn.start_session("s"), pytest.raises(TypeError, match="missing 1 required"):
        add(1)  # type: ignore[call-arg]


def test_a_method_shows_its_arguments_without_itself(server: ContractServer) -> None:
    class Shop:
        @sojourn.tool
        def find(self, what: str, *more: str) -> str:
            return what

    with sojourn.start_session("s"):
        assert Shop().find("shoe", "red") == "shoe"

    arguments = server.ended("execute_tool find").attributes["gen_ai.tool.call.arguments"]
    assert arguments == '{"what": "shoe", "more": ["red"]}'


def test_a_disabled_sdk_denies_what_needs_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOJOURN_DISABLED", "1")
    sojourn.configure()

    @sojourn.require_approval
    def pay() -> None:
        raise AssertionError("it must not run")

    with sojourn.start_session() as session:
        with pytest.raises(sojourn.ApprovalDenied, match="disabled"):
            pay()
        assert session.ask_human("Anybody?", default_outcome="no").outcome == "no"
    sojourn.shutdown()


def _with_context(work: Any) -> Any:

    context = contextvars.copy_context()
    return lambda: context.run(work)
