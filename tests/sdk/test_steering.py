"""What operators ask for takes effect at a safe point, and is confirmed when it is true."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.sdk.contract_server import ContractServer

import sojourn
from sojourn.conventions.registry import read_span

SHORT_S = 0.3  # long enough for what must not happen


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def never(server: ContractServer, is_so: Callable[[], Any]) -> None:
    with server.changed:
        assert not server.changed.wait_for(is_so, SHORT_S)


def test_a_pause_is_confirmed_and_holds_the_next_model_call(server: ContractServer) -> None:
    entered = threading.Event()
    with sojourn.start_session("s") as session:

        def work() -> None:
            with session.llm_call(model="m"):
                entered.set()

        receipt = server.receipt(server.command("s", "pause"))
        thread = in_thread(work)
        assert receipt["outcome"] == "applied"
        assert not entered.wait(SHORT_S)
        resumed = server.receipt(server.command("s", "resume"))
        thread.join(5)

    assert resumed["outcome"] == "applied"
    assert entered.is_set()


def test_a_pause_waits_for_the_running_tool_and_lets_no_new_one_start(server: ContractServer) -> None:
    may_end, started, second = threading.Event(), threading.Event(), threading.Event()
    with sojourn.start_session("s") as session:

        def first_tool() -> None:
            with session.tool_call("first"):
                started.set()
                may_end.wait(10)

        def second_tool() -> None:
            with session.tool_call("second"):
                second.set()

        first = in_thread(first_tool)
        started.wait(5)
        command_id = server.command("s", "pause")
        wait_for(lambda: session.live.gate.look()[0] == "shut")
        waiting = in_thread(second_tool)
        never(server, lambda: command_id in server.receipts)
        assert not second.is_set()
        may_end.set()
        assert server.receipt(command_id)["outcome"] == "applied"
        assert not second.is_set()
        server.command("s", "resume")
        first.join(5)
        waiting.join(5)

    assert second.is_set()


def test_a_tool_may_call_another_inside_itself_while_pausing(server: ContractServer) -> None:
    """Else it could never end, and the pause never be confirmed."""
    with sojourn.start_session("s") as session:
        with session.tool_call("outer"):
            command_id = server.command("s", "pause")
            wait_for(lambda: session.live.gate.look()[0] == "shut")
            with session.tool_call("inner"), session.llm_call(model="m"):
                pass
            assert command_id not in server.receipts
        receipt = server.receipt(command_id)
        server.receipt(server.command("s", "resume"))

    assert receipt["outcome"] == "applied"


def test_a_resume_while_pausing_withdraws_the_pause(server: ContractServer) -> None:
    with sojourn.start_session("s") as session:
        with session.tool_call("slow"):
            pause_id = server.command("s", "pause")
            wait_for(lambda: session.live.gate.look()[0] == "shut")
            resume_id = server.command("s", "resume")
            resumed, paused = server.receipt(resume_id), server.receipt(pause_id)
        with session.tool_call("next"):
            pass

    assert (resumed["outcome"], paused["outcome"]) == ("applied", "refused")


def test_a_cancel_raises_at_every_gate_from_then_on(server: ContractServer) -> None:
    def agent() -> None:
        with sojourn.start_session("s") as session:
            assert server.receipt(server.command("s", "cancel"))["outcome"] == "applied"
            for _ in range(2):
                with pytest.raises(sojourn.SessionCanceled):
                    session.checkpoint()
            assert session.is_canceled
            with session.tool_call("never"):
                raise AssertionError("it must not start")

    with pytest.raises(sojourn.SessionCanceled, match="by ada: testing"):
        agent()

    closed = server.record(session="s", status="canceled")
    assert (closed["end_reason"], closed["status_reason"]) == ("user_cancel", "testing")


def test_an_agent_that_catches_every_exception_is_canceled_all_the_same(server: ContractServer) -> None:
    rounds = 0

    def agent() -> None:
        nonlocal rounds
        with sojourn.start_session("s") as session:
            server.receipt(server.command("s", "cancel"))
            for _ in range(3):
                try:
                    rounds += 1
                    session.checkpoint()
                except Exception:  # noqa: BLE001, S112  what agents do
                    continue

    with pytest.raises(sojourn.SessionCanceled):
        agent()

    assert rounds == 1


def test_a_cancel_is_confirmed_when_the_running_tool_has_ended(server: ContractServer) -> None:
    with sojourn.start_session("s") as session:
        with session.tool_call("slow"):
            command_id = server.command("s", "cancel")
            wait_for(lambda: session.is_canceled)
            never(server, lambda: command_id in server.receipts)
        assert server.receipt(command_id)["outcome"] == "applied"


def test_a_cancel_frees_who_waits_at_a_paused_gate(server: ContractServer) -> None:
    caught: list[BaseException] = []
    with sojourn.start_session("s") as session:

        def work() -> None:
            try:
                session.checkpoint()
            except sojourn.SessionCanceled as canceled:
                caught.append(canceled)

        server.receipt(server.command("s", "pause"))
        thread = in_thread(work)
        server.command("s", "cancel")
        thread.join(5)

    assert len(caught) == 1


def test_a_cancel_cannot_be_taken_back(server: ContractServer) -> None:
    with sojourn.start_session("s") as session:
        server.receipt(server.command("s", "cancel"))
        resumed = server.receipt(server.command("s", "resume"))

        assert (resumed["outcome"], session.is_canceled) == ("refused", True)


def test_a_model_call_that_was_canceled_inside_says_so(server: ContractServer) -> None:
    def agent() -> None:
        with sojourn.start_session("s") as session, session.llm_call(model="m"):
            server.receipt(server.command("s", "cancel"))
            session.checkpoint()

    with pytest.raises(sojourn.SessionCanceled):
        agent()

    assert read_span(server.ended("chat m")).event.status == "canceled"


async def test_a_paused_session_does_not_block_the_event_loop(server: ContractServer) -> None:
    ticks = 0
    async with sojourn.start_session("s") as session:
        await asyncio.to_thread(server.receipt, server.command("s", "pause"))

        async def work() -> str:
            async with session.llm_call(model="m"), session.tool_call("t"):
                return "done"

        waiting = asyncio.create_task(work())
        for _ in range(10):
            await asyncio.sleep(0.01)
            ticks += 1
        assert not waiting.done()
        server.command("s", "resume")
        assert await asyncio.wait_for(waiting, 5) == "done"

    assert ticks == 10


async def test_a_waiting_task_can_be_canceled_by_its_host(server: ContractServer) -> None:
    async with sojourn.start_session("s") as session:
        await asyncio.to_thread(server.receipt, server.command("s", "pause"))
        waiting = asyncio.create_task(session.checkpoint_async())
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.to_thread(server.receipt, server.command("s", "resume"))
        await session.checkpoint_async()


async def test_a_cancel_ends_an_asynchronous_agent(server: ContractServer) -> None:
    async def agent() -> None:
        async with sojourn.start_session("s") as session:
            await asyncio.to_thread(server.receipt, server.command("s", "cancel"))
            async with session.tool_call("t"):
                raise AssertionError("it must not start")

    with pytest.raises(sojourn.SessionCanceled):
        await agent()

    assert server.record(session="s", status="canceled")


def test_no_pause_is_confirmed_while_any_of_many_tools_runs(server: ContractServer) -> None:
    """Many threads start tools as fast as they can while pauses come and go."""
    running, broken, is_over = 0, [], threading.Event()
    lock = threading.Lock()
    with sojourn.start_session("s") as session:

        def work() -> None:
            nonlocal running
            while not is_over.is_set():
                with session.tool_call("t"):
                    with lock:
                        running += 1
                    time.sleep(0.001)
                    with lock:
                        running -= 1
                    # Between here and the end of the block the tool still counts as in flight.

        threads = [in_thread(work) for _ in range(8)]
        for _ in range(5):
            server.receipt(server.command("s", "pause"))
            before = running
            time.sleep(0.02)
            broken += [running] if running or before else []
            server.receipt(server.command("s", "resume"))
        is_over.set()
        for thread in threads:
            thread.join(5)

    assert broken == []


def test_a_pause_that_still_stands_holds_a_session_that_is_opened_again(server: ContractServer) -> None:
    """The server sends the same command again, as the session says that it runs."""
    with sojourn.start_session("s"):
        command_id = server.command("s", "pause")
        again = dict(server.commands[0])
        server.receipt(command_id)
    sojourn.flush()
    with sojourn.start_session("s") as session:
        with server.changed:
            del server.receipts[command_id]
            server.commands.append(again)
            server.changed.notify_all()

        assert server.receipt(command_id)["outcome"] == "applied"
        assert session.live.gate.look()[0] == "shut"


def test_a_canceled_session_stays_attached_until_its_cancel_is_confirmed(server: ContractServer) -> None:
    def agent() -> None:
        with sojourn.start_session("s") as session:
            server.command("s", "cancel")
            wait_for(lambda: session.is_canceled)
            session.checkpoint()

    with pytest.raises(sojourn.SessionCanceled):
        agent()

    server.record(session="s", status="canceled")
    confirming = next(poll for poll in server.polls if poll["receipts"])
    assert [(one["session"], one["state"]) for one in confirming["sessions"]] == [("s", "canceled")]


def test_a_command_for_an_ended_session_is_refused(server: ContractServer) -> None:
    with sojourn.start_session("other"):
        sojourn.start_session("gone").close()
        receipt = server.receipt(server.command("gone", "pause", via="other"))

    assert (receipt["outcome"], receipt["reason"]) == ("refused", "the session has ended (completed)")


def test_all_open_sessions_are_told_with_what_they_obey(server: ContractServer) -> None:
    with sojourn.start_session("a"), sojourn.start_session("b", kind="conversation") as b, b.tool_call("t"):
        b.on_reset(lambda: None)
        told = server.until(lambda: next((p for p in reversed(server.polls) if len(p["sessions"]) == 2), None))
        server.until(lambda: "reset" in server.polls[-1]["sessions"][1]["verbs"])
        told = server.polls[-1]

    first, second = told["sessions"]
    assert first == {
        "session": "a", "session_id": first["session_id"], "verbs": ["pause", "resume", "cancel"], "state": "running",
        "tools_in_flight": 0, "owns_memory": False,
    }  # fmt: skip
    assert second["verbs"] == ["pause", "resume", "cancel", "reset"]
    assert (second["state"], second["tools_in_flight"], second["owns_memory"]) == ("running", 1, True)
    assert told["runtime"]["sdk"].startswith("sojourn-python/")


def test_a_process_that_ends_in_order_says_so(server: ContractServer) -> None:
    with sojourn.start_session("s"):
        server.until(lambda: server.polls)
    sojourn.shutdown()

    assert any(method == "DELETE" for method, _, _ in server.requests)


def wait_for(is_so: Callable[[], Any], timeout_s: float = 5) -> None:
    until = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)
