"""Items of a conversation in the contract's JSON, with their content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sojourn.app.views.content import Fetched, bounded, fetch, loaded_object, message_parts, opaque_value
from sojourn.app.views.conversation_agents import agents_of
from sojourn.app.views.reading import Reading
from sojourn.app.views.times import duration_ms, rfc3339
from sojourn.app.views.tool_cards import Card
from sojourn.app.views.transcript import OUTPUT_POSITION, Item
from sojourn.domain.events import EventStatus
from sojourn.events.columns import MAX_NS
from sojourn.events.rows import Row
from sojourn.events.windows import MAX_NAME_CHARS

Json = dict[str, Any]
TOOL_PARTS = frozenset({"tool_call", "tool_call_response"})
HASH = re.compile(r"[0-9a-f]{32}")
MAX_INLINE_BLOCKS = 8  # content blocks of a marker: a summary, a passed context
DETAIL_CHARS = 4 * 1024  # of each string in the details of an item


class ItemShaper:
    """Looks up what a window of items needs, once for all of them."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._events: dict[str, Row] = {}
        self._agents: dict[str, str] = {}
        self._fetched: Fetched = {}

    def shape(self, items: Sequence[Item]) -> list[Json]:
        if not items:
            return []
        event_ids = {event_id for item in items for event_id in _event_ids(item)}
        from_ns, to_ns = _times_of(items)
        rows = self._reading.query(
            "conversation_events",
            event_ids=sorted(event_ids),
            refs=MAX_INLINE_BLOCKS,
            from_ns=from_ns,
            to_ns=to_ns,
            name_chars=MAX_NAME_CHARS,
        )
        self._events = {row["event_id"]: row for row in rows}
        self._agents = agents_of(self._reading, rows)
        session = self._reading.session
        hashes = (bytes.fromhex(digest) for item in items for digest in self._hashes(item))
        self._fetched = fetch(self._reading.events, session.workspace_id, session.id, hashes)
        return [self._item(item) for item in items]

    def _hashes(self, item: Item) -> Iterable[str]:
        yield from item.hashes()
        for event_id in _event_ids(item):
            row = self._events.get(event_id)
            if row is not None and item.kind != "message":
                yield from row["input_hashes"]
                yield from row["output_hashes"]
                yield from _summary_refs(row)

    def _item(self, item: Item) -> Json:
        event_id = item.key.event_id
        row = self._events.get(event_id, {})
        shaped = {
            "id": f"{event_id}:{item.key.position}" if item.key.position else event_id,
            "kind": item.kind,
            "role": "",
            "at": rfc3339(item.key.at_ns),
            "agent_id": self._agents.get(event_id, ""),
            "conversation_id": row.get("conversation_id", ""),
            "event_id": event_id,
            "model": row.get("model", ""),
            "parts": [],
            "text_chars": 0,
            "truncated": False,
            "tool": None,
            "details": {},
        }
        if item.kind == "message":
            return {**shaped, **self._message(item, row)}
        if item.card is not None:
            return {**shaped, **self._tool(item.card)}
        return {**shaped, **self._marker(row)}

    def _message(self, item: Item, row: Row) -> Json:
        found = self._fetched.get(bytes.fromhex(item.block))
        is_output = item.key.position >= OUTPUT_POSITION
        if found is None:
            return {"role": "assistant" if is_output else "user"}
        block, full_chars = found
        is_truncated = full_chars > len(block.text)
        if block.kind == "message":
            parts = [part for part in message_parts(block, is_truncated) if part.get("type") not in TOOL_PARTS]
            role = block.role
        else:
            parts = _text_parts(opaque_value(block, is_truncated), block.text)
            role = "assistant" if is_output else "user"
        if row.get("type") == "reasoning":
            role = "assistant"
            parts = [{**part, "type": "reasoning"} if part.get("type") == "text" else part for part in parts]
        return {"role": role, "parts": parts, "text_chars": full_chars, "truncated": is_truncated}

    def _marker(self, row: Row) -> Json:
        """An event that stands inline, with the content it names."""
        parts: list[Json] = []
        chars = 0
        is_cut = False
        for digest in dict.fromkeys([*row.get("input_hashes", ()), *row.get("output_hashes", ()), *_summary_refs(row)]):
            found = self._fetched.get(bytes.fromhex(digest))
            if found is None:
                continue
            block, full_chars = found
            chars += full_chars
            is_cut = is_cut or full_chars > len(block.text)
            value_is_cut = full_chars > len(block.text)
            parts += (
                message_parts(block, value_is_cut)
                if block.kind == "message"
                else _text_parts(opaque_value(block, value_is_cut), block.text)
            )
        if not parts and row.get("preview"):
            parts = [{"type": "text", "content": row["preview"]}]
        return {"parts": parts, "text_chars": chars, "truncated": is_cut, "details": _marker_details(row)}

    def _tool(self, card: Card) -> Json:
        call, result_row = self._events.get(card.event_id), self._events.get(card.result_event_id)
        arguments, sent_chars, cut_arguments = self._content_of_row(call, "input_hashes")
        if arguments is None:
            arguments, sent_chars, cut_arguments = self._content_of_part(card.call_block, card.call_index, "arguments")
        result, result_chars, cut_result = self._content_of_row(call, "output_hashes")
        if result is None and result_row is not None:
            side = "output_hashes" if result_row["output_hashes"] else "input_hashes"
            result, result_chars, cut_result = self._content_of_row(result_row, side)
        if result is None:
            result, result_chars, cut_result = self._content_of_part(card.result_block, card.result_index, "response")
        has_result = result is not None or bool(card.result_block or card.result_event_id)
        told = call or result_row or {}
        return {
            "role": "tool",
            "model": "",
            "text_chars": sent_chars + result_chars,
            "truncated": cut_arguments or cut_result,
            "details": _error_details(told),
            "tool": {
                "name": card.name or told.get("tool_name", "") or told.get("name", ""),
                "call_id": card.call_id,
                "arguments": arguments,
                "result": result,
                "status": _tool_status(call, result_row, has_result),
                "duration_ms": duration_ms(call["started_at_ns"], call["ended_at_ns"]) if call else None,
            },
        }

    def _content_of_row(self, row: Row | None, side: str) -> tuple[Any, int, bool]:
        found = self._fetched.get(bytes.fromhex(row[side][0])) if row and row[side] else None
        if found is None:
            return None, 0, False
        block, full_chars = found
        is_cut = full_chars > len(block.text)
        if block.kind == "message":
            return _told_by(message_parts(block, is_cut)), full_chars, is_cut
        return opaque_value(block, is_cut), full_chars, is_cut

    def _content_of_part(self, digest: str, index: int, field: str) -> tuple[Any, int, bool]:
        found = self._fetched.get(bytes.fromhex(digest)) if digest else None
        if found is None:
            return None, 0, False
        block, full_chars = found
        is_cut = full_chars > len(block.text)
        parts = message_parts(block, is_cut)
        return (parts[index].get(field) if index < len(parts) else None), full_chars, is_cut


def _event_ids(item: Item) -> Iterable[str]:
    yield item.key.event_id
    if item.card is not None:
        if item.card.event_id:
            yield item.card.event_id
        if item.card.result_event_id:
            yield item.card.result_event_id


def _times_of(items: Sequence[Item]) -> tuple[int, int]:
    """Between which starts the events of these items lie; of a result that is an event of its own it is not known."""
    if any(item.card is not None and item.card.result_event_id for item in items):
        return 0, MAX_NS
    starts = [item.began_ns for item in items]
    return min(starts), max(starts)


def _summary_refs(row: Row) -> list[str]:
    """A compaction names the block of its summary."""
    reference = loaded_object(row.get("details", "")).get("summary_ref")
    return [reference] if isinstance(reference, str) and HASH.fullmatch(reference) else []


def _text_parts(value: Any, text: str) -> list[Json]:
    return [{"type": "text", "content": value if isinstance(value, str) else text}]


def _told_by(parts: list[Json]) -> Any:
    """What a tool said: the response inside a message, else its text, else all of its parts."""
    for part in parts:
        for field in ("response", "arguments"):
            if field in part:
                return part[field]
    texts = [part["content"] for part in parts if part.get("type") == "text"]
    return "\n".join(texts) if texts and len(texts) == len(parts) else parts


def _tool_status(call: Row | None, result_row: Row | None, has_result: bool) -> str:
    if call is not None and (call["status"] != EventStatus.PENDING or not has_result):
        return str(call["status"])
    if result_row is not None and result_row["status"] != EventStatus.PENDING:
        return str(result_row["status"])
    return EventStatus.OK if has_result else EventStatus.PENDING


def _error_details(row: Row) -> Json:
    return {name: row[name] for name in ("error_type", "error") if row.get(name)}


def _marker_details(row: Row) -> Json:
    details: Json = bounded(loaded_object(row.get("details", "")), DETAIL_CHARS)
    named = {name: row[name] for name in ("name", "status") if row.get(name)}
    return {**named, **_error_details(row), **details}
