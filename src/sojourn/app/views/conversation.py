"""The conversation of a session: its transcript, window by window."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

from sojourn.app.views import cursors
from sojourn.app.views.conversation_items import ItemShaper
from sojourn.app.views.reading import Reading, Spine
from sojourn.app.views.transcript import Appearance, Item, ItemKey, Transcript, transcript_of
from sojourn.domain.events import EventType
from sojourn.events.rows import Row

Json = dict[str, Any]
MAX_NESTED_IDS = 1_000  # more of them and SQL looks at every block, Python leaves the nested calls out
MAX_MATCHES = 10_000  # blocks and events that a search inside one session looks at


class Page(NamedTuple):
    """Which items to show."""

    after: str = ""
    before: str = ""
    limit: int = 100
    q: str = ""


def conversation(reading: Reading, page: Page) -> Json:
    transcript = reading.recent.get(reading.cache_key("transcript"), lambda: load_transcript(reading))
    items, keys = transcript.items, transcript.keys
    if page.q.strip():
        items = _matching(reading, items, page.q)
        keys = [item.key for item in items]
    start, end = _slice(keys, page)
    shown = items[start:end]
    return {
        "items": ItemShaper(reading).shape(shown),
        "next_cursor": cursors.encode(*keys[end - 1]) if shown and end < len(items) else None,
        "prev_cursor": cursors.encode(*keys[start]) if shown and start > 0 else None,
        "total": len(items),
    }


def load_transcript(reading: Reading) -> Transcript:
    spine = reading.spine()
    nested = nested_model_calls(spine)
    is_exhaustive = len(nested) > MAX_NESTED_IDS
    found = reading.query(
        "conversation_appearances", nested_ids=[] if is_exhaustive else sorted(nested), is_exhaustive=int(is_exhaustive)
    )[0]
    appearances = _appearances(found)
    if is_exhaustive:
        appearances = [one for one in appearances if one[0] not in nested]
    asked = reading.query("conversation_tool_parts")[0]
    tool_lines = dict(zip(asked["hashes"], asked["lines"], strict=True))
    return transcript_of(spine.rows, appearances, tool_lines)


def nested_model_calls(spine: Spine) -> set[str]:
    return {
        row.event_id
        for row in spine.rows
        if row.type == EventType.LLM_CALL and spine.lineage.is_nested_model_call(row.event_id)
    }


def _appearances(columns: Row) -> list[Appearance]:
    return list(
        zip(
            columns["event_ids"],
            columns["positions"],
            columns["are_outputs"],
            columns["hashes"],
            columns["occurrences"],
            strict=True,
        )
    )


def _slice(keys: list[ItemKey], page: Page) -> tuple[int, int]:
    if page.after:
        start = bisect_right(keys, _key(page.after, "after"))
        return start, min(len(keys), start + page.limit)
    if page.before:
        end = bisect_left(keys, _key(page.before, "before"))
        return max(0, end - page.limit), end
    return 0, min(len(keys), page.limit)


def _key(cursor: str, name: str) -> ItemKey:
    return ItemKey(*cursors.decode(cursor, name, int, int, str, int))


def _matching(reading: Reading, items: list[Item], q: str) -> list[Item]:
    words = q.lower().split()
    found = reading.query("conversation_matches", words=words, limit=MAX_MATCHES)[0]
    hashes, event_ids = set(found["hashes"]), set(found["event_ids"])
    return [item for item in items if _is_match(item, hashes, event_ids)]


def _is_match(item: Item, hashes: set[str], event_ids: set[str]) -> bool:
    if item.kind == "message":
        return item.block in hashes
    if item.key.event_id in event_ids and (item.card is None or item.card.event_id):
        return True
    return any(digest in hashes for digest in item.hashes())
