"""Places in lists: what a cursor looks like, and what is told of one that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints, WithJsonSchema

from sojourn.app.errors import Invalid, NotFound

FORM = "^[A-Za-z0-9_-]+$"  # opaque to callers
MAX_CURSOR_CHARS = 4_096
CursorText = Annotated[
    str | None,
    StringConstraints(pattern=FORM, max_length=MAX_CURSOR_CHARS),
    WithJsonSchema({"type": "string", "pattern": FORM, "maxLength": MAX_CURSOR_CHARS}),
]
Cursor = Annotated[CursorText, Query(description="next_cursor of the page before; 404 if this list made no such")]
After = Annotated[CursorText, Query(description="next_cursor of a window; 404 if this list made no such")]
Before = Annotated[CursorText, Query(description="prev_cursor of a window; 404 if this list made no such")]


@contextmanager
def following(*cursors: str | None) -> Iterator[None]:
    """A cursor of the right form that this list did not make names a place that does not exist."""
    try:
        yield
    except Invalid as error:
        if not any(cursors):
            raise
        raise NotFound(error.message, error.details) from error
