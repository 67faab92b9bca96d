"""Bodies of recorded HTTP: as text, bytes, base64 or a structure, compressed or not, whole or as a stream of events."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from sojourn.domain.messages import clean, dump_json
from sojourn.transcripts.json_texts import parsed

MAX_BODY_BYTES = 256 << 20
AWS_NAME = re.compile(rb":event-type\x07..([A-Za-z-]+)", re.DOTALL)
LINE_ENDS = re.compile(r"\r\n|\r|\n")
AWS_MARK, AWS_LOOKED_AT = b":event-type", 256
TEXTS = ("string", "text", "base64_string")


def text_of_body(body: Any, encoding: str = "") -> str:
    """A body as text; "" for none, and for one in a compression that we do not know."""
    if isinstance(body, Mapping):
        encoding = "base64" if "base64_string" in body else str(body.get("encoding") or encoding)
        body = next((body[name] for name in TEXTS if body.get(name)), "")
    if isinstance(body, str):
        if encoding.lower() != "base64":
            return clean(body)
        try:
            body = base64.b64decode(body)
        except binascii.Error:
            return ""
    if not isinstance(body, bytes):
        return ""
    body = _unpacked(body)
    return _aws_events(body) if AWS_MARK in body[:AWS_LOOKED_AT] else body.decode("utf-8", "replace")


def json_of_body(body: Any, encoding: str = "") -> Any:
    """The structure in a body; None if it holds none."""
    if isinstance(body, list) or (isinstance(body, Mapping) and not set(TEXTS) & body.keys()):
        return body
    return parsed(text_of_body(body, encoding).encode())


def events_of_body(text: str) -> list[Any]:
    """The JSON of each event in a stream (text/event-stream, or one object a line)."""
    found: list[Any] = []
    data: list[str] = []
    for line in [*LINE_ENDS.split(text), ""]:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif line.startswith("{"):
            data = [line]
        if data and (not line or line.startswith("{")):
            event = parsed("\n".join(data).encode())
            if event is not None:
                found.append(event)
            data = []
    return found


def _aws_events(body: bytes) -> str:
    """Frames of application/vnd.amazon.eventstream as one JSON object a line: what happened, and its payload."""
    found: list[str] = []
    while len(body) >= 16:
        size, headers_size = int.from_bytes(body[:4]), int.from_bytes(body[4:8])
        if not 16 + headers_size <= size <= len(body):
            break
        payload = parsed(body[12 + headers_size : size - 4])
        if isinstance(payload, dict) and isinstance(payload.get("bytes"), str):  # a model's own stream, wrapped
            found.append(base64.b64decode(payload["bytes"] + "==").decode("utf-8", "replace"))
        elif name := AWS_NAME.search(body[12 : 12 + headers_size]):
            found.append(dump_json({name[1].decode(): payload}))
        body = body[size:]
    return "\n".join(found)


def _unpacked(body: bytes) -> bytes:
    """The body without its compression, which it shows by its first bytes; what is there of one that ends early."""
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        try:
            return bytes(pa.input_stream(pa.BufferReader(body), compression="zstd").read(MAX_BODY_BYTES))
        except (OSError, ValueError):
            return b""
    if body.startswith((b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")):
        try:
            return zlib.decompressobj(wbits=47).decompress(body, MAX_BODY_BYTES)
        except zlib.error:
            return b""
    return body
