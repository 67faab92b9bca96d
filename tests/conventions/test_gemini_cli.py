"""Gemini CLI's log events and development spans. Made from documentation, see LICENSES.md."""

from __future__ import annotations

import pytest
from tests.conventions.recordings import (
    START_NS,
    details,
    inputs,
    make_log,
    make_span,
    mapped_logs,
    named,
    of_type,
    only,
    outputs,
    session_fields,
    types,
    values,
)

from sojourn.conventions.registry import read_log, read_span

LOGS = "gemini_cli/logs.json"
SESSION = "5f1e3a52-7b9d-4e11-8a0e-4f2f3c7d9a10"
MS = 1_000_000


def test_every_event_belongs_to_the_session_it_names() -> None:
    assert {(item.event.session_tier, item.event.session_hint) for item in mapped_logs(LOGS)} == {(2, SESSION)}


def test_log_events_get_the_types_of_a_timeline() -> None:
    assert types(mapped_logs(LOGS)) == {
        "span": 4,
        "message": 1,
        "llm_call": 2,
        "tool_call": 3,
        "decision": 1,
        "handoff": 1,
        "error": 2,
        "compaction": 1,
        "state_change": 1,
    }


def test_thoughts_are_part_of_the_output_and_cached_tokens_of_the_input() -> None:
    call = only(mapped_logs(LOGS), lambda event: event.type == "llm_call" and event.reasoning_tokens == 80).event

    assert (call.input_tokens, call.cache_read_tokens) == (8000, 6000)
    assert call.output_tokens == 120 + 80
    assert (call.model_used, call.provider) == ("gemini-2.5-pro", "gcp.gemini")


def test_prompt_tokens_of_tools_are_added_to_the_input() -> None:
    counts = {"input_token_count": 100, "tool_token_count": 30, "output_token_count": 5}

    mapped = read_log(make_log(counts, event_name="gemini_cli.api_response"))

    assert mapped is not None
    assert mapped.event.input_tokens == 130


def test_a_response_and_its_opentelemetry_twin_are_one_call() -> None:
    calls = of_type(mapped_logs(LOGS), "llm_call")

    assert len({call.usage_key for call in calls}) == 1
    assert calls[0].usage_key == f"{SESSION}@2025-11-21T04:40:01.520Z"


def test_the_fuller_of_the_twins_has_the_most_tokens() -> None:
    whole, twin = of_type(mapped_logs(LOGS), "llm_call")

    assert (whole.input_tokens or 0) + (whole.output_tokens or 0) > (twin.input_tokens or 0) + (twin.output_tokens or 0)


def test_the_twin_holds_the_messages_but_does_not_count_them_again() -> None:
    twin = only(mapped_logs(LOGS), lambda event: event.type == "llm_call" and event.reasoning_tokens is None)

    assert [message.role for message in inputs(twin)] == ["system", "user"]
    assert [message.role for message in outputs(twin)] == ["assistant"]
    assert twin.event.message_keys == ()


def test_prompt_and_answer_count_one_message_each() -> None:
    assert sum(len(item.event.message_keys) for item in mapped_logs(LOGS)) == 2


def test_a_call_began_its_duration_before_the_record() -> None:
    call = of_type(mapped_logs(LOGS), "llm_call")[0]

    assert (call.started_at_ns, call.ended_at_ns) == (START_NS + 20 * MS, START_NS + 1520 * MS)


def test_a_request_is_no_call_of_its_own() -> None:
    assert named(mapped_logs(LOGS), "gemini_cli.api_request").event.type == "span"


def test_a_tool_call_holds_its_arguments_and_decision() -> None:
    tool = named(mapped_logs(LOGS), "search_file_content")

    assert values(tool, tool.event.input_refs) == [{"pattern": "TODO"}]
    assert (tool.event.tool_call_id, tool.event.status) == ("call-9", "ok")
    assert details(tool.event)["reason"] == "auto_accept"


def test_a_tool_that_the_user_refused_is_canceled() -> None:
    tool = named(mapped_logs(LOGS), "write_file").event

    assert (tool.status, tool.error) == ("canceled", "User did not allow tool call")


def test_a_tool_that_failed_is_an_error() -> None:
    tool = named(mapped_logs(LOGS), "read_file").event

    assert (tool.status, tool.error, tool.error_type) == ("error", "File not found", "file_not_found")


def test_routing_is_a_decision() -> None:
    decision = of_type(mapped_logs(LOGS), "decision")[0]

    assert details(decision) == {
        "operation": "model_routing",
        "decision": "gemini-2.5-flash",
        "policy": "Classifier",
        "reason": "Simple task",
    }


def test_a_started_agent_is_a_delegation() -> None:
    handoff = of_type(mapped_logs(LOGS), "handoff")[0]

    assert details(handoff) == {
        "operation": "agent.start",
        "from": "gemini-cli",
        "to": "codebase_investigator",
        "kind": "delegation",
    }


def test_a_finished_agent_lasted_its_duration() -> None:
    run = named(mapped_logs(LOGS), "gemini_cli.agent.finish").event

    assert (run.agent_id, run.started_at_ns) == ("codebase_investigator", START_NS + 2300 * MS)


def test_errors_say_whether_a_retry_helps() -> None:
    quota, retry = of_type(mapped_logs(LOGS), "error")

    assert (quota.error, quota.error_type) == ("Quota exceeded", "RESOURCE_EXHAUSTED")
    assert details(quota)["retryable"] is True
    assert (details(retry)["retryable"], details(retry)["attempt"]) == (True, 1)


def test_compression_is_a_compaction() -> None:
    compaction = of_type(mapped_logs(LOGS), "compaction")[0]

    assert details(compaction) == {"operation": "chat_compression", "tokens_before": 90000, "tokens_after": 12000}


def test_the_approval_mode_is_a_state() -> None:
    change = of_type(mapped_logs(LOGS), "state_change")[0]

    assert details(change)["variable"] == "approval_mode"
    assert (details(change)["old"], details(change)["new"]) == ("default", "auto_edit")


def test_the_configuration_describes_the_session() -> None:
    fields = session_fields(named(mapped_logs(LOGS), "gemini_cli.config").event)

    assert fields["agent_id"] == "gemini-cli"
    assert fields["metadata"] == {
        "model": "gemini-2.5-pro",
        "approval_mode": "default",
        "sandbox_enabled": "False",
        "output_format": "text",
    }
    assert fields["user_id"] == "dev@example.com"


@pytest.mark.parametrize("operation", ["llm_call", "generate_content"])
def test_a_model_span_is_a_call_with_its_messages(operation: str) -> None:
    mapped = read_span(
        make_span(
            {
                "gen_ai.operation.name": operation,
                "gen_ai.request.model": "gemini-2.5-pro",
                "session.id": SESSION,
                "gen_ai.usage.input_tokens": 40,
                "gen_ai.usage.output_tokens": 7,
                "input-json": '{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}',
                "output-json": '{"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]}}]}',
            },
            scope="gemini-cli",
        )
    )

    assert (mapped.event.type, mapped.event.input_tokens, mapped.event.output_tokens) == ("llm_call", 40, 7)
    assert inputs(mapped)[0].parts == ({"type": "text", "content": "hello"},)
    assert outputs(mapped)[0].role == "assistant"


def test_a_tool_span_is_a_tool_call() -> None:
    mapped = read_span(
        make_span(
            {
                "gen_ai.operation.name": "tool_call",
                "gen_ai.tool.name": "read_file",
                "gen_ai.tool.call_id": "c1",
                "input-json": '{"path":"a.md"}',
                "output-json": '"# A"',
                "gen_ai.conversation.id": SESSION,
            },
            scope="gemini-cli",
        )
    )

    assert (mapped.event.tool_name, mapped.event.tool_call_id) == ("read_file", "c1")
    assert values(mapped, mapped.event.input_refs) == [{"path": "a.md"}]
    assert values(mapped, mapped.event.output_refs) == ["# A"]
    assert (mapped.event.session_tier, mapped.event.session_hint) == (4, SESSION)
