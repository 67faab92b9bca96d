"""Claude Code tells of a session twice, in log events and in beta spans. Made from documentation, see LICENSES.md."""

from __future__ import annotations

import pytest
from tests.conventions.recordings import (
    START_NS,
    details,
    inputs,
    make_log,
    make_span,
    mapped_logs,
    mapped_spans,
    named,
    of_type,
    only,
    outputs,
    session_fields,
    span_event,
    tokens,
    types,
    values,
)

from sojourn.conventions.registry import read_log, read_span
from sojourn.domain.telemetry import SpanEvent

LOGS, SPANS = "claude_code/logs.json", "claude_code/spans.json"
SESSION = "9d0a7c52-61f8-4c33-8b4f-1f1a2f6f9c11"
MS = 1_000_000


def test_every_event_belongs_to_the_session_it_names() -> None:
    everything = mapped_logs(LOGS) + mapped_spans(SPANS)

    assert {(item.event.session_tier, item.event.session_hint) for item in everything} == {(2, SESSION)}


def test_log_events_get_the_types_of_a_timeline() -> None:
    assert types(mapped_logs(LOGS)) == {
        "message": 3,
        "llm_call": 2,
        "decision": 2,
        "tool_call": 3,
        "error": 2,
        "state_change": 1,
        "compaction": 1,
        "span": 2,
    }


def test_cached_tokens_are_added_to_the_input_which_excludes_them() -> None:
    call = only(mapped_logs(LOGS), lambda event: event.usage_key == "req_011A").event

    assert (call.input_tokens, call.cache_read_tokens, call.cache_write_tokens) == (12 + 15000 + 2100, 15000, 2100)
    assert call.output_tokens == 180


def test_the_log_and_the_span_of_a_call_share_its_request_id() -> None:
    logs, spans = of_type(mapped_logs(LOGS), "llm_call"), of_type(mapped_spans(SPANS), "llm_call")

    assert {call.usage_key for call in logs} == {call.usage_key for call in spans} == {"req_011A", "req_011B"}
    assert tokens(mapped_logs(LOGS)) == tokens(mapped_spans(SPANS)) == (17112 + 310, 180 + 45)


def test_the_cost_is_the_reported_one_also_when_it_is_text() -> None:
    calls = of_type(mapped_logs(LOGS), "llm_call")

    assert [call.cost_usd for call in calls] == [0.0213, 0.0008]
    assert all('"cost_usd"' in call.cost_rule for call in calls)


def test_a_call_in_the_log_began_its_duration_before_the_record() -> None:
    call = only(mapped_logs(LOGS), lambda event: event.usage_key == "req_011A").event

    assert (call.started_at_ns, call.ended_at_ns) == (START_NS + 100 * MS, START_NS + 2500 * MS)


def test_a_call_of_a_span_says_when_the_first_token_came_and_why_it_stopped() -> None:
    call = only(mapped_spans(SPANS), lambda event: event.usage_key == "req_011A").event

    assert details(call)["ttft_ms"] == 640
    assert details(call)["finish_reasons"] == ["tool_use"]
    assert (call.provider, call.model_used) == ("anthropic", "claude-sonnet-4-5-20250929")


def test_a_tool_result_is_the_whole_tool_call() -> None:
    tool = only(mapped_logs(LOGS), lambda event: event.type == "tool_call" and event.tool_call_id == "toolu_01")

    assert (tool.event.tool_name, tool.event.status) == ("Bash", "ok")
    assert tool.event.started_at_ns == START_NS + (3400 - 750) * MS
    assert values(tool, tool.event.input_refs)[0]["full_command"] == "pytest -q tests/test_dates.py"
    assert details(tool.event)["reason"] == "config"


def test_a_failed_tool_says_why() -> None:
    tool = only(mapped_logs(LOGS), lambda event: event.type == "tool_call" and event.tool_call_id == "toolu_02").event

    assert (tool.status, tool.error) == ("error", "The user does not want to proceed")


def test_an_mcp_tool_is_called_by_its_server_and_name() -> None:
    tool = only(mapped_logs(LOGS), lambda event: event.type == "tool_call" and event.tool_call_id == "toolu_03").event

    assert tool.tool_name == "mcp__github__list_issues"


def test_tool_log_and_tool_span_have_one_call_id_so_that_they_count_once() -> None:
    log = only(mapped_logs(LOGS), lambda event: event.type == "tool_call" and event.tool_call_id == "toolu_01")
    span = only(mapped_spans(SPANS), lambda event: event.type == "tool_call")

    assert log.event.tool_call_id == span.event.tool_call_id
    assert types(mapped_spans(SPANS))["tool_call"] == 1


def test_a_tool_span_holds_the_command_and_what_it_printed() -> None:
    tool = only(mapped_spans(SPANS), lambda event: event.type == "tool_call")

    assert values(tool, tool.event.input_refs) == [
        {
            "full_command": "pytest -q tests/test_dates.py",
            "bash_command": "pytest",
        }
    ]
    assert values(tool, tool.event.output_refs) == ["1 failed, 11 passed"]


def test_a_failed_execution_span_is_an_error() -> None:
    execution = named(mapped_spans(SPANS), "claude_code.tool.execution").event

    assert (execution.type, execution.status, execution.error) == ("span", "error", "exit code 1")


def test_permissions_are_decisions_with_what_decided() -> None:
    decisions = [details(event) for event in of_type(mapped_logs(LOGS), "decision")]

    decided = [(decision["decision"], decision["policy"]) for decision in decisions]
    assert decided == [("accept", "config"), ("reject", "user_reject")]


def test_waiting_for_the_user_is_a_decision_with_a_duration() -> None:
    wait = named(mapped_spans(SPANS), "claude_code.tool.blocked_on_user").event

    assert wait.type == "decision"
    assert wait.ended_at_ns is not None
    assert wait.ended_at_ns - wait.started_at_ns == 10 * MS


def test_prompts_and_answers_are_messages_that_count_one_each() -> None:
    prompt, answer, hidden = (item for item in mapped_logs(LOGS) if item.event.type == "message")

    assert inputs(prompt)[0].parts[0]["content"] == "Fix the failing date parser"
    assert prompt.event.user_text == "Fix the failing date parser"
    assert outputs(answer)[0].role == "assistant"
    assert [len(item.event.message_keys) for item in (prompt, answer, hidden)] == [1, 1, 1]


def test_a_hidden_prompt_says_that_its_content_was_not_captured() -> None:
    hidden = only(mapped_logs(LOGS), lambda event: "not captured" in event.preview).event

    assert hidden.preview == "content not captured (11 characters)"
    assert "REDACTED" not in hidden.attributes


def test_compaction_keeps_its_trigger_and_tokens() -> None:
    log, span = (of_type(mapped, "compaction")[0] for mapped in (mapped_logs(LOGS), mapped_spans(SPANS)))

    for compaction in (log, span):
        assert details(compaction) == {
            "operation": "compaction",
            "trigger": "auto",
            "tokens_before": 155000,
            "tokens_after": 18000,
        }
        assert compaction.started_at_ns == START_NS + 5500 * MS


def test_an_api_error_says_whether_a_retry_helps() -> None:
    overloaded, exhausted = of_type(mapped_logs(LOGS), "error")

    assert details(overloaded) == {"operation": "api_error", "retryable": True, "attempt": 2}
    assert details(exhausted) == {"operation": "api_retries_exhausted", "retryable": False, "attempt": 11}
    assert (overloaded.error, overloaded.error_type) == ("Overloaded", "529")


def test_a_subagent_is_an_agent_and_a_conversation_of_its_own() -> None:
    call = only(mapped_spans(SPANS), lambda event: event.usage_key == "req_011B").event

    assert (call.agent_id, call.conversation_id) == ("Explore", "agent-77")


def test_the_main_loop_is_the_agent_claude_code() -> None:
    assert named(mapped_spans(SPANS), "claude_code.interaction").event.agent_id == "claude-code"


def test_spawning_a_subagent_is_a_delegation() -> None:
    handoff = named(mapped_spans(SPANS), "claude_code.subagent.spawn").event

    assert handoff.type == "handoff"
    assert details(handoff) == {
        "operation": "subagent.spawn",
        "from": "claude-code",
        "to": "Explore",
        "kind": "delegation",
    }


def test_a_completed_subagent_adds_no_tokens_for_they_are_not_a_sum() -> None:
    done = named(mapped_logs(LOGS), "claude_code.subagent_completed").event

    assert (done.type, done.usage_kind, done.input_tokens) == ("span", "", None)


def test_a_permission_mode_is_a_state() -> None:
    change = of_type(mapped_logs(LOGS), "state_change")[0]

    assert details(change) == {
        "operation": "permission_mode_changed",
        "variable": "permission_mode",
        "old": "default",
        "new": "acceptEdits",
    }


def test_hooks_stay_as_spans() -> None:
    assert named(mapped_logs(LOGS), "claude_code.hook_execution_complete").event.type == "span"


def test_the_session_learns_who_used_it_and_which_service_it_is() -> None:
    fields = session_fields(mapped_logs(LOGS)[0].event)

    assert fields["user_id"] == "dev@example.com"
    assert fields["service"] == "claude-code"


def test_order_within_a_session_is_the_senders_sequence() -> None:
    assert [item.event.seq for item in mapped_logs(LOGS)] == list(range(1, 17))


@pytest.mark.parametrize("event_name", ["claude_code.user_prompt", "user_prompt", ""])
def test_an_event_is_known_by_name_attribute_or_body(event_name: str) -> None:
    log = make_log(
        {"session.id": "s", "prompt": "hi"},
        event_name=event_name,
        body="claude_code.user_prompt",
    )

    mapped = read_log(log)

    assert mapped is not None
    assert mapped.event.type == "message"


def test_newer_spans_may_name_tokens_as_opentelemetry_does() -> None:
    call = span_event(
        {"gen_ai.usage.input_tokens": 900, "gen_ai.usage.output_tokens": 30, "session.id": "s"},
        name="claude_code.llm_request",
    )

    assert (call.input_tokens, call.output_tokens) == (900, 30)


def test_a_failed_request_span_is_an_error() -> None:
    call = span_event({"success": "false", "error": "timeout", "status_code": "504"}, name="claude_code.llm_request")

    assert (call.status, call.error, call.error_type) == ("error", "timeout", "504")


def test_a_safety_event_is_a_guardrail() -> None:
    said = {"session.id": "s", "category": "secrets", "action": "blocked"}

    mapped = read_log(make_log(said, body="claude_code.safety_event"))

    assert mapped is not None
    assert (mapped.event.type, details(mapped.event)["result"]) == ("guardrail_eval", "blocked")


def test_the_last_output_of_a_tool_counts() -> None:
    events = [SpanEvent("tool.output", START_NS, {"content": text}) for text in ("first", "second")]
    mapped = read_span(make_span({"tool_name": "Read", "file_path": "a.py"}, name="claude_code.tool", events=events))

    assert values(mapped, mapped.event.output_refs) == ["second"]
    assert values(mapped, mapped.event.input_refs) == [{"file_path": "a.py"}]
