"""The SQL of this package: one statement a file, read once.

A line `-- include <name>` stands for the text of sql/parts/<name>.sql, which several statements share.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_INCLUDE = re.compile(r"^[ ]*-- include (\w+)$", re.MULTILINE)


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql with what it includes."""
    return _INCLUDE.sub(lambda found: _text("parts", found[1]), _text(name))


def _text(*place: str) -> str:
    *folders, name = place
    return resources.files("sojourn.events").joinpath("sql", *folders, f"{name}.sql").read_text(encoding="utf-8")
