"""A chat with one message a line, as programs append them while they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sojourn.transcripts import chat_messages
from sojourn.transcripts.transcript import Batch, Problem

NAME = "chat_lines"
Line = tuple[int, Mapping[str, Any]]


def matches(line: Mapping[str, Any]) -> bool:
    return chat_messages.is_message(line)


def read(lines: Iterable[Line]) -> list[Batch]:
    kept = list(lines)
    said = [line for _, line in kept if chat_messages.is_message(line)]
    problems = [Problem(number, "not a message") for number, line in kept if not chat_messages.is_message(line)]
    return [*chat_messages.read(said), Batch([], [], problems)]
