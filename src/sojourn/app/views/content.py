"""Content blocks as the API shows them, cut at named limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from sojourn.domain.messages import LIFTED_FIELD, Block
from sojourn.events.store import EventStore

BLOCK_CHARS = 64 * 1024  # of one block; the rest is read in ranges
ANSWER_CHARS = 2 * 1024 * 1024  # of all blocks in one answer; later ones come cut to REST_CHARS
REST_CHARS = 200
FETCHED_AT_ONCE = 256
MAX_NESTING = 64
Json = dict[str, Any]
Fetched = dict[bytes, tuple[Block, int]]


def fetch(
    events: EventStore, workspace_id: str, session_id: str, hashes: Iterable[bytes], max_chars: int = BLOCK_CHARS
) -> Fetched:
    """The blocks of these hashes, with a bound on the sum of what is read."""
    wanted = list(dict.fromkeys(hashes))
    found: Fetched = {}
    room = ANSWER_CHARS
    for start in range(0, len(wanted), FETCHED_AT_ONCE):
        limit = max_chars if room > 0 else REST_CHARS
        part = events.blocks(workspace_id, session_id, wanted[start : start + FETCHED_AT_ONCE], limit)
        room -= sum(len(block.text) + len(block.parts) for block, _ in part.values())
        found.update(part)
    return found


def content_of(block: Block, full_chars: int, part_chars: int = BLOCK_CHARS) -> Json:
    """Content in the contract's form. `part_chars` cuts what lies in parts and not in text: images, files."""
    is_truncated = full_chars > len(block.text)
    parts: list[Json] | None = None
    value: Any = None
    if block.kind == "message":
        parts = message_parts(block, is_truncated, part_chars)
    else:
        value = opaque_value(block, is_truncated)
    return {
        "hash": block.hash.hex(),
        "kind": block.kind,
        "role": block.role,
        "name": block.name,
        "parts": parts,
        "value": value,
        "text_chars": full_chars,
        "truncated": is_truncated,
    }


def missing_content(digest: bytes) -> Json:
    """An event may name a block that was never stored: half of a crashed write, or deleted content."""
    return {
        "hash": digest.hex(),
        "kind": "value",
        "role": "",
        "name": "",
        "parts": None,
        "value": None,
        "text_chars": 0,
        "truncated": False,
    }


def contents_of(fetched: Fetched, hashes: Sequence[bytes]) -> list[Json]:
    return [content_of(*fetched[digest]) if digest in fetched else missing_content(digest) for digest in hashes]


def message_parts(block: Block, is_truncated: bool = False, part_chars: int = BLOCK_CHARS) -> list[Json]:
    """The parts of a message; of a cut one as much as its text still holds."""
    if not block.parts:
        return [{"type": "text", "content": block.text}]
    try:
        stored = orjson.loads(block.parts)
    except orjson.JSONDecodeError:
        return [{"type": "text", "content": block.text}]
    return [_restored(part, block.text, is_truncated, part_chars) for part in stored if isinstance(part, dict)]


def opaque_value(block: Block, is_truncated: bool = False) -> Any:
    """The value of a block that is no message; the text itself where it was cut."""
    if block.parts != "json" or is_truncated:
        return block.text
    return _json_or_text(block.text)


def _restored(part: Json, text: str, is_truncated: bool, part_chars: int) -> Json:
    field = LIFTED_FIELD.get(part.get("type", ""))
    place = part.get(field) if field else None
    if field is None or not isinstance(place, list) or len(place) != 3:
        return {name: bounded(value, part_chars) for name, value in part.items()}
    lifted: Any = text[place[0] : place[1]]
    if place[2] and not (is_truncated and place[1] > len(text)):
        lifted = _json_or_text(lifted)
    return {**{name: bounded(value, part_chars) for name, value in part.items() if name != field}, field: lifted}


def _json_or_text(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def bounded(value: Any, max_chars: int = BLOCK_CHARS, depth: int = 0) -> Any:
    """The same value with long strings cut: images and files lie in parts as base64."""
    if isinstance(value, str):
        return value if len(value) <= max_chars else value[:max_chars]
    if isinstance(value, (dict, list)) and depth > MAX_NESTING:
        return None
    if isinstance(value, dict):
        return {name: bounded(item, max_chars, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [bounded(item, max_chars, depth + 1) for item in value]
    return value


def loaded_object(text: str) -> Json:
    """A JSON object column; "" and anything else is an empty one."""
    if not text:
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
