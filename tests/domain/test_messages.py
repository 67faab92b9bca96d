"""Messages come back out of their blocks as they went in."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sojourn.domain.messages import (
    Message,
    clean,
    dump_json,
    message_block,
    message_keys,
    message_of,
    plain_text,
    text_message,
    value_block,
    value_of,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PARTS = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "content": st.text()}),
    st.fixed_dictionaries({"type": st.just("reasoning"), "content": st.text()}),
    st.fixed_dictionaries({"type": st.just("tool_call"), "id": st.text(), "name": st.text(), "arguments": JSON}),
    st.fixed_dictionaries({"type": st.just("tool_call_response"), "id": st.text(), "response": JSON}),
    st.fixed_dictionaries({"type": st.just("blob"), "mime_type": st.text(), "content": st.text()}),
)


@given(st.sampled_from(["user", "assistant", "system", "tool"]), st.lists(PARTS, max_size=4), st.text())
def test_a_message_survives_its_block(role: str, parts: list[dict[str, object]], name: str) -> None:
    message = Message(role, tuple(parts), name)

    assert message_of(message_block(message)) == message


@given(JSON)
def test_a_value_survives_its_block(value: object) -> None:
    assert value_of(value_block("arguments", value)) == value


def test_searchable_text_holds_what_was_said_called_and_answered() -> None:
    block = message_block(
        Message(
            "assistant",
            (
                {"type": "text", "content": "let me look"},
                {"type": "tool_call", "id": "c1", "name": "search", "arguments": {"city": "Oslo"}},
            ),
        )
    )

    assert block.text == 'let me look\n{"city":"Oslo"}'


def test_a_picture_is_not_searchable_text() -> None:
    block = message_block(Message("user", ({"type": "blob", "mime_type": "image/png", "content": "aGVsbG8="},)))

    assert block.text == ""


def test_equal_content_has_one_hash_whatever_the_order_of_its_keys() -> None:
    one = Message("assistant", ({"type": "tool_call", "name": "f", "arguments": {"a": 1, "b": 2}},))
    two = Message("assistant", ({"arguments": {"b": 2, "a": 1}, "name": "f", "type": "tool_call"},))

    assert message_block(one).hash == message_block(two).hash


def test_a_history_sent_twice_counts_each_message_once_and_a_repeated_yes_twice() -> None:
    ask, yes, answer = (
        message_block(message)
        for message in (
            text_message("user", "go on?"),
            text_message("user", "yes"),
            text_message("assistant", "done"),
        )
    )

    first = message_keys([ask, yes, answer])
    second = message_keys([ask, yes, answer, yes, answer])

    assert len(set(first)) == 3
    assert len({*first, *second}) == 5


def test_system_and_tool_messages_are_not_spoken() -> None:
    assert message_keys([message_block(text_message("system", "be kind")), value_block("result", "42")]) == ()


def test_lone_surrogates_become_replacement_characters() -> None:
    assert clean("a\ud800b?") == "a\ufffdb?"
    assert message_block(text_message("user", "a\ud800b")).text == "a\ufffdb"


def test_json_of_anything_telemetry_holds() -> None:
    deep: object = "end"
    for _ in range(500):
        deep = [deep]

    text = dump_json(
        {"bytes": b"\x00\xff", "big": 2**70, "set": {1}, "deep": deep, "nan": float("nan"), "s": "\ud800", 1: 2}
    )

    assert orjson.loads(text)["big"] == str(2**70)


def test_plain_text_leaves_reasoning_and_tools_out() -> None:
    message = Message("assistant", ({"type": "reasoning", "content": "hm"}, {"type": "text", "content": "hello"}))

    assert plain_text(message) == "hello"
