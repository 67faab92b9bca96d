"""Cursors: opaque to callers, a JSON list of plain values to us."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from sojourn.app.errors import Invalid

MAX_CURSOR_CHARS = 4096
INT64_MAX = 2**63 - 1


def encode(*values: int | str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


def decode(cursor: str, name: str, *kinds: type) -> list[Any]:
    """The values of a cursor that `encode` made; anything else is the caller's mistake."""
    try:
        values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"{name} is not a cursor of this list", {"parameter": name}) from error
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds) or not _in_range(values):
        raise Invalid(f"{name} is not a cursor of this list", {"parameter": name})
    return values


def _in_range(values: list[Any]) -> bool:
    return all(-INT64_MAX <= value <= INT64_MAX if isinstance(value, int) else "\x00" not in value for value in values)
