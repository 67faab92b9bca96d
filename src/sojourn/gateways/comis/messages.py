"""session.history and session.search: what was said, in Comis' form of a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import orjson

from sojourn.app.views import search as content_search
from sojourn.app.views.conversation import Page, conversation
from sojourn.app.views.history import MAX_ITEMS
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import NS_PER_MS, parse_time
from sojourn.domain.sessions import Session
from sojourn.gateways.comis.desk import Desk

Json = dict[str, Any]
WINDOW = 500
RESET_WORDS = "Conversation history was cleared here."
SNIPPET_CHARS, SNIPPET_BEFORE_CHARS = 200, 80
ATTACHMENTS = frozenset({"blob", "file", "uri"})


def remembered(desk: Desk, session: Session) -> list[Json]:
    """What its agent knows now: nothing from before a reset; a compaction is its summary and the turns it kept."""
    told = desk.control.history(session, MAX_ITEMS)
    messages = [message_of(one) for one in told["messages"]]
    if told["summary"]:
        at_ms = messages[0]["timestamp"] if messages else session.last_activity_at_ns // NS_PER_MS
        summary = {"role": "system", "content": told["summary"], "timestamp": at_ms, "kind": "compaction"}
        return [{**summary, "summarisedBy": told["summarised_by"]}, *messages]
    return messages


def whole_transcript(reading: Reading) -> Iterator[Json]:
    """Everything that was ever said in it, with markers where it was reset or compacted."""
    after = ""
    while True:
        window = conversation(reading, Page(after=after, limit=WINDOW))
        yield from (item_of(item) for item in window["items"])
        after = window["next_cursor"] or ""
        if not after:
            return


def message_of(told: Json) -> Json:
    """A message or a tool call."""
    at_ms = epoch_ms(told["at"])
    tool = told["tool"]
    if tool is None:
        return {"role": told["role"], "content": _text(told["parts"]), "timestamp": at_ms}
    return {
        "role": "tool",
        "content": _plain(tool["result"]),
        "timestamp": at_ms,
        "toolName": tool["name"],
        "toolCallId": tool["call_id"],
        "toolInput": tool["arguments"],
        "toolStatus": tool["status"],
    }


def item_of(item: Json) -> Json:
    if item["kind"] in ("message", "tool_call"):
        return message_of(item)
    content = RESET_WORDS if item["kind"] == "reset" else _text(item["parts"])
    marker = {"role": "system", "content": content, "timestamp": epoch_ms(item["at"]), "kind": item["kind"]}
    return {**marker, "details": item["details"]} if item["details"] else marker


def found_in_content(
    desk: Desk, query: str, scope: str, limit: int, looked_at: int, is_meant: Callable[[Json], bool]
) -> list[Json]:
    """One passage a session, the latest sessions first; of the sessions that are meant, and of what one role said."""
    found = content_search.search(desk.ledger, desk.events, desk.workspace_id, query, looked_at)["items"]
    hits = [hit for hit in found if is_meant(hit["session"])]
    if scope == "all":
        return [_found(hit["session"], _role(hit), hit["passage"]) for hit in hits[:limit]]
    told = (_said_by(desk, hit["session"], query, scope) for hit in hits)
    return list(islice((one for one in told if one is not None), limit))


def _said_by(desk: Desk, session: Json, query: str, role: str) -> Json | None:
    """The latest thing that this role said with those words."""
    page = Page(limit=WINDOW, q=query)
    said = [item_of(item) for item in conversation(desk.reading(desk.find(session["id"])), page)["items"]]
    latest = next((one for one in reversed(said) if one["role"] == role), None)
    return latest and _found(session, role, _around(latest["content"], query))


def _found(session: Json, role: str, passage: str) -> Json:
    return {
        "sessionKey": session["key"],
        "agentId": session["agent_id"],
        "channelType": session["channel"],
        "role": role,
        "snippet": passage,
        "timestamp": epoch_ms(session["last_activity_at"]),
    }


def _around(text: str, query: str) -> str:
    start = max(0, text.lower().find(query.split()[0].lower()) - SNIPPET_BEFORE_CHARS)
    return text[start : start + SNIPPET_CHARS]


def _role(hit: Json) -> str:
    return str(hit["role"] or "tool")  # arguments and results of tools have no role


def _text(parts: list[Json]) -> str:
    lines = []
    for part in parts:
        if part.get("type") == "text":
            lines.append(str(part.get("content") or ""))
        elif part.get("type") in ATTACHMENTS:
            lines.append(f"[{part.get('modality') or part['type']}]")
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def epoch_ms(at: str | None) -> int:
    return parse_time(at, "at") // NS_PER_MS if at else 0
