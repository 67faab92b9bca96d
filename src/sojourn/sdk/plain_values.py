"""Whatever an agent hands over, as JSON text, at once: what it changes later is not what it said."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

MAX_VALUE_CHARS = 2_000_000  # of one value's JSON text; what is longer is cut and becomes text
MAX_DEPTH = 40
MAX_REPR_CHARS = 2_000
_WRITTEN_AS_TEXT = (UUID, PurePath, timedelta, complex)


def json_text(value: Any) -> str:
    """Never fails. What JSON has no word for is written as its fields, its value or its repr."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain)
    except Exception:  # noqa: BLE001  hostile objects, cycles, NaN, odd keys: the slow way takes them all
        text = json.dumps(_cleaned(value, 0), ensure_ascii=False)
    if len(text) > MAX_VALUE_CHARS:
        text = json.dumps(text[:MAX_VALUE_CHARS] + f"… cut from {len(text):,} characters", ensure_ascii=False)
    return valid(text)


def value_text(value: Any) -> str:
    """Text as it is, anything else as JSON."""
    if isinstance(value, str):
        return valid(value if len(value) <= MAX_VALUE_CHARS else value[:MAX_VALUE_CHARS] + "…")
    return json_text(value)


def valid(text: str) -> str:
    """Text that UTF-8 can say: lone surrogates become question marks."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def plain(value: Any) -> Any:
    """One step from an object towards JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name, None) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): held for name, held in value.items()}
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, _WRITTEN_AS_TEXT):
        return str(value)
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return dump(mode="json")
    return described(value)


def described(value: Any) -> str:
    try:
        return repr(value)[:MAX_REPR_CHARS]
    except Exception:  # noqa: BLE001  a repr is the host's code and may fail in any way
        return f"<{type(value).__name__}>"


def _cleaned(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if depth >= MAX_DEPTH:
        return "…"
    try:
        if isinstance(value, Mapping):
            return {described_key(name): _cleaned(held, depth + 1) for name, held in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [_cleaned(held, depth + 1) for held in value]
        return _cleaned(plain(value), depth + 1)
    except Exception:  # noqa: BLE001  mappings and models may fail in any way too
        return described(value)


def described_key(name: Any) -> str:
    return name if isinstance(name, str) else described(name)
