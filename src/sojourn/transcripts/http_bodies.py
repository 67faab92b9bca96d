"""Bodies of recorded HTTP: as text, bytes, base64 or a structure, compressed or not, whole or as a stream of events."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from sojourn.domain.messages import clean
from sojourn.transcripts.json_texts import parsed

MAX_BODY_BYTES = 256 << 20
LINE_ENDS = re.compile(r"\r\n|\r|\n")
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
    return _unpacked(body).decode("utf-8", "replace") if isinstance(body, bytes) else ""


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
