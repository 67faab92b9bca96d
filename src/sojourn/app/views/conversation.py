"""The conversation of a session: its transcript, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sojourn.app.views import cursors
from sojourn.app.views.conversation_items import ItemShaper
from sojourn.app.views.reading import Reading, Spine
from sojourn.app.views.transcript import Item, ItemKey, Step, Telling, Transcript, transcript_of
from sojourn.domain.events import EventType
from sojourn.events.rows import Row

Json = dict[str, Any]
MAX_NESTED_IDS = 1_000  # more of them and SQL looks at every block, Python leaves the nested calls out
MAX_MATCHES = 10_000  # blocks and events that a search inside one session looks at

STEP = ("event_ids", "types", "started_at_ns", "seqs", "tool_names", "tool_call_ids")
TELLING = (
    "event_ids", "are_messages", "started_at_ns", "ended_at_ns", "seqs", "positions", "are_outputs", "hashes",
    "occurrences",
)  # fmt: skip


class Page(NamedTuple):
    """Which items to show."""

    after: str = ""
    before: str = ""
    limit: int = 100
    q: str = ""


def conversation(reading: Reading, page: Page) -> Json:
    transcript = reading.recent.get(reading.cache_key("transcript"), lambda: load_transcript(reading))
    if page.q.strip():
        transcript = _matching(reading, transcript, page.q)
    start, end = _slice(transcript, page)
    shown = transcript.window(start, end)
    return {
        "items": ItemShaper(reading).shape(shown),
        "next_cursor": cursors.encode(*shown[-1].key) if shown and end < len(transcript) else None,
        "prev_cursor": cursors.encode(*shown[0].key) if shown and start > 0 else None,
        "total": len(transcript),
    }


def load_transcript(reading: Reading) -> Transcript:
    nested = _nested(reading)
    is_exhaustive = len(nested) > MAX_NESTED_IDS
    found = reading.query(
        "conversation_appearances", nested_ids=[] if is_exhaustive else sorted(nested), is_exhaustive=int(is_exhaustive)
    )[0]
    tellings: list[Telling] = _rows(found, TELLING)
    if is_exhaustive:
        tellings = [one for one in tellings if one[0] not in nested]
    steps: list[Step] = _rows(reading.query("conversation_steps")[0], STEP)
    asked = reading.query("conversation_tool_parts")[0]
    return transcript_of(steps, tellings, dict(zip(asked["hashes"], asked["lines"], strict=True)))


def nested_model_calls(spine: Spine) -> set[str]:
    return {
        row.event_id
        for row in spine.rows
        if row.type == EventType.LLM_CALL and spine.lineage.is_nested_model_call(row.event_id)
    }


def _nested(reading: Reading) -> set[str]:
    """Mostly no model call contains anything; only else are all parents read."""
    return nested_model_calls(reading.spine()) if reading.query("conversation_containers") else set()


def _rows(columns: Row, names: Sequence[str]) -> list[Any]:
    return list(zip(*(columns[name] for name in names), strict=True))


def _slice(transcript: Transcript, page: Page) -> tuple[int, int]:
    if page.after:
        start = transcript.place_after(_key(page.after, "after"))
        return start, min(len(transcript), start + page.limit)
    if page.before:
        end = transcript.place_before(_key(page.before, "before"))
        return max(0, end - page.limit), end
    return 0, min(len(transcript), page.limit)


def _key(cursor: str, name: str) -> ItemKey:
    return ItemKey(*cursors.decode(cursor, name, int, int, str, int))


def _matching(reading: Reading, transcript: Transcript, q: str) -> Transcript:
    words = q.lower().split()
    found = reading.query("conversation_matches", words=words, limit=MAX_MATCHES)[0]
    hashes, event_ids = set(found["hashes"]), set(found["event_ids"])
    return transcript.narrowed(lambda item: _is_match(item, hashes, event_ids))


def _is_match(item: Item, hashes: set[str], event_ids: set[str]) -> bool:
    if item.kind == "message":
        return item.block in hashes
    if item.key.event_id in event_ids and (item.card is None or item.card.event_id):
        return True
    return any(digest in hashes for digest in item.hashes())
