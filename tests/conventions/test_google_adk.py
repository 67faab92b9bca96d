"""Google ADK: schema 2 as recorded, schema 1 as its attributes are documented."""

from __future__ import annotations

import orjson
import pytest
from tests.conventions.recordings import (
    details,
    inputs,
    make_span,
    named,
    of_type,
    outputs,
    recording,
    span_event,
    tokens,
    types,
    values,
)

from sojourn.conventions.assemble import Mapped
from sojourn.conventions.exports import read
from sojourn.conventions.registry import read_span

SCOPE = "gcp.vertex.agent"
REQUEST = {
    "model": "gemini-2.5-flash",
    "config": {
        "system_instruction": "You are a shop.",
        "tools": [{"function_declarations": [{"name": "lookup"}, {"name": "refund"}]}],
    },
    "contents": [
        {"role": "user", "parts": [{"text": "Where is A1?"}]},
        {"role": "model", "parts": [{"function_call": {"id": "c1", "name": "lookup", "args": {"order": "A1"}}}]},
        {"role": "user", "parts": [{"function_response": {"id": "c1", "name": "lookup", "response": {"at": "Bonn"}}}]},
    ],
}
RESPONSE = {
    "content": {"role": "model", "parts": [{"text": "I think", "thought": True}, {"text": "It is in Bonn."}]},
    "usage_metadata": {
        "prompt_token_count": 210,
        "candidates_token_count": 12,
        "thoughts_token_count": 30,
        "cached_content_token_count": 100,
        "total_token_count": 252,
    },
}


def recorded() -> list[Mapped]:
    return list(read(recording("span_dumps/google_adk.native.json")))


def first_schema_call() -> Mapped:
    return read_span(
        make_span(
            {
                "gen_ai.system": "gcp.vertex.agent",
                "gen_ai.request.model": "gemini-2.5-flash",
                "gcp.vertex.agent.session_id": "s-1",
                "gcp.vertex.agent.llm_request": orjson.dumps(REQUEST).decode(),
                "gcp.vertex.agent.llm_response": orjson.dumps(RESPONSE).decode(),
            },
            name="call_llm",
            scope=SCOPE,
        )
    )


def test_the_recording_becomes_a_timeline() -> None:
    assert types(recorded()) == {"handoff": 1, "llm_call": 4, "tool_call": 2, "span": 5}
    assert tokens(recorded()) == (400, 40)


def test_both_traces_name_the_session_but_tools_do_not() -> None:
    hints = {item.event.type: (item.event.session_tier, item.event.session_hint) for item in recorded()}

    assert hints["llm_call"] == hints["span"] == (4, "sess-9")
    assert hints["tool_call"] == hints["handoff"] == (0, "")


def test_transfer_to_agent_is_a_handoff() -> None:
    handoff = of_type(recorded(), "handoff")[0]

    assert (details(handoff)["from"], details(handoff)["to"]) == ("triage", "billing")
    assert (handoff.agent_id, handoff.tool_call_id) == ("triage", "c-transfer_to_agent")


def test_an_unspecified_call_id_is_none() -> None:
    tools = of_type(recorded(), "tool_call")

    assert sorted(tool.tool_call_id for tool in tools) == ["", "c-lookup"]


def test_the_first_schema_keeps_messages_in_the_request() -> None:
    call = first_schema_call()

    assert call.event.type == "llm_call"
    assert [message.role for message in inputs(call)] == ["system", "user", "assistant", "tool"]
    assert inputs(call)[2].parts[0] == {
        "type": "tool_call",
        "id": "c1",
        "name": "lookup",
        "arguments": {"order": "A1"},
    }
    assert [block.name for block in call.blocks if block.kind == "tool_definition"] == ["lookup", "refund"]


def test_the_first_schema_keeps_the_answer_and_its_thoughts_in_the_response() -> None:
    answer = outputs(first_schema_call())[0]

    assert answer.role == "assistant"
    assert [part["type"] for part in answer.parts] == ["reasoning", "text"]


def test_thoughts_are_part_of_the_output() -> None:
    call = first_schema_call().event

    assert (call.input_tokens, call.output_tokens) == (210, 42)
    assert (call.cache_read_tokens, call.reasoning_tokens) == (100, 30)


def test_tokens_of_attributes_win_over_those_in_the_response() -> None:
    event = span_event(
        {
            "gen_ai.request.model": "gemini-2.5-flash",
            "gen_ai.usage.input_tokens": 5,
            "gen_ai.usage.output_tokens": 6,
            "gcp.vertex.agent.llm_response": orjson.dumps(RESPONSE).decode(),
        },
        name="call_llm",
        scope=SCOPE,
    )

    assert (event.input_tokens, event.output_tokens) == (5, 6)


def test_the_content_is_not_kept_twice() -> None:
    assert "llm_request" not in first_schema_call().event.attributes


def test_the_session_of_the_first_schema_is_a_vendor_spelling() -> None:
    event = first_schema_call().event

    assert (event.session_tier, event.session_hint) == (3, "s-1")


def test_the_provider_is_gemini_and_not_the_framework() -> None:
    assert first_schema_call().event.provider == "gcp.gemini"


def test_another_models_provider_is_left_to_its_name() -> None:
    event = span_event(
        {"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "openai/gpt-4o"},
        name="call_llm",
        scope=SCOPE,
    )

    assert event.provider == ""


def test_a_tool_of_the_first_schema_holds_arguments_and_response() -> None:
    mapped = read_span(
        make_span(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "lookup",
                "gcp.vertex.agent.tool_call_args": '{"order":"A1"}',
                "gcp.vertex.agent.tool_response": '{"at":"Bonn"}',
            },
            name="execute_tool lookup",
            scope=SCOPE,
        )
    )

    assert values(mapped, mapped.event.input_refs) == [{"order": "A1"}]
    assert values(mapped, mapped.event.output_refs) == [{"at": "Bonn"}]


def test_hidden_content_is_none() -> None:
    mapped = read_span(
        make_span(
            {
                "gen_ai.tool.name": "lookup",
                "gcp.vertex.agent.tool_call_args": "{}",
                "gcp.vertex.agent.tool_response": "<not serializable>",
            },
            name="execute_tool lookup",
            scope=SCOPE,
        )
    )

    assert (mapped.event.type, mapped.event.input_refs, mapped.event.output_refs) == ("tool_call", (), ())


def test_a_transfer_of_the_first_schema_is_a_handoff() -> None:
    event = span_event(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "transfer_to_agent",
            "gcp.vertex.agent.tool_call_args": '{"agent_name":"billing"}',
        },
        name="execute_tool transfer_to_agent",
        scope=SCOPE,
    )

    assert (event.type, details(event)["to"]) == ("handoff", "billing")


def test_merged_parallel_calls_are_not_one_more_call() -> None:
    event = span_event(
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "(merged tools)"},
        name="execute_tool (merged)",
        scope=SCOPE,
    )

    assert event.type == "span"


@pytest.mark.parametrize("name", ["agent_run [triage]", "invoke_agent triage"])
def test_an_agent_run_is_told_by_its_name(name: str) -> None:
    event = span_event({}, name=name, scope=SCOPE)

    assert (event.agent_id, details(event)["operation"]) == ("triage", "invoke_agent")


def test_compacting_events_is_a_compaction() -> None:
    event = span_event(
        {
            "gen_ai.operation.name": "compact_events",
            "gen_ai.conversation.id": "s",
            "gen_ai.compaction.event_count": 4,
            "gen_ai.compaction.trigger": "sliding_window",
            "gen_ai.compaction.tokens_before": 900,
        },
        name="compact_events sliding_window",
        scope=SCOPE,
    )

    assert event.type == "compaction"
    assert details(event) == {"operation": "compact_events", "trigger": "sliding_window", "tokens_before": 900}


def test_the_workflow_is_the_root() -> None:
    root = named(recorded(), "invoke_workflow triage").event

    assert (root.parent_event_id, root.agent_id) == ("", "")
