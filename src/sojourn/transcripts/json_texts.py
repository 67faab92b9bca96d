"""JSON as programs really write it: NaN, lone surrogates and numbers past 64 bits too; and files that end early."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import orjson

# What orjson refuses and Python's own programs write all the same.
ODD = re.compile(rb"\bNaN\b|\bInfinity\b|\\u[dD][89a-fA-F]")
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
CLOSERS = {ord("{"): b"}", ord("["): b"]"}
MAX_CUTS = 8  # tries to end a broken document earlier


class Rescued(NamedTuple):
    document: Any
    line: int  # up to which the document could be read


def parsed(text: bytes) -> Any:
    """The value, or None if this is no JSON. NaN and infinities become None."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        if not ODD.search(text):
            return None
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def rescued(text: bytes) -> Rescued | None:
    """The part of a broken or shortened document that stands before its damage; None if nothing does."""
    cuts: list[tuple[int, bytes]] = []  # where a value has ended, and what closes everything around it
    open_ones: list[int] = []
    for token in TOKEN.finditer(text):
        mark = token[0][0]
        if mark in CLOSERS:
            open_ones.append(mark)
        elif mark in b"]}":
            if not open_ones or CLOSERS[open_ones.pop()][0] != mark:
                break
            cuts.append((token.end(), _closing(open_ones)))
        elif mark == ord(","):
            cuts.append((token.start(), _closing(open_ones)))
        del cuts[:-MAX_CUTS]
    for end, closing in reversed(cuts):
        document = parsed(text[:end] + closing)
        if document:
            return Rescued(document, text.count(b"\n", 0, end) + 1)
    return None


def _closing(open_ones: list[int]) -> bytes:
    return b"".join(CLOSERS[mark] for mark in reversed(open_ones))
