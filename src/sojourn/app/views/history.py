"""The conversation memory of a session: what its model should see now."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.conversation import load_transcript
from sojourn.app.views.conversation_items import ItemShaper
from sojourn.app.views.reading import Reading
from sojourn.app.views.transcript import Item

Json = dict[str, Any]
MAX_ITEMS = 5_000  # of the memory that one answer holds
DEFAULT_KEEP_TURNS = 4  # user turns that a compaction leaves as they are


def history(reading: Reading, limit: int = MAX_ITEMS) -> Json:
    """Nothing older than the last reset; after a compaction its summary, the turns that it kept, and what followed."""
    items = reading.recent.get(reading.cache_key("transcript"), lambda: load_transcript(reading)).items
    resets = [place for place, item in enumerate(items) if item.kind == "reset"]
    items = items[resets[-1] + 1 :] if resets else items
    shaper = ItemShaper(reading)
    compactions = [place for place, item in enumerate(items) if item.kind == "compaction"]
    before, marker, after = _around(items, compactions)
    summary, made_by, kept = "", "", []
    if marker is not None:
        [told] = shaper.shape([marker])
        summary, made_by = text_of(told), str(told["details"].get("summarised_by", ""))
        kept = last_turns(_shaped(shaper, before, limit), int(told["details"].get("keep_turns") or 0))
    messages = [*kept, *_shaped(shaper, after, limit)]
    return {
        "epoch": len(resets),
        "summary": summary or None,
        "summarised_by": made_by,
        "messages": messages[-limit:],
        "truncated": len(messages) > limit or len(after) > limit,
    }


def text_of(message: Json) -> str:
    return "\n".join(part["content"] for part in message["parts"] if part.get("type") == "text")


def last_turns(messages: list[Json], turns: int) -> list[Json]:
    """From the n-th last message of the user on."""
    users = [place for place, message in enumerate(messages) if message["role"] == "user"]
    if not turns:
        return []
    return messages[users[-turns] :] if len(users) >= turns else messages


def _around(items: list[Item], compactions: list[int]) -> tuple[list[Item], Item | None, list[Item]]:
    if not compactions:
        return [], None, items
    earlier = compactions[-2] + 1 if len(compactions) > 1 else 0
    last = compactions[-1]
    return items[earlier:last], items[last], items[last + 1 :]


def _shaped(shaper: ItemShaper, items: list[Item], limit: int) -> list[Json]:
    told = shaper.shape([item for item in items if item.kind in ("message", "tool_call")][-limit:])
    return [
        {
            "role": item["role"],
            "content": item["parts"],
            "parts": item["parts"],
            "at": item["at"],
            "event_id": item["event_id"],
            "tool": item["tool"],
        }
        for item in told
    ]
