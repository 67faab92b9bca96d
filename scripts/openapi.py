"""Writes ui/openapi.json, what the web app knows of the API: `python scripts/openapi.py`, no server needed.

`python hatch_build.py run types` then makes ui/src/api/schema.ts of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sojourn.api.app import create_app
from sojourn.api.dependencies import Services
from sojourn.settings import Settings

DOCUMENT = Path(__file__).parents[1] / "ui" / "openapi.json"


def described() -> dict[str, Any]:
    """The document of /openapi.json. Nothing is asked of the stores for it."""
    services = Services(None, None, None, None, None, Settings(), lambda: 0, None)  # type: ignore[arg-type]
    return create_app(services).openapi()


def text_of(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text_of(described()))
