"""Spoken tau2 sessions, and what Claude Code says on its standard output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sojourn.domain.declarations import Declaration
from sojourn.domain.events import Event
from sojourn.transcripts.reading import read_file

TRANSCRIPTS = Path(__file__).parents[1] / "fixtures" / "transcripts"
VOICE = TRANSCRIPTS / "tau2-voice" / "cd9c5ed2-9751-4c86-8dac-8a895a332e41.json.gz"
STDIO = TRANSCRIPTS / "claude-stdio" / "tool_use_conversation.json.gz"


def events(path: Path) -> list[Event]:
    return [mapped.event for batch in read_file(path) for mapped in batch.mapped]


def declared(path: Path) -> Declaration:
    return next(declaration for batch in read_file(path) for declaration in batch.declarations)


def test_what_is_spoken_without_a_pause_is_one_message() -> None:
    found = events(VOICE)

    assert {event.type for event in found} == {"message"}
    assert len(found) == 33
    assert all(event.started_at_ns <= (event.ended_at_ns or 0) for event in found)
    assert declared(VOICE).fields["status_reason"] == "user_stop"


def test_words_tools_and_costs_of_ticks_are_read_where_they_are_recorded(tmp_path: Path) -> None:
    def tick(number: int, **fields: Any) -> dict[str, Any]:
        return {"tick_id": number, "timestamp": f"2026-06-30T11:00:{number:02}", **fields}

    call = {"id": "c1", "name": "find_user", "arguments": {"name": "Ann"}, "requestor": "assistant"}
    answer = {"id": "c1", "content": '{"id": 7}', "error": False}
    ticks = [
        tick(0, user_chunk={"content": "Hello ", "contains_speech": True}),
        tick(1, user_chunk={"content": "there", "contains_speech": True}),
        tick(2, agent_chunk={"tool_calls": [call]}),
        tick(3, agent_tool_results=[answer]),
        tick(4, agent_chunk={"content": "Hi Ann", "contains_speech": True, "cost": 0.5}),
    ]
    path = tmp_path / "voice.json"
    path.write_text(json.dumps({"id": "s1", "termination_reason": "max_steps", "ticks": ticks}))

    found = events(path)

    assert [event.preview for event in found if event.type == "message"] == ["Hi Ann", "Hello there"]
    (tool,) = [event for event in found if event.type == "tool_call"]
    assert (tool.tool_name, tool.status) == ("find_user", "ok")
    assert sum(event.cost_usd or 0 for event in found) == 0.5
    assert declared(path).fields["status"] == "failed"


def test_a_recorded_run_of_claude_code_has_the_usage_of_its_result() -> None:
    found = events(STDIO)

    calls = [event for event in found if event.type == "llm_call"]
    assert sum(event.output_tokens or 0 for event in calls) == 415
    assert sum(event.input_tokens or 0 for event in calls) == 4 + 17653 + 1215
    assert [event.tool_name for event in found if event.type == "tool_call"] == ["Bash"]
    assert next(event.preview for event in found if event.type == "message") == "List files in the current directory"
    assert {event.session_hint for event in found} == {"ca03765b-a7e1-483b-9629-448c7aba5e7a"}
    assert declared(STDIO).fields["metadata"] == {"total_cost_usd": 0.01608915}


def test_lines_of_stream_json_are_read_like_a_recording(tmp_path: Path) -> None:
    said = {"role": "assistant", "id": "m1", "model": "claude-sonnet-5", "content": [{"type": "text", "text": "Done"}]}
    lines = [
        {"type": "system", "subtype": "init", "session_id": "s1", "uuid": "u1"},
        {"type": "assistant", "session_id": "s1", "uuid": "u2", "message": {**said, "usage": {"output_tokens": 1}}},
        {
            "type": "result",
            "subtype": "error_max_turns",
            "is_error": True,
            "session_id": "s1",
            "usage": {"output_tokens": 9},
        },
    ]
    path = tmp_path / "out.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))

    calls = [event for event in events(path) if event.type == "llm_call"]

    assert [(event.model_used, event.output_tokens) for event in calls] == [("claude-sonnet-5", 9)]
    assert declared(path).fields["status"] == "failed"


def test_a_run_without_any_time_is_put_on_a_fixed_day_in_its_order(tmp_path: Path) -> None:
    lines = [
        {"type": "user", "session_id": "s1", "uuid": f"u{number}", "message": {"role": "user", "content": f"{number}"}}
        for number in range(3)
    ]
    path = tmp_path / "out.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))

    found = sorted(events(path), key=lambda event: event.started_at_ns)

    assert [event.preview for event in found] == ["0", "1", "2"]
    assert declared(path).fields["metadata"] == {"time_is_synthetic": True}
