"""Chats of no particular program: in a document, one a line, in OpenAI's and Anthropic's shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from sojourn.domain.events import Event
from sojourn.transcripts.reading import read_file
from sojourn.transcripts.transcript import Batch

CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Weather in Bern?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "12 degrees"},
    {"role": "assistant", "content": "12 degrees.", "usage": {"prompt_tokens": 40, "completion_tokens": 5}},
]


def written(tmp_path: Path, *documents: Any) -> Path:
    path = tmp_path / "chat.json"
    path.write_bytes(b"\n".join(map(orjson.dumps, documents)))
    return path


def batches(path: Path) -> list[Batch]:
    return [batch for batch in read_file(path) if batch.mapped or batch.problems]


def events(path: Path) -> list[Event]:
    return [mapped.event for batch in read_file(path) for mapped in batch.mapped]


def told(found: list[Event]) -> list[tuple[str, str]]:
    return [(event.type, event.name) for event in found]


EXPECTED = [("message", "system"), ("message", "user"), ("tool_call", "weather"), ("message", "assistant")]


def test_a_list_of_messages_is_a_chat_and_no_group_chat(tmp_path: Path) -> None:
    found = events(written(tmp_path, CHAT))

    assert told(found) == [*EXPECTED, ("llm_call", "model call")]
    assert {event.scope for event in found} == {"chat"}
    assert not [event for event in found if event.type == "handoff"]


def test_one_message_a_line_says_the_same(tmp_path: Path) -> None:
    assert events(written(tmp_path, *CHAT)) == events(written(tmp_path, CHAT))


def test_usage_is_that_of_the_answer_and_counts_no_second_message(tmp_path: Path) -> None:
    found = events(written(tmp_path, {"id": "chat-1", "model": "gpt-4.1", "messages": CHAT}))
    (call,) = [event for event in found if event.type == "llm_call"]

    assert (call.input_tokens, call.output_tokens, call.model_used) == (40, 5, "gpt-4.1")
    assert call.message_keys == ()
    assert len({key for event in found for key in event.message_keys}) == 2


def test_a_tool_call_holds_arguments_and_result(tmp_path: Path) -> None:
    (batch,) = batches(written(tmp_path, CHAT))
    (call,) = [mapped for mapped in batch.mapped if mapped.event.type == "tool_call"]

    assert [(block.kind, block.text) for block in call.blocks] == [
        ("arguments", '{"city":"Bern"}'),
        ("result", "12 degrees"),
    ]


def test_a_longer_version_of_a_growing_chat_adds_only_what_is_new(tmp_path: Path) -> None:
    before = {event.event_id for event in events(written(tmp_path, *CHAT))}
    more = {"role": "user", "content": "And tomorrow?"}

    after = [event.event_id for event in events(written(tmp_path, *CHAT, more))]

    assert set(after) > before
    assert len(after) == len(before) + 1


def test_each_line_of_a_collection_is_a_session(tmp_path: Path) -> None:
    chats = [{"messages": [CHAT[1], {"role": "assistant", "content": f"It is {degrees}."}]} for degrees in (1, 2, 3)]

    assert len({event.session_hint for event in events(written(tmp_path, *chats))}) == 3


def test_anthropics_blocks_become_calls_results_thoughts_and_pictures(tmp_path: Path) -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
    chat = [
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Let me look."},
                {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": "picture"}},
            ],
            "usage": {"input_tokens": 10, "output_tokens": 4, "cache_read_input_tokens": 90},
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "a cat"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]},
    ]

    (batch,) = batches(written(tmp_path, chat))
    found = [mapped.event for mapped in batch.mapped]

    assert sorted(event.type for event in found) == ["llm_call", "message", "message", "reasoning", "tool_call"]
    assert [event.input_tokens for event in found if event.type == "llm_call"] == [100]
    assert any("blob" in block.parts for mapped in batch.mapped for block in mapped.blocks)


@pytest.mark.parametrize("call_id", ["c1", ""])
def test_calls_that_share_an_id_stay_apart(tmp_path: Path, call_id: str) -> None:
    turn = [
        {"role": "assistant", "tool_calls": [{**CALL, "id": call_id}]},
        {"role": "tool", "tool_call_id": call_id, "content": "12 degrees"},
    ]

    found = events(written(tmp_path, [CHAT[1], *turn, *turn, *turn]))
    calls = [event for event in found if event.type == "tool_call"]

    assert len({event.event_id for event in calls}) == 3
    assert {event.status for event in calls} == {"ok"}


def test_times_are_kept_and_those_that_are_missing_are_said_to_be_made_up(tmp_path: Path) -> None:
    dated = [{**message, "timestamp": f"2026-01-01T00:00:0{number}Z"} for number, message in enumerate(CHAT[:2])]

    (with_times,) = batches(written(tmp_path, dated))
    (without,) = batches(written(tmp_path, CHAT[:2]))

    assert [mapped.event.started_at_ns // 1_000_000_000 for mapped in with_times.mapped] == [
        1_767_225_600,
        1_767_225_601,
    ]
    assert "metadata" not in with_times.declarations[0].fields
    assert without.declarations[0].fields["metadata"] == {"time_is_synthetic": True}


def test_a_line_that_is_no_message_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, CHAT[0], CHAT[1], {"note": "hello"})

    assert [str(problem) for batch in read_file(path) for problem in batch.problems] == ["line 3: not a message"]
    assert len(events(path)) == 2
