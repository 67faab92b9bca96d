"""The web app's types are made of what the server says of itself."""

from __future__ import annotations

from scripts.openapi import DOCUMENT, described, text_of

HOW = "run `python scripts/openapi.py` and `python hatch_build.py run types`, and commit both files"


def test_the_web_app_knows_the_api_as_it_is() -> None:
    known = DOCUMENT.read_text()

    assert known == text_of(described()), HOW
