"""A session's timeline, as much of it as one answer is computed from."""

from __future__ import annotations

from typing import Any, NamedTuple

from sojourn.app.views.events import Place, window
from sojourn.app.views.reading import Reading
from sojourn.events.rows import WindowFilter

Json = dict[str, Any]
WINDOW = 500
MAX_ROWS = 5_000


class Timeline(NamedTuple):
    rows: list[Json]
    is_cut: bool  # there are more


def timeline(reading: Reading, *types: str) -> Timeline:
    """Rows of these types, or of all; the second row of a tool call, its end, is left out."""
    rows: list[Json] = []
    after = ""
    while len(rows) < MAX_ROWS:
        page = window(reading, WindowFilter(types=types), Place(after=after, limit=WINDOW))
        rows += [row for row in page["items"] if row["phase"] == 0]
        after = page["next_cursor"] or ""
        if not after:
            break
    return Timeline(rows[:MAX_ROWS], bool(after))
