"""The variables of a session: their values now and how they came to be."""

from __future__ import annotations

from typing import Any

import orjson

from sojourn.app.views import cursors
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import rfc3339
from sojourn.events.rows import Row

Json = dict[str, Any]
MAX_VARIABLES = 500
VALUE_CHARS = 16 * 1024  # of one value; a longer one is shown as the start of its JSON text


def state(reading: Reading, cursor: str, limit: int) -> Json:
    before = cursors.decode(cursor, "cursor", int, int, str) if cursor else (cursors.INT64_MAX, cursors.INT64_MAX, "")
    variables = reading.query("state_variables", max_chars=VALUE_CHARS, limit=MAX_VARIABLES)
    history = reading.query(
        "state_history",
        max_chars=VALUE_CHARS,
        before_ns=before[0],
        before_seq=before[1],
        before_event_id=before[2],
        limit=limit + 1,
    )
    has_more = len(history) > limit
    history = history[:limit]
    lineage = reading.spine().lineage
    last = history[-1] if has_more else None
    return {
        "variables": [_variable(row) for row in variables],
        "history": [{**_change(row), "agent_id": lineage.agent_of(row["event_id"])} for row in history],
        "next_cursor": cursors.encode(last["at_ns"], last["seq"], last["event_id"]) if last else None,
    }


def _variable(row: Row) -> Json:
    return {
        "name": row["variable"],
        "value": value_of_json(row["value"]),
        "updated_at": rfc3339(row["updated_at_ns"]),
        "event_id": row["event_id"],
        "changes": row["changes"],
    }


def _change(row: Row) -> Json:
    return {
        "at": rfc3339(row["at_ns"]),
        "event_id": row["event_id"],
        "variable": row["variable"],
        "old": value_of_json(row["old_value"]),
        "new": value_of_json(row["new_value"]),
    }


def value_of_json(text: str) -> Any:
    """A value out of its JSON text; None for "" (nothing was said), the text itself where it was cut."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text[:VALUE_CHARS]
