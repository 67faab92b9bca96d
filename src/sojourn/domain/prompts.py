"""Prompt templates: `{name}` and `{{name}}` become the inputs, everything else stays, also braces of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}|\{(\w+)\}")
MAX_RESOLVED_CHARS = 100_000


def resolved_prompt(template: str, inputs: Mapping[str, Any]) -> str:
    """The prompt as the model got it; a place without an input stays as it is written."""

    def fill(place: re.Match[str]) -> str:
        name = place.group(1) or place.group(2)
        return _text(inputs[name]) if name in inputs else place.group()

    return PLACE.sub(fill, template)[:MAX_RESOLVED_CHARS]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
