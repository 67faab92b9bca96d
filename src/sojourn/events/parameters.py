"""Query parameters in the text form that ClickHouse reads ({name:Type}; docs: "Escaped" format, quoted in arrays)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "\t": "\\t",
        "\n": "\\n",
        "\r": "\\r",
        "\0": "\\0",
        "\b": "\\b",
        "\f": "\\f",
        "'": "\\'",
    }
)


def render_parameters(parameters: Mapping[str, Any]) -> dict[str, str]:
    return {name: render(value) for name, value in parameters.items()}


def render(value: Any) -> str:
    """A top-level value: strings are escaped but not quoted."""
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "1" if value else "0"
    return _nested(value)


def _nested(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPES)}'"
    if isinstance(value, list):
        return f"[{','.join(map(_nested, value))}]"
    if isinstance(value, tuple):
        return f"({','.join(map(_nested, value))})"
    if value is None:
        return "NULL"
    return str(value)
