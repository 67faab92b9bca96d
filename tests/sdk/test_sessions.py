"""What a session tells the server, in what words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry import trace
from tests.sdk.contract_server import ContractServer

import sojourn
from sojourn.conventions.registry import read_span
from sojourn.domain.events import Event
from sojourn.domain.identity import DEFAULT_WORKSPACE, session_id_of
from sojourn.domain.telemetry import RawSpan


def event_of(span: RawSpan) -> Event:
    """As the real server reads it."""
    return read_span(span).event


def test_a_run_opens_and_completes(server: ContractServer) -> None:
    with sojourn.start_session("ticket-1", goal="Refund", agent_id="support", tags={"team": "a"}) as session:
        pass

    opened = server.record(session="ticket-1", status="running")
    closed = server.record(session="ticket-1", status="completed")
    assert (opened["kind"], opened["goal"], opened["agent_id"], opened["tags"]) == (
        "run", "Refund", "support", {"team": "a"},
    )  # fmt: skip
    assert closed["end_reason"] == "clean"
    assert closed["at"] > opened["at"]
    assert session.session_id == session_id_of(DEFAULT_WORKSPACE, "ticket-1")


async def test_a_session_works_asynchronously(server: ContractServer) -> None:
    async with sojourn.start_session("async-1", agent_id="support") as session:
        async with session.llm_call(model="m") as call:
            call.record(output="hi")
        async with session.tool_call("search") as tool:
            tool.result(1)

    server.record(session="async-1", status="completed")
    assert event_of(server.ended("execute_tool search")).session_hint == "async-1"


def test_a_session_without_a_key_gets_one_of_its_own(server: ContractServer) -> None:
    with sojourn.start_session() as one, sojourn.start_session() as other:
        pass

    assert one.key != other.key


def test_an_exception_fails_the_session_and_goes_on(server: ContractServer) -> None:
    with pytest.raises(ZeroDivisionError), sojourn.start_session("failing"):
        raise ZeroDivisionError("by zero")

    closed = server.record(session="failing", status="failed")
    assert closed["status_reason"] == "ZeroDivisionError: by zero"
    assert closed["end_reason"] == "exception"


def test_a_session_inside_another_is_its_child(server: ContractServer) -> None:
    with sojourn.start_session("outer"), sojourn.start_session("inner"):
        pass

    assert server.record(session="inner", status="running")["parent"] == "outer"
    assert "parent" not in server.record(session="outer", status="running")


def test_a_parent_can_be_named_or_denied(server: ContractServer) -> None:
    with sojourn.start_session("outer") as outer:
        sojourn.start_session("named", parent="elsewhere").close()
        sojourn.start_session("orphan", parent="").close()
    sojourn.start_session("late", parent=outer).close()

    assert server.record(session="named", status="running")["parent"] == "elsewhere"
    assert "parent" not in server.record(session="orphan", status="running")
    assert server.record(session="late", status="running")["parent"] == "outer"


def test_a_conversation_is_idle_between_turns_and_after(server: ContractServer) -> None:
    with sojourn.start_session("chat-1", kind="conversation") as session:
        with session.turn("hello") as turn:
            turn.reply("hi there")
        with session.turn("bye"):
            pass

    server.until(lambda: len(server.statuses("chat-1")) == 6)
    assert server.statuses("chat-1") == ["running", "running", "idle", "running", "idle", "idle"]
    said = [(r["role"], r.get("input") or r.get("output")) for r in server.records if r.get("type") == "message"]
    assert said == [("user", "hello"), ("assistant", "hi there"), ("user", "bye")]


def test_a_message_belongs_to_the_trace_of_its_turn(server: ContractServer) -> None:
    with sojourn.start_session("chat-2", kind="conversation", agent_id="support") as session, session.turn("hello"):
        pass

    turn = server.ended("turn support")
    message = server.record(session="chat-2", type="message")
    assert message["trace_id"] == turn.trace_id
    assert message["parent_event_id"] == f"{turn.trace_id}-{turn.span_id}"


def test_a_model_call_tells_what_the_server_needs(server: ContractServer) -> None:
    messages = [{"role": "user", "content": "How are you?"}]

    with (
        sojourn.start_session("run-1", agent_id="support") as session,
        session.llm_call(model="gpt-5", provider="openai", input=messages, system="Be kind.", temperature=0.5) as call,
    ):
        messages.append({"role": "user", "content": "appended later"})
        call.record(
            output="Fine.", model="gpt-5-2026", input_tokens=100, output_tokens=20, cache_read_tokens=60,
            cache_write_tokens=5, reasoning_tokens=7, cost_usd=0.25, finish_reason="stop", response_id="r-1",
            ttft_ms=120,
        )  # fmt: skip

    event = event_of(server.ended("chat gpt-5"))
    assert (event.type, event.status, event.agent_id) == ("llm_call", "ok", "support")
    assert (event.model_requested, event.model_used, event.provider) == ("gpt-5", "gpt-5-2026", "openai")
    assert (event.input_tokens, event.output_tokens, event.cache_read_tokens) == (100, 20, 60)
    assert (event.cache_write_tokens, event.reasoning_tokens, event.cost_usd) == (5, 7, 0.25)
    assert (event.usage_key, len(event.input_refs), len(event.output_refs)) == ("r-1", 2, 1)
    assert json.loads(event.details) == {"finish_reasons": ["stop"], "ttft_ms": 120, "parameters": {"temperature": 0.5}}


def test_a_tool_call_tells_what_the_server_needs(server: ContractServer) -> None:
    with sojourn.start_session("run-2") as session, session.tool_call("search", {"q": "shoes"}, "call-1") as tool:
        tool.result({"found": 3})

    mapped = read_span(server.ended("execute_tool search"))
    assert (mapped.event.type, mapped.event.tool_name, mapped.event.tool_call_id) == ("tool_call", "search", "call-1")
    assert [block.text for block in mapped.blocks] == ['{"q":"shoes"}', '{"found":3}']


def test_a_failing_tool_call_says_how(server: ContractServer) -> None:
    with pytest.raises(LookupError), sojourn.start_session("run-3") as session, session.tool_call("search"):
        raise LookupError("no such shoe")

    event = event_of(server.ended("execute_tool search"))
    assert (event.status, event.error_type, event.error) == ("error", "LookupError", "no such shoe")


def test_an_open_span_is_seen_at_once(server: ContractServer) -> None:
    with sojourn.start_session("open-1") as session, session.tool_call("slow"):
        pending = server.until(lambda: next((one for one in server.spans if one.name == "execute_tool slow"), None))
        assert event_of(pending).status == "pending"
        assert pending.attributes["sojourn.span.pending"] is True

    ended = server.ended("execute_tool slow")
    assert (ended.span_id, event_of(ended).status) == (pending.span_id, "ok")
    assert event_of(ended).event_id == event_of(pending).event_id


def test_a_short_span_is_sent_once(server: ContractServer) -> None:
    with sojourn.start_session("short") as session, session.tool_call("quick"):
        pass

    server.ended("execute_tool quick")
    assert [one.name for one in server.spans].count("execute_tool quick") == 1


def test_spans_of_others_inside_carry_the_session(server: ContractServer) -> None:
    foreign = trace.get_tracer("openinference.instrumentation.openai")

    with sojourn.start_session("with-others"), foreign.start_as_current_span("ChatCompletion"):
        pass
    with foreign.start_as_current_span("outside"):
        pass

    assert server.ended("ChatCompletion").attributes["sojourn.session.id"] == "with-others"
    assert "sojourn.session.id" not in server.ended("outside").attributes


def test_everything_of_a_run_is_one_trace(server: ContractServer) -> None:
    with sojourn.start_session("one-trace", agent_id="support") as session:
        with session.llm_call(model="m"):
            pass
        with session.tool_call("t"):
            pass

    root = server.ended("invoke_agent support")
    assert {one.trace_id for one in server.spans} == {root.trace_id}
    assert server.ended("chat m").parent_span_id == root.span_id


@pytest.mark.parametrize(
    ("tell", "kind", "details"),
    [
        (
            lambda session: session.decision("refund", options=["refund", "wait"], reason="late", policy="p1"),
            "decision",
            {"decision": "refund", "options": ["refund", "wait"], "reason": "late", "policy": "p1"},
        ),
        (
            lambda session: session.handoff("billing", context={"order": 7}),
            "handoff",
            {"from": "support", "to": "billing", "context": {"order": 7}},
        ),
        (
            lambda session: session.guardrail("pii", "blocked", score=0.9, explanation="an address"),
            "guardrail_eval",
            {"guardrail": "pii", "result": "blocked", "score": 0.9, "explanation": "an address"},
        ),
        (
            lambda session: session.set_state("cart", ["shoe"]),
            "state_change",
            {"variable": "cart", "old": None, "new": ["shoe"]},
        ),
        (
            lambda session: session.error(TimeoutError("slow"), retryable=True, attempt=2),
            "error",
            {"retryable": True, "attempt": 2},
        ),
    ],
)
def test_what_happens_is_told_in_the_words_of_event_types(
    server: ContractServer, tell: Any, kind: str, details: dict[str, Any]
) -> None:
    with sojourn.start_session("telling", agent_id="support") as session:
        tell(session)

    assert server.record(type=kind)["details"] == details


def test_a_state_change_knows_the_value_before(server: ContractServer) -> None:
    with sojourn.start_session("state") as session:
        session.set_state("step", 1)
        session.set_state("step", 2)

    server.record(session="state", status="completed")
    changes = [one["details"] for one in server.records if one.get("type") == "state_change"]
    assert [(one["old"], one["new"]) for one in changes] == [(None, 1), (1, 2)]


def test_metrics_are_told_and_the_eleventh_number_is_refused(server: ContractServer) -> None:
    with sojourn.start_session("measured") as session:
        session.set_metrics(goal_completed=True, score=0.5, **{f"n{number}": number for number in range(10)})
        with pytest.raises(sojourn.InvalidMetric, match=r"at most 10.*'n10'"):
            session.set_metrics(n10=1)
        session.set_metrics(n3=33)

    assert server.record(session="measured", metrics={"n3": 33})
    first = next(record["metrics"] for record in server.records if "metrics" in record)
    assert (len(first), first["goal_completed"], first["score"]) == (12, True, 0.5)


@pytest.mark.parametrize(
    "metrics", [{"score": 1.1}, {"score": -1}, {"goal_completed": 1}, {"n": "7"}, {"n": float("nan")}]
)
def test_a_metric_that_is_none_is_refused(server: ContractServer, metrics: dict[str, Any]) -> None:
    with sojourn.start_session() as session, pytest.raises(sojourn.InvalidMetric):
        session.set_metrics(**metrics)


def test_a_prompt_is_resolved_and_kept(server: ContractServer) -> None:
    with sojourn.start_session("prompted") as session:
        resolved = session.set_prompt(
            'Help {{ name }} with {topic}: {"json": true} {other}', {"name": "Ada", "topic": 7}
        )

    assert resolved == 'Help Ada with 7: {"json": true} {other}'
    told = server.record(session="prompted", prompt_inputs={"name": "Ada", "topic": 7})
    assert told["metadata"] == {"resolved_prompt": resolved}


def test_two_objects_of_one_key_end_the_session_once(server: ContractServer) -> None:
    with sojourn.start_session("shared"), sojourn.start_session("shared"):
        pass
    sojourn.flush()

    assert server.statuses("shared") == ["running", "running", "completed"]


def test_an_api_key_is_sent_as_a_bearer(server: ContractServer) -> None:
    sojourn.configure(server.url, api_key="secret")

    sojourn.start_session("keyed").close()

    server.record(session="keyed", status="completed")
    assert all(
        headers["authorization"] == "Bearer secret" for _, path, headers in server.requests if path == "/api/v1/events"
    )


def test_a_heartbeat_is_a_poll(server: ContractServer) -> None:
    with sojourn.start_session("beating") as session:
        server.until(lambda: server.polls)
        before = len(server.polls)
        session.heartbeat()
        server.until(lambda: len(server.polls) > before)

    assert server.polls[-1]["sessions"][0]["session"] == "beating"
