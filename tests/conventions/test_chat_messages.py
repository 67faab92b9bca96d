"""Requests, histories and answers of providers and frameworks, recognised as messages or left alone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sojourn.conventions.chat_messages import recognised_messages
from sojourn.domain.messages import Message, text_message

HELLO = text_message("user", "Hi")


def call(name: str, arguments: Any, call_id: str = "c1") -> Message:
    return Message("assistant", ({"type": "tool_call", "id": call_id, "name": name, "arguments": arguments},))


def response(value: Any, call_id: str = "c1") -> Message:
    return Message("tool", ({"type": "tool_call_response", "id": call_id, "response": value},))


@pytest.mark.parametrize(
    "value",
    [
        [{"role": "user", "content": "Hi"}],
        {"role": "user", "content": "Hi"},
        {"messages": [{"role": "user", "content": "Hi"}]},
        {"messages": [[{"role": "user", "content": "Hi"}]]},
        [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        [{"role": "human", "content": "Hi"}],
        [{"type": "human", "content": "Hi"}],
        [{"type": "human", "data": {"content": "Hi"}}],
        [{"lc": 1, "type": "constructor", "id": ["langchain", "HumanMessage"], "kwargs": {"content": "Hi"}}],
        {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
        [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}],
    ],
)
def test_one_message_of_the_user_in_every_shape(value: Any) -> None:
    assert recognised_messages(value) == [HELLO]
    assert recognised_messages(orjson.dumps(value).decode()) == [HELLO]


@pytest.mark.parametrize(
    "value",
    [
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}}]},
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]}}]},
        {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}]},
        [{"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}],
        {"role": "assistant", "content": "Hello"},
        [{"type": "ai", "content": "Hello"}],
        {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
    ],
)
def test_one_answer_in_every_shape(value: Any) -> None:
    assert recognised_messages(value) == [text_message("assistant", "Hello")]


@pytest.mark.parametrize(
    "value",
    [
        [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}],
            }
        ],
        [{"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "look", "input": {"a": 1}}]}],
        [{"type": "function_call", "call_id": "c1", "id": "fc_9", "name": "look", "arguments": '{"a":1}'}],
        [{"type": "ai", "content": "", "tool_calls": [{"id": "c1", "name": "look", "args": {"a": 1}}]}],
        {"contents": [{"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "look", "args": {"a": 1}}}]}]},
        [
            {
                "type": "ai",
                "content": [{"type": "tool_use", "id": "c1", "name": "look", "input": {"a": 1}}],
                "tool_calls": [{"id": "c1", "name": "look", "args": {"a": 1}}],
            }
        ],
    ],
)
def test_one_tool_call_in_every_shape(value: Any) -> None:
    assert recognised_messages(value) == [call("look", {"a": 1})]


@pytest.mark.parametrize(
    "value",
    [
        [{"role": "tool", "tool_call_id": "c1", "content": "found"}],
        [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "found"}]}],
        [{"type": "function_call_output", "call_id": "c1", "output": "found"}],
        [{"type": "tool", "tool_call_id": "c1", "content": "found"}],
    ],
)
def test_one_tool_result_in_every_shape(value: Any) -> None:
    assert recognised_messages(value) == [response("found")]


def test_geminis_result_without_an_id_is_known_by_its_tool() -> None:
    value = [{"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {"a": 1}}}]}]

    assert recognised_messages(value) == [response({"a": 1}, "look")]


@pytest.mark.parametrize(
    "request_",
    [
        {"system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]},
        {"instructions": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]},
        {"config": {"system_instruction": "Be brief."}, "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
        {"system_instruction": {"parts": [{"text": "Be brief."}]}, "messages": [{"role": "user", "content": "Hi"}]},
    ],
)
def test_instructions_beside_the_messages_come_first(request_: dict[str, Any]) -> None:
    assert recognised_messages(request_) == [text_message("system", "Be brief."), HELLO]


def test_thoughts_are_reasoning() -> None:
    thought = {"type": "thinking", "thinking": "hm"}
    anthropic = [{"role": "assistant", "content": [thought, {"type": "text", "text": "Hi"}]}]
    gemini = [{"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "Hi"}]}]
    openai = [{"role": "assistant", "content": "Hi", "reasoning_content": "hm"}]
    expected = [Message("assistant", ({"type": "reasoning", "content": "hm"}, {"type": "text", "content": "Hi"}))]

    assert recognised_messages(anthropic) == recognised_messages(gemini) == recognised_messages(openai) == expected


def test_a_reasoning_item_is_an_assistants_reasoning() -> None:
    value = [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "one"}, {"text": "two"}]}]

    assert recognised_messages(value) == [Message("assistant", ({"type": "reasoning", "content": "one\ntwo"},))]


def test_inline_data_of_gemini_is_a_blob() -> None:
    value = [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]}]

    assert recognised_messages(value) == [
        Message("user", ({"type": "blob", "mime_type": "image/png", "modality": "image", "content": "aGk="},)),
    ]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "hello",
        7,
        [],
        {},
        [1, 2],
        {"a": 1},
        [{"a": 1}],
        [{"role": "referee", "content": "x"}],
        {"messages": []},
        {"role": 7, "content": "x"},
        [{"role": "user", "content": "Hi"}, {"unknown": True}],
        "{broken",
        {"content": "role"},
        {"kwargs": {}, "id": []},
        [{"lc": 1, "id": ["x", "Unknown"], "kwargs": {}}],
    ],
)
def test_what_is_no_message_is_left_alone(value: Any) -> None:
    assert recognised_messages(value) is None


def test_nesting_without_end_is_given_up() -> None:
    value: Any = [{"role": "user", "content": "Hi"}]
    for _ in range(50):
        value = {"messages": [value]}

    assert recognised_messages(value) is None
