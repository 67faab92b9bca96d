"""Langfuse's observation attributes, alone and over other instrumentations."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.conventions.recordings import (
    details,
    inputs,
    make_span,
    outputs,
    session_fields,
    span_event,
    values,
)

from sojourn.conventions.draft import Draft
from sojourn.conventions.langfuse import take_usage_details
from sojourn.conventions.registry import read_span

OBSERVATION, TRACE = "langfuse.observation.", "langfuse.trace."
GENERATION = {
    OBSERVATION + "type": "generation",
    OBSERVATION + "model.name": "gpt-4o-mini",
    OBSERVATION + "input": '[{"role":"user","content":"Hi"}]',
    OBSERVATION + "output": '{"role":"assistant","content":"Hello"}',
    OBSERVATION + "usage_details": '{"input":10,"output":2,"cache_read_input_tokens":3}',
    OBSERVATION + "cost_details": '{"input":0.006,"output":0.004,"total":0.01}',
    "session.id": "s-1",
    "user.id": "u-1",
}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("span", "span"),
        ("generation", "llm_call"),
        ("agent", "span"),
        ("tool", "tool_call"),
        ("chain", "span"),
        ("retriever", "retrieval"),
        ("evaluator", "assessment"),
        ("embedding", "llm_call"),
        ("guardrail", "guardrail_eval"),
        ("event", "span"),
    ],
)
def test_each_observation_type_has_its_event_type(kind: str, expected: str) -> None:
    assert span_event({OBSERVATION + "type": kind, OBSERVATION + "model.name": "m"}).type == expected


def test_a_generation_is_a_call_with_messages_tokens_and_cost() -> None:
    mapped = read_span(make_span(GENERATION))

    assert inputs(mapped)[0].parts == ({"type": "text", "content": "Hi"},)
    assert outputs(mapped)[0].parts == ({"type": "text", "content": "Hello"},)
    assert (mapped.event.input_tokens, mapped.event.output_tokens) == (13, 2)
    assert (mapped.event.cost_usd, mapped.event.model_used) == (0.01, "gpt-4o-mini")
    assert (mapped.event.session_tier, mapped.event.session_hint) == (2, "s-1")


def test_costs_without_a_total_add_up() -> None:
    event = span_event({**GENERATION, OBSERVATION + "cost_details": '{"input":0.25,"output":0.5}'})

    assert event.cost_usd == 0.75


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input": 10, "output": 2, "cache_read_input_tokens": 3}, (13, 2)),
        ({"input": 10, "output": 2, "cache_read_input_tokens": 3, "total": 15}, (13, 2)),
        ({"input": 10, "output": 2, "cache_read_input_tokens": 3, "total": 12}, (10, 2)),
        (
            {"input": 10, "output": 2, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 3, "total": 19},
            (17, 2),
        ),
        ({"input": 6, "output": 2055, "completion_details.reasoning": 1104, "total": 2061}, (6, 2055)),
        ({"input": 100, "output": 20, "output_reasoning_tokens": 30}, (100, 50)),
        ({"input": 60, "output": 15, "total": 75, "input_cache_read": 0, "output_reasoning": 0}, (60, 15)),
        ({"input": 1195, "total": 1195}, (1195, None)),
        ({}, (None, None)),
    ],
)
def test_usage_parts_add_up_unless_the_total_says_otherwise(
    usage: dict[str, int],
    expected: tuple[int | None, int | None],
) -> None:
    draft = Draft()

    take_usage_details(draft, usage)

    assert (draft.input_tokens, draft.output_tokens) == expected


def test_a_generation_without_model_or_usage_is_a_step_of_the_program() -> None:
    event = span_event({OBSERVATION + "type": "generation", OBSERVATION + "input": '"Hi"'})

    assert (event.type, event.usage_kind, details(event)["operation"]) == ("span", "", "generation")


def test_plain_text_in_and_out_of_a_generation_is_said_by_user_and_assistant() -> None:
    mapped = read_span(make_span({**GENERATION, OBSERVATION + "input": "Hi", OBSERVATION + "output": "Hello"}))

    assert (inputs(mapped)[0].role, outputs(mapped)[0].role) == ("user", "assistant")
    assert mapped.event.user_text == "Hi"


def test_a_tool_is_named_after_its_observation() -> None:
    mapped = read_span(
        make_span(
            {
                OBSERVATION + "type": "tool",
                OBSERVATION + "input": '{"city":"Bonn"}',
                OBSERVATION + "output": '"12 degrees"',
            },
            name="weather",
        )
    )

    assert mapped.event.tool_name == "weather"
    assert values(mapped, mapped.event.input_refs) == [{"city": "Bonn"}]
    assert values(mapped, mapped.event.output_refs) == ["12 degrees"]


def test_a_langchain_tool_message_makes_its_span_a_tool_call() -> None:
    message = {"type": "tool", "content": "12 degrees", "tool_call_id": "call_1", "name": "weather"}
    mapped = read_span(
        make_span(
            {OBSERVATION + "type": "span", OBSERVATION + "output": orjson.dumps(message).decode()},
            name="weather",
        )
    )

    assert (mapped.event.type, mapped.event.tool_call_id) == ("tool_call", "call_1")
    assert values(mapped, mapped.event.output_refs) == ["12 degrees"]


def test_an_agent_is_named_after_its_observation() -> None:
    event = span_event({OBSERVATION + "type": "agent"}, name="planner")

    assert (event.agent_id, details(event)["operation"]) == ("planner", "invoke_agent")


def test_a_retriever_says_what_was_asked() -> None:
    event = span_event({OBSERVATION + "type": "retriever", OBSERVATION + "input": '"opening hours"'})

    assert details(event)["query"] == "opening hours"


def test_level_error_is_a_failure_with_its_message() -> None:
    event = span_event(
        {
            OBSERVATION + "type": "span",
            OBSERVATION + "level": "ERROR",
            OBSERVATION + "status_message": "no such order",
        }
    )

    assert (event.status, event.error) == ("error", "no such order")


@pytest.mark.parametrize("level", ["DEBUG", "DEFAULT", "WARNING"])
def test_other_levels_are_no_failure(level: str) -> None:
    assert span_event({OBSERVATION + "type": "span", OBSERVATION + "level": level}).status == "ok"


def test_the_trace_describes_its_session() -> None:
    fields = session_fields(
        span_event(
            {
                TRACE + "name": "checkout",
                TRACE + "tags": '["beta","eu"]',
                TRACE + "metadata.plan": '"pro"',
                "langfuse.environment": "staging",
                "langfuse.release": "1.4",
                "user.id": "u-1",
                OBSERVATION + "type": "span",
            }
        )
    )

    assert fields["tags"] == {"beta": "", "eu": ""}
    assert fields["metadata"] == {"trace_name": "checkout", "plan": "pro", "release": "1.4"}
    assert (fields["environment"], fields["user_id"]) == ("staging", "u-1")


def test_the_input_and_output_of_the_trace_stand_in_for_the_roots() -> None:
    mapped = read_span(make_span({TRACE + "name": "checkout", TRACE + "input": '"Hi"', TRACE + "output": '"Hello"'}))

    assert values(mapped, mapped.event.input_refs) == ["Hi"]
    assert values(mapped, mapped.event.output_refs) == ["Hello"]


def test_a_session_in_its_own_spelling_is_weaker_than_session_id() -> None:
    event = span_event({OBSERVATION + "type": "span", "langfuse.session.id": "s-2"})

    assert (event.session_tier, event.session_hint) == (3, "s-2")


@pytest.mark.parametrize("name", ["session_id", "conversation_id", "thread_id"])
def test_a_session_may_be_named_only_in_metadata(name: str) -> None:
    event = span_event({OBSERVATION + "type": "span", f"{OBSERVATION}metadata.{name}": "t-3"})

    assert (event.session_tier, event.session_hint) == (3, "t-3")


def test_a_named_session_beats_one_in_metadata() -> None:
    event = span_event({OBSERVATION + "type": "span", "session.id": "s", OBSERVATION + "metadata.thread_id": "t"})

    assert (event.session_tier, event.session_hint) == (2, "s")


def test_the_prompt_and_its_version_are_kept() -> None:
    event = span_event({**GENERATION, OBSERVATION + "prompt.name": "support", OBSERVATION + "prompt.version": 7})

    assert details(event)["prompt"] == {"name": "support", "version": "7"}


def test_parameters_are_kept() -> None:
    event = span_event({**GENERATION, OBSERVATION + "model.parameters": '{"temperature":0.2}'})

    assert details(event)["parameters"] == {"temperature": 0.2}


def test_the_first_token_is_told_in_milliseconds_after_the_start() -> None:
    event = span_event({**GENERATION, OBSERVATION + "completion_start_time": '"2025-11-21T04:40:00.640000Z"'})

    assert details(event)["ttft_ms"] == 640


@pytest.mark.parametrize("moment", ["soon", '"2020-01-01T00:00:00Z"'])
def test_a_first_token_that_cannot_be_is_not_told(moment: str) -> None:
    event = span_event({**GENERATION, OBSERVATION + "completion_start_time": moment})

    assert "ttft_ms" not in details(event)


def test_another_convention_says_what_the_span_is() -> None:
    attributes: dict[str, Any] = {
        "openinference.span.kind": "TOOL",
        "tool.name": "search",
        "input.value": '{"q":"x"}',
        OBSERVATION + "type": "span",
        TRACE + "name": "t",
    }

    mapped = read_span(make_span(attributes, name="search"))

    assert (mapped.event.type, mapped.event.tool_name) == ("tool_call", "search")
    assert values(mapped, mapped.event.input_refs) == [{"q": "x"}]


def test_tokens_of_another_convention_are_not_replaced() -> None:
    event = span_event(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 50,
            "gen_ai.usage.output_tokens": 5,
            **GENERATION,
        }
    )

    assert (event.input_tokens, event.output_tokens) == (50, 5)


def test_what_another_convention_left_open_is_filled() -> None:
    mapped = read_span(make_span({"gen_ai.operation.name": "chat", **GENERATION}))

    assert mapped.event.input_tokens == 13
    assert outputs(mapped)[0].role == "assistant"


def test_a_span_that_only_bears_the_session_is_left_to_others() -> None:
    event = span_event({"session.id": "s", "langfuse.environment": "prod", "http.method": "GET"}, name="GET /")

    assert (event.type, event.session_hint) == ("span", "s")


def test_tools_beside_the_messages_of_a_request_are_its_definitions() -> None:
    given = {"messages": [{"role": "user", "content": "Hi"}], "tools": [{"name": "search"}]}
    mapped = read_span(make_span({**GENERATION, OBSERVATION + "input": orjson.dumps(given).decode()}))

    assert [block.name for block in mapped.blocks if block.kind == "tool_definition"] == ["search"]
