"""Native records as lines of NDJSON, within the limits that the server sets."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from sojourn.sdk.plain_values import json_text, valid, value_text

MAX_WORD_CHARS = 1_024
MAX_TEXT_CHARS = 65_536
MAX_METADATA_TEXT_CHARS = 65_536
TEXTS = frozenset({"goal", "prompt_template", "error"})
WORDS = frozenset({
    "kind", "agent_id", "agent_name", "agent_version", "channel", "environment", "service", "origin", "user_id",
    "trigger_type", "trigger_source", "parent", "experiment_id", "variant", "status", "status_reason", "end_reason",
    "name", "role", "model", "provider", "tool_name", "tool_call_id", "error_type",
})  # fmt: skip
_lock = threading.Lock()
_last_ns = 0


def now_ns() -> int:
    """Unix time that never stands still: of two words for one field the server takes the later."""
    global _last_ns
    with _lock:
        _last_ns = max(_last_ns + 1, time.time_ns())
        return _last_ns


def _start_over_in_child() -> None:
    """Another thread may have held the lock when the process forked."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over_in_child)


def record_line(record: Mapping[str, Any]) -> bytes:
    """One line; what is None is left out."""
    return json_text({name: _fit(name, value) for name, value in record.items() if value is not None}).encode()


def _fit(name: str, value: Any) -> Any:
    if name in WORDS:
        return word(value)
    if name in TEXTS and not isinstance(value, Mapping):
        return text(value)
    if name == "tags" and isinstance(value, Mapping):
        return {word(tag): word(held) for tag, held in value.items()}
    return value


def word(value: Any) -> str:
    return valid(value_text(value).replace("\x00", ""))[:MAX_WORD_CHARS]


def text(value: Any) -> str:
    return valid(value_text(value).replace("\x00", ""))[:MAX_TEXT_CHARS]
