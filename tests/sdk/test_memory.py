"""What the model should see: the conversation, shortened by resets and compacts at safe points."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from tests.sdk.contract_server import ContractServer

import sojourn

EARLIER = {
    "epoch": 0, "summary": None, "truncated": False,
    "messages": [
        {"role": "user", "content": "hello", "at": "2026-01-01T00:00:00Z", "event_id": "e1"},
        {"role": "assistant", "content": [{"type": "text", "content": "hi"}], "event_id": "e2"},
    ],
}  # fmt: skip


def talk(session: sojourn.Session, *said: str) -> None:
    for text in said:
        with session.turn(text) as turn:
            turn.reply(f"re: {text}")


def texts(session: sojourn.Session) -> list[Any]:
    return [message["content"] for message in session.history()]


def test_history_is_what_was_said(server: ContractServer) -> None:
    with sojourn.start_session(kind="conversation") as session:
        talk(session, "one", "two")

        assert session.history() == [
            {"role": "user", "content": "one"}, {"role": "assistant", "content": "re: one"},
            {"role": "user", "content": "two"}, {"role": "assistant", "content": "re: two"},
        ]  # fmt: skip
    assert not any(path.endswith("/history") for _, path, _ in server.requests)


def test_the_history_of_an_older_session_is_fetched_once(server: ContractServer) -> None:
    server.histories["chat:1/2"] = EARLIER
    with sojourn.start_session("chat:1/2", kind="conversation") as session:
        talk(session, "again")

        assert texts(session) == ["hello", "hi", "again", "re: again"]
        assert texts(session) == ["hello", "hi", "again", "re: again"]
    assert [path for _, path, _ in server.requests if path.endswith("/history")] == [
        "/api/v1/sessions/chat%3A1%2F2/history"
    ]


def test_what_was_said_before_the_first_look_is_not_there_twice(server: ContractServer) -> None:
    with sojourn.start_session("chat", kind="conversation") as session:
        event_id = session.message("user", "now")
        own = {"role": "user", "content": "now", "event_id": event_id}
        server.histories["chat"] = {**EARLIER, "messages": [*EARLIER["messages"], own]}  # type: ignore[misc]

        assert texts(session) == ["hello", "hi", "now"]


def test_a_summary_comes_first(server: ContractServer) -> None:
    server.histories["chat"] = {**EARLIER, "summary": "They met."}
    with sojourn.start_session("chat", kind="conversation") as session:
        assert session.history()[0] == {"role": "system", "content": "They met."}


def test_a_history_that_cannot_be_fetched_is_asked_for_again(server: ContractServer) -> None:
    server.histories["chat"] = EARLIER
    with sojourn.start_session("chat", kind="conversation") as session:
        server.mode = "garbage"
        assert texts(session) == []
        server.mode = "ok"
        assert texts(session) == ["hello", "hi"]


def test_a_reset_between_turns_works_at_once(server: ContractServer) -> None:
    resets: list[str] = []
    with sojourn.start_session(kind="conversation") as session:
        session.on_reset(lambda: resets.append("reset"))
        talk(session, "one")
        session.history()
        receipt = server.receipt(server.command(session.key, "reset"))

        assert (receipt["outcome"], receipt["detail"]) == ("applied", {"messages_before": 2})
        assert (session.history(), resets) == ([], ["reset"])


def test_a_reset_during_a_turn_waits_for_the_next_model_call(server: ContractServer) -> None:
    with sojourn.start_session(kind="conversation") as session, session.turn("one"):
        session.history()
        command_id = server.command(session.key, "reset")
        server.until(lambda: any(command_id in poll["known"] for poll in server.polls) or _heard(session))
        assert texts(session) == ["one"]
        with session.llm_call(model="m") as call:
            seen = call.messages

        assert server.receipt(command_id)["outcome"] == "applied"
    assert seen == []


def _heard(session: sojourn.Session) -> bool:
    session.heartbeat()
    return session.live.steering.has_pending()


def test_a_reset_waits_for_the_end_of_a_turn_without_model_calls(server: ContractServer) -> None:
    with sojourn.start_session(kind="conversation") as session:
        with session.turn("one"):
            session.history()
            command_id = server.command(session.key, "reset")
            server.until(lambda: _heard(session))
            assert command_id not in server.receipts
        assert server.receipt(command_id)["outcome"] == "applied"


def test_the_same_reset_again_forgets_nothing_more(server: ContractServer) -> None:
    with sojourn.start_session(kind="conversation") as session:
        talk(session, "one")
        session.history()
        command_id = server.command(session.key, "reset")
        again = dict(server.commands[0])
        server.receipt(command_id)
        talk(session, "two")
        with server.changed:
            del server.receipts[command_id]
            server.commands.append(again)
            server.changed.notify_all()

        assert server.receipt(command_id)["detail"] == {"messages_before": 2}
        assert texts(session) == ["two", "re: two"]


def test_a_compact_keeps_the_summary_and_the_last_turns(server: ContractServer) -> None:
    told: list[sojourn.Compaction] = []
    with sojourn.start_session(kind="conversation") as session:
        session.on_compact(told.append)
        talk(session, "one", "two", "three")
        receipt = server.receipt(
            server.command(session.key, "compact", summary="They counted.", keep_turns=1, instructions="short")
        )

        assert receipt["detail"] == {"messages_before": 6, "messages_after": 3}
        assert texts(session) == ["They counted.", "three", "re: three"]
    assert (told[0].summary, told[0].keep_turns, told[0].instructions) == ("They counted.", 1, "short")
    assert [message["content"] for message in told[0].messages] == ["They counted.", "three", "re: three"]


def test_a_paused_run_is_reset_at_once(server: ContractServer) -> None:
    with sojourn.start_session() as session:
        session.message("user", "one")
        session.history()
        server.receipt(server.command(session.key, "pause"))

        assert server.receipt(server.command(session.key, "reset"))["outcome"] == "applied"
        server.receipt(server.command(session.key, "resume"))


def test_a_session_without_memory_of_ours_refuses_a_reset(server: ContractServer) -> None:
    with sojourn.start_session(kind="conversation") as session:
        talk(session, "one")

        assert server.receipt(server.command(session.key, "reset"))["outcome"] == "refused"


def test_a_hook_that_fails_is_told_and_harms_nobody(server: ContractServer) -> None:
    def broken() -> None:
        raise RuntimeError("cannot forget")

    with sojourn.start_session(kind="conversation") as session:
        session.on_reset(broken)
        receipt = server.receipt(server.command(session.key, "reset"))

        assert (receipt["outcome"], receipt["reason"]) == ("refused", "its hook failed: RuntimeError: cannot forget")


def test_a_slow_hook_does_not_keep_a_cancel_away(server: ContractServer) -> None:
    may_end = threading.Event()
    with sojourn.start_session(kind="conversation") as session:
        session.on_reset(lambda: may_end.wait(10))
        server.command(session.key, "reset")

        assert server.receipt(server.command(session.key, "cancel"))["outcome"] == "applied"
        may_end.set()


def test_a_model_call_waits_until_a_reset_is_whole(server: ContractServer) -> None:
    may_end, begun, entered = threading.Event(), threading.Event(), threading.Event()
    with sojourn.start_session(kind="conversation") as session:
        session.on_reset(lambda: (begun.set(), may_end.wait(10)))
        command_id = server.command(session.key, "reset")
        assert begun.wait(10)

        def work() -> None:
            with session.llm_call(model="m"):
                entered.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert not entered.wait(0.2)
        may_end.set()
        server.receipt(command_id)
        thread.join(5)

    assert entered.is_set()


def test_saying_something_does_not_wait_for_a_server_that_hangs(server: ContractServer) -> None:
    with sojourn.start_session("chat", kind="conversation") as session:
        server.mode = "hang"
        looking = threading.Thread(target=session.history, daemon=True)
        looking.start()
        server.until(lambda: any(path.endswith("/history") for _, path, _ in server.requests))
        begun = time.monotonic()
        session.message("user", "hello")

        assert time.monotonic() - begun < 1
        server._released.set()
        looking.join(10)


def test_an_asynchronous_hook_is_refused_where_it_is_written(server: ContractServer) -> None:
    async def hook() -> None:
        """Nobody would await it."""

    with sojourn.start_session() as session, pytest.raises(TypeError, match="plain function"):
        session.on_reset(hook)


def test_a_call_without_input_sees_the_memory(server: ContractServer) -> None:
    with sojourn.start_session(kind="conversation") as session, session.turn("one"):
        session.history()
        with session.llm_call(model="m") as call:
            assert call.messages == [{"role": "user", "content": "one"}]

    assert '"one"' in server.ended("chat m").attributes["gen_ai.input.messages"]


async def test_history_is_there_asynchronously(server: ContractServer) -> None:
    server.histories["chat"] = EARLIER
    async with sojourn.start_session("chat", kind="conversation") as session:
        assert len(await session.history_async()) == 2
