"""The SQL of this package: one statement a file, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql."""
    return resources.files("sojourn.events").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
