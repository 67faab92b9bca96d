"""Pydantic AI's own spans, recorded in its oldest and newest format, and Logfire's of other libraries."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conventions.recordings import (
    TRACE_ID,
    details,
    inputs,
    make_span,
    of_type,
    only,
    outputs,
    recording,
    span_event,
    tokens,
    types,
    values,
)

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.exports import read
from sojourn.conventions.logfire import reopened
from sojourn.conventions.registry import read_span

VERSIONS = ("version-2", "version-6")
ROOT, PENDING = "00f067aa0ba902b7", "aaf067aa0ba902b7"


def recorded(version: str) -> list[Mapped]:
    return list(read(recording(f"pydantic_ai/{version}.json")))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_format_gives_the_same_events(version: str) -> None:
    assert types(recorded(version)) == {"llm_call": 3, "tool_call": 2, "span": 2}


@pytest.mark.parametrize("version", VERSIONS)
def test_tokens_are_those_of_the_calls_and_agents_hold_their_sums(version: str) -> None:
    assert tokens(recorded(version)) == (53 + 58 + 56, 9 + 2 + 13)
    assert tokens(recorded(version), "sum") == (58 + 109, 2 + 22)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_agent_run_is_named_and_holds_its_messages_and_result(version: str) -> None:
    run = only(recorded(version), lambda event: event.type == "span" and event.agent_id == "assistant")

    assert details(run.event)["operation"] == "invoke_agent"
    assert [message.role for message in inputs(run)][:2] == ["system", "user"]
    assert values(run, run.event.output_refs) == ["It is warm."]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tool_call_holds_its_arguments_and_result(version: str) -> None:
    tool = only(recorded(version), lambda event: event.tool_name == "ask_forecaster")

    assert values(tool, tool.event.input_refs) == [{"city": "a"}]
    assert values(tool, tool.event.output_refs) == ["42 degrees"]
    assert tool.event.agent_id == "assistant"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_delegate_has_a_conversation_of_its_own(version: str) -> None:
    conversations = {item.event.agent_id: item.event.conversation_id for item in recorded(version)}

    assert set(conversations) == {"assistant", "forecaster"}
    assert conversations["assistant"] != conversations["forecaster"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_call_knows_the_tools_it_was_given(version: str) -> None:
    calls = [item for item in recorded(version) if item.event.type == "llm_call"]
    call = next(item for item in calls if item.event.agent_id == "assistant")

    names = [block.name for block in call.blocks if block.kind == "tool_definition"]
    assert names == ["ask_forecaster", "broken"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schema_of_attributes_is_not_stored(version: str) -> None:
    assert all("logfire.json_schema" not in item.event.attributes for item in recorded(version))


def test_events_of_the_first_format_are_messages() -> None:
    mapped = read_span(
        make_span(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "openai",
                "gen_ai.request.model": "gpt-4o",
                "events": '[{"content":"Be brief.","role":"system","event.name":"gen_ai.system.message"},'
                '{"content":"Hi","role":"user","event.name":"gen_ai.user.message"},'
                '{"index":0,"message":{"role":"assistant","content":"Hello"},"event.name":"gen_ai.choice"}]',
            },
            name="chat gpt-4o",
            scope="pydantic-ai",
        )
    )

    assert [message.role for message in inputs(mapped)] == ["system", "user"]
    assert [message.role for message in outputs(mapped)] == ["assistant"]
    assert mapped.event.preview == "Hello"


def test_an_agent_run_of_the_first_format_is_a_sum_and_no_call() -> None:
    event = span_event(
        {
            "agent_name": "qa",
            "model_name": "gpt-4o",
            "gen_ai.usage.input_tokens": 31,
            "gen_ai.usage.output_tokens": 9,
            "final_result": "done",
            "logfire.msg": "qa run",
            "all_messages_events": '[{"role":"user","content":"Hi","event.name":"gen_ai.user.message"}]',
        },
        name="qa run",
        scope="pydantic-ai",
    )

    assert (event.type, event.usage_kind, event.agent_id) == ("span", "sum", "qa")
    assert event.user_text == "Hi"


def test_its_reported_cost_is_taken() -> None:
    event = span_event(
        {"gen_ai.operation.name": "chat", "operation.cost": 0.0028149, "gen_ai.usage.input_tokens": 588},
        scope="pydantic-ai",
    )

    assert event.cost_usd == 0.0028149


def test_thoughts_are_reasoning() -> None:
    event = span_event(
        {"gen_ai.operation.name": "chat", "gen_ai.usage.details.thoughts_tokens": 44},
        scope="pydantic-ai",
    )

    assert event.reasoning_tokens == 44


def pending(**changes: Any) -> dict[str, Any]:
    return {
        "logfire.span_type": "pending_span",
        "logfire.pending_parent_id": "0" * 16,
        "logfire.msg": "qa run",
        "agent_name": "qa",
        "model_name": "gpt-4o",
        **changes,
    }


def test_a_pending_span_is_the_open_form_of_its_parent() -> None:
    announced = span_event(pending(), name="qa run (pending)", span_id=PENDING, parent=ROOT, scope="pydantic-ai")
    ended = span_event({"agent_name": "qa", "model_name": "gpt-4o"}, name="qa run", span_id=ROOT, scope="pydantic-ai")

    assert announced.event_id == ended.event_id == f"{TRACE_ID}-{ROOT}"
    assert (announced.status, announced.ended_at_ns) == ("pending", None)
    assert announced.version < ended.version
    assert announced.parent_event_id == ""


def test_a_pending_span_keeps_the_parent_of_its_span() -> None:
    announced = span_event(
        pending(**{"logfire.pending_parent_id": "00000000000000ff"}),
        name="tool",
        span_id=PENDING,
        parent=ROOT,
        scope="logfire",
    )

    assert announced.parent_event_id == f"{TRACE_ID}-00000000000000ff"


def test_other_spans_are_not_reopened() -> None:
    span = make_span({"logfire.span_type": "span"}, parent=ROOT, span_id=PENDING)

    assert reopened(span) is span


def test_a_group_of_openai_agents_is_a_session() -> None:
    event = span_event(
        {
            "name": "my_trace",
            "group_id": "thread-9",
            "logfire.msg": "OpenAI Agents trace: my_trace",
            "logfire.msg_template": "OpenAI Agents trace: {name}",
        },
        scope="logfire.openai_agents",
    )

    assert (event.session_tier, event.session_hint) == (3, "thread-9")


def test_a_missing_group_is_no_session() -> None:
    assert span_event({"group_id": "null", "logfire.msg": "x"}, scope="logfire").session_tier == 0


def test_a_logfire_handoff_names_both_agents() -> None:
    event = span_event(
        {
            "from_agent": "triage",
            "to_agent": "billing",
            "logfire.msg": "Handoff: triage → billing",
            "logfire.msg_template": "Handoff: {from_agent} → {to_agent}",
        },
        scope="logfire.openai_agents",
    )

    assert event.type == "handoff"
    assert (details(event)["from"], details(event)["to"]) == ("triage", "billing")


@pytest.mark.parametrize(
    ("template", "attributes", "kind"),
    [
        ("Agent run: {name!r}", {"name": "triage"}, "span"),
        ("Function: {name}", {"name": "lookup", "input": '{"order":"A1"}', "output": "shipped"}, "tool_call"),
        ("Guardrail {name!r} {triggered=}", {"name": "no_math", "triggered": True}, "guardrail_eval"),
        ("Responses API with {gen_ai.request.model!r}", {"gen_ai.request.model": "gpt-4o"}, "llm_call"),
    ],
)
def test_openai_agents_spans_get_their_types(template: str, attributes: dict[str, Any], kind: str) -> None:
    event = span_event({**attributes, "logfire.msg_template": template}, scope="logfire.openai_agents")

    assert event.type == kind


def test_a_triggered_guardrail_blocked() -> None:
    event = span_event(
        {
            "name": "no_math",
            "triggered": True,
            "logfire.msg_template": "Guardrail {name!r} {triggered=}",
        },
        scope="logfire.openai_agents",
    )

    assert details(event) == {"guardrail": "no_math", "result": "blocked"}


def test_a_function_span_holds_what_went_in_and_out() -> None:
    mapped = read_span(
        make_span(
            {
                "name": "lookup",
                "input": '{"order":"A1"}',
                "output": "shipped",
                "logfire.msg_template": "Function: {name}",
            },
            scope="logfire.openai_agents",
        )
    )

    assert mapped.event.tool_name == "lookup"
    assert values(mapped, mapped.event.input_refs) == [{"order": "A1"}]
    assert values(mapped, mapped.event.output_refs) == ["shipped"]


def test_partial_usage_is_never_summed() -> None:
    event = span_event(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.partial.input_tokens": 500,
            "gen_ai.usage.partial.output_tokens": 2,
            "gen_ai.conversation.id": "c",
            "logfire.msg": "chat",
        },
        scope="logfire.claude_agent_sdk",
    )

    assert (event.type, event.input_tokens, event.output_tokens) == ("llm_call", None, None)


def test_an_error_line_of_the_program_is_an_error() -> None:
    event = span_event(
        {"logfire.span_type": "log", "logfire.level_num": 17, "logfire.msg": "payment failed"},
        scope="logfire",
    )

    assert (event.type, event.status, event.error) == ("error", "error", "payment failed")


def test_a_plain_line_of_the_program_stays_a_span_with_its_message() -> None:
    event = span_event({"logfire.span_type": "log", "logfire.level_num": 9, "logfire.msg": "started"}, scope="logfire")

    assert (event.type, event.preview) == ("span", "started")


@pytest.mark.parametrize("name", ["plan trip", "chat page", "retrieval of luggage"])
def test_a_span_of_the_program_is_not_taken_for_work_of_a_model(name: str) -> None:
    event = span_event({"logfire.msg": name, "logfire.span_type": "span"}, name=name, scope="logfire")

    assert (event.type, event.name) == ("span", name)


def test_the_agents_spans_of_a_real_trace_hold_the_chat_calls() -> None:
    calls = of_type(recorded("version-6"), "llm_call")
    runs = {item.event.event_id: item.event.agent_id for item in recorded("version-6") if item.event.type == "span"}

    assert {runs[call.parent_event_id] for call in calls} == {"assistant", "forecaster"}
    assert all(runs[call.parent_event_id] == call.agent_id for call in calls)
