"""What is sent again is not read again, and is never mistaken for something else."""

from __future__ import annotations

import orjson

from sojourn.conventions.genai_messages import messages_of
from sojourn.conventions.otel_genai import system_messages
from sojourn.conventions.seen import Seen
from sojourn.domain.messages import message_block

HISTORY = [{"role": "user", "content": "Where is my order?"}, {"role": "assistant", "content": "On its way."}]


def test_a_repeated_history_is_read_once() -> None:
    first = messages_of(orjson.dumps(HISTORY).decode())

    again = messages_of(orjson.dumps([*HISTORY, {"role": "user", "content": "Thanks"}]).decode())

    assert [one is other for one, other in zip(first, again, strict=False)] == [True, True]
    assert [message_block(message).text for message in again] == ["Where is my order?", "On its way.", "Thanks"]


def test_the_same_words_of_another_speaker_are_another_message() -> None:
    untold = orjson.dumps([{"content": "Hello"}]).decode()

    assert [message.role for message in messages_of(untold, "user")] == ["user"]
    assert [message.role for message in messages_of(untold, "assistant")] == ["assistant"]


def test_instructions_that_a_caller_changes_stay_as_they_were() -> None:
    text = '[{"type": "text", "content": "Be brief."}]'

    system_messages(text).clear()

    assert [message.role for message in system_messages(text)] == ["system"]


def test_the_older_half_is_forgotten_when_the_younger_is_full() -> None:
    seen: Seen[str] = Seen(max_bytes=4)

    for key in "abc":
        seen.put(key, key.upper(), 1)
    in_two_halves = [seen.get(key) for key in "abc"]
    for key in "de":
        seen.put(key, key.upper(), 1)

    assert in_two_halves == ["A", "B", "C"]
    assert [seen.get(key) for key in "abcde"] == [None, None, "C", "D", "E"]
