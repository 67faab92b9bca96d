"""Messages in one form, and the content blocks they are stored as.

The form is OpenTelemetry's (semantic-conventions-genai, gen_ai.input.messages): a role and a list of parts, each with
a `type`: text{content}, reasoning{content}, tool_call{id,name,arguments}, tool_call_response{id,response},
blob{mime_type,modality,content}, file{file_id}, uri{uri}, compaction{id,content}. Unknown parts are kept as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

ROLES = frozenset({"system", "user", "assistant", "tool"})
SPOKEN_ROLES = frozenset({"user", "assistant"})

# The string of a part that is worth searching; it moves into Block.text and leaves its place as [start, end].
LIFTED_FIELD = {
    "text": "content",
    "reasoning": "content",
    "compaction": "content",
    "tool_call": "arguments",
    "tool_call_response": "response",
}
Part = dict[str, Any]


class _MessageFields(NamedTuple):
    role: str
    parts: tuple[Part, ...]
    name: str = ""


class Message(_MessageFields):
    """Nobody changes its parts, so its block is made once: a history holds the same messages again and again."""

    def block(self) -> Block:
        known: Block | None = self.__dict__.get("known")
        if known is None:
            known = self.__dict__["known"] = _block_of(self)
        return known


class Block(NamedTuple):
    """A piece of content, stored once per session under its hash.

    `text` holds what is worth searching; `parts` is "" for one plain text part, else JSON of the parts whose lifted
    strings are replaced by [start, end] in `text` (code points).
    """

    hash: bytes  # 16 bytes, of everything else in here
    kind: str  # message, tool_definition, arguments, result, value
    role: str  # of a message, else ""
    name: str  # of a message's speaker, tool or definition, else ""
    text: str
    parts: str


def text_message(role: str, text: str, name: str = "") -> Message:
    return Message(role, ({"type": "text", "content": text},), name)


def message_block(message: Message) -> Block:
    """The block of a message; equal messages have equal blocks."""
    return message.block()


def _block_of(message: Message) -> Block:
    parts = message.parts
    if (
        len(parts) == 1
        and parts[0].get("type") == "text"
        and len(parts[0]) == 2
        and isinstance(parts[0].get("content"), str)
    ):
        return make_block("message", message.role, message.name, clean(parts[0]["content"]), "")
    texts: list[str] = []
    position = 0
    stored: list[Part] = []
    for part in parts:
        field = LIFTED_FIELD.get(part.get("type", ""))
        if field is None or field not in part:
            stored.append(part)
            continue
        text = clean(lifted_text(part[field]))
        stored.append({**part, field: [position, position + len(text), 0 if isinstance(part[field], str) else 1]})
        texts.append(text)
        position += len(text) + 1
    return make_block("message", message.role, message.name, "\n".join(texts), dump_json(stored))


def value_block(kind: str, value: Any, name: str = "") -> Block:
    """The block of something that is not a message: arguments, a result, a definition, an opaque value."""
    if isinstance(value, str):
        return make_block(kind, "", name, clean(value), "")
    return make_block(kind, "", name, dump_json(value), "json")


def message_of(block: Block) -> Message:
    """The message a block was made of."""
    if not block.parts:
        return text_message(block.role, block.text, block.name)
    parts: list[Part] = []
    for part in orjson.loads(block.parts):
        field = LIFTED_FIELD.get(part.get("type", ""))
        place = part.get(field) if field else None
        if field and isinstance(place, list) and len(place) == 3:
            text = block.text[place[0] : place[1]]
            part = {**part, field: orjson.loads(text) if place[2] else text}
        parts.append(part)
    return Message(block.role, tuple(parts), block.name)


def value_of(block: Block) -> Any:
    """The value that a block other than a message was made of."""
    return orjson.loads(block.text) if block.parts == "json" else block.text


def make_block(kind: str, role: str, name: str, text: str, parts: str) -> Block:
    digest = hashlib.blake2b(f"{kind}\x00{role}\x00{name}\x00{len(text)}\x00".encode(), digest_size=16)
    digest.update(text.encode())
    digest.update(parts.encode())
    return Block(digest.digest(), kind, role, name, text, parts)


def message_keys(blocks: Sequence[Block]) -> tuple[int, ...]:
    """One number for each user or assistant message in a call's input and output, in order.

    The n-th occurrence of the same message in one call has a number of its own, so that a history which is sent again
    with every call counts each message once, and a user who says "yes" twice counts twice.
    """
    keys: list[int] = []
    seen: dict[bytes, int] = {}
    for block in blocks:
        if block.kind != "message" or block.role not in SPOKEN_ROLES:
            continue
        occurrence = seen.get(block.hash, 0)
        seen[block.hash] = occurrence + 1
        keys.append((int.from_bytes(block.hash[:8], "little") + occurrence) & 0xFFFF_FFFF_FFFF_FFFF)
    return tuple(keys)


def plain_text(message: Message) -> str:
    """What a person would read of a message, without reasoning, tool calls and results."""
    return "\n".join(
        part["content"] for part in message.parts if part.get("type") == "text" and isinstance(part.get("content"), str)
    )


def clean(text: str) -> str:
    """Text that every store takes: lone surrogates become U+FFFD (JSON allows them, UTF-8 does not)."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if 0xD800 <= ord(char) <= 0xDFFF else char for char in text)
    return text


def lifted_text(value: Any) -> str:
    return value if isinstance(value, str) else dump_json(value)


def dump_json(value: Any) -> str:
    """Canonical JSON text: sorted keys, so that equal values are equal texts. Takes whatever telemetry holds."""
    try:
        return orjson.dumps(value, default=_plain, option=_JSON_OPTIONS).decode()
    except (orjson.JSONEncodeError, TypeError):
        return orjson.dumps(_tame(value), default=_plain, option=_JSON_OPTIONS).decode()


_JSON_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


MAX_JSON_DEPTH = 64


def _tame(value: Any, depth: int = 0) -> Any:
    """What orjson refuses (lone surrogates, integers past 64 bits, too deep nesting) in a form that it takes."""
    if depth > MAX_JSON_DEPTH:
        return str(type(value).__name__)
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, dict):
        return {clean(str(key)): _tame(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tame(item, depth + 1) for item in value]
    return value
