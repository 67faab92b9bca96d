"""Reading attribute values, which senders spell in every way: numbers as text, JSON as text, text as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

from sojourn.domain.messages import clean, dump_json

MAX_COUNT = 2**53  # beyond it a token count is not one


def text_of(value: Any) -> str:
    """Text of anything: "" for None, JSON for structures."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool | int | float):
        return str(value)
    return dump_json(value)


def count_of(value: Any) -> int | None:
    """A whole number that is not negative; None for what is none (text, NaN, negative)."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= MAX_COUNT else None


def amount_of(value: Any) -> float | None:
    """A sum of money that is not negative; None for what is none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if value >= 0 else None


def json_of(value: Any) -> Any:
    """The structure that a JSON text holds; the value itself if it is no JSON text of a structure."""
    if (isinstance(value, str) and value[:1] in ("{", "[", '"')) or (isinstance(value, str) and value[:1].isspace()):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def object_of(value: Any) -> dict[str, Any]:
    """An object, from JSON text or as it is; empty if it is none."""
    found = json_of(value)
    return found if isinstance(found, dict) else {}


def list_of(value: Any) -> list[Any]:
    found = json_of(value)
    return found if isinstance(found, list) else []


def first_of(attributes: Mapping[str, Any], *names: str) -> Any:
    """The value of the first of these attributes that is set and not empty."""
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return value
    return None


def first_text(attributes: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return value if type(value) is str and value.isascii() else text_of(value)
    return ""


def unflattened(attributes: Mapping[str, Any], prefix: str) -> Any:
    """The structure of attributes like `prefix.0.role`: integer steps become lists (gaps closed), others objects."""
    root: dict[str, Any] = {}
    dotted = prefix + "."
    for name, value in attributes.items():
        if not name.startswith(dotted):
            continue
        node = root
        steps = name[len(dotted) :].split(".")
        for step in steps[:-1]:
            inner = node.get(step)
            if not isinstance(inner, dict):
                inner = node[step] = {}
            node = inner
        node.setdefault(steps[-1], value)
    return _listed(root)


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(step.isdigit() for step in node):
        return [_listed(node[step]) for step in sorted(node, key=int)]
    return {step: _listed(inner) for step, inner in node.items()}
