"""Recordings of what a program and Claude Code said to one another, each message with its direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sojourn.conventions.values import text_of
from sojourn.transcripts import claude_streams
from sojourn.transcripts.transcript import Batch

NAME = "claude_recording"
DIRECTIONS = frozenset({"send", "recv", "receive", "in", "out"})


def matches(document: Any) -> bool:
    messages = document.get("messages") if isinstance(document, Mapping) else document
    return isinstance(messages, list) and bool(messages) and _is_told(messages[0])


def _is_told(item: Any) -> bool:
    return (
        isinstance(item, Mapping)
        and text_of(item.get("direction")) in DIRECTIONS
        and isinstance(item.get("message"), Mapping)
    )


def read(document: Any) -> list[Batch]:
    messages = document["messages"] if isinstance(document, Mapping) else document
    lines = [
        (number, {"timestamp": item.get("timestamp"), **item["message"]})
        for number, item in enumerate(messages, 1)
        if _is_told(item)
    ]
    return claude_streams.read(lines)
