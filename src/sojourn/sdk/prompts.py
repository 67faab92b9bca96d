"""Prompt templates: `{name}` and `{{name}}` become the inputs, everything else stays, also braces of JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sojourn.sdk.plain_values import value_text

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}|\{(\w+)\}")


def resolved_prompt(template: str, inputs: Mapping[str, Any]) -> str:
    def fill(place: re.Match[str]) -> str:
        name = place.group(1) or place.group(2)
        return value_text(inputs[name]) if name in inputs else place.group()

    return PLACE.sub(fill, template)
