"""What was said and done in a session, each thing once, in the order in which it happened.

Pure: takes columns of events and of content, gives items that name content by hash. Identity of a message is its block
and the n-th occurrence inside one call's input and output, so a history that is sent again with every call tells
nothing new, and a user who says "yes" twice said it twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sojourn.app.views.tool_cards import Card, CardDeck, ToolParts

INLINE_TYPES = frozenset({
    "handoff", "compaction", "reset", "error", "guardrail_eval", "decision", "state_change", "task",
})
OUTPUT_POSITION = 1 << 40      # outputs stand behind all inputs of the same call
PART_STRIDE = 1 << 12          # room for the tool calls of one message between two messages


class ItemKey(NamedTuple):
    """The place of an item; items are ordered by these, in this order."""

    at_ns: int
    seq: int
    event_id: str
    position: int


@dataclass(slots=True)
class Item:
    """A message (with its block), a tool card, or an event that stands inline."""

    key: ItemKey
    kind: str
    block: str = ""
    card: Card | None = None

    def hashes(self) -> Iterable[str]:
        if self.block:
            yield self.block
        if self.card:
            yield from self.card.hashes()


class SpineRow(NamedTuple):
    """What the order of a conversation needs to know of one event."""

    event_id: str
    type: str
    started_at_ns: int
    ended_at_ns: int     # 0 while it is open
    seq: int
    tool_name: str
    tool_call_id: str


class Appearance(NamedTuple):
    """A block in the input or output of a message or model call that may be new."""

    event_id: str
    position: int        # in input and output together, from 0
    is_output: bool
    block: str
    occurrence: int      # the n-th of this block in this event, from 1


@dataclass(slots=True)
class Transcript:
    items: list[Item]
    keys: list[ItemKey] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items)

    def __post_init__(self) -> None:
        self.items.sort(key=lambda item: item.key)
        self.keys = [item.key for item in self.items]


def transcript_of(
    rows: Sequence[SpineRow], appearances: Iterable[Appearance], tool_parts: dict[str, ToolParts]
) -> Transcript:
    """Items of a session. `appearances` leave out model calls inside model calls."""
    by_id = {row.event_id: row for row in rows}
    deck = CardDeck()
    items: list[Item] = []
    for row in sorted(rows, key=lambda row: (row.started_at_ns, row.seq, row.event_id)):
        if row.type == "tool_call":
            deck.add_row(row.event_id, row.tool_call_id, row.tool_name)
        elif row.type in INLINE_TYPES:
            items.append(Item(ItemKey(row.started_at_ns, row.seq, row.event_id, 0), row.type))
    messages = first_appearances(by_id, appearances)
    messages.sort(key=lambda item: item.key)
    for item in messages:
        parts = tool_parts.get(item.block)
        if parts is None or parts.has_other:
            items.append(item)
        if parts is not None:
            items.extend(_new_cards(deck, item, parts))
    results = [row for row in rows if row.type == "tool_result"]
    for row in sorted(results, key=lambda row: (row.started_at_ns, row.seq, row.event_id)):
        if deck.add_result_row(row.event_id, row.tool_call_id, row.tool_name):
            continue
        card = Card(result_event_id=row.event_id, name=row.tool_name, call_id=row.tool_call_id)
        items.append(Item(ItemKey(row.started_at_ns, row.seq, row.event_id, 0), "tool_call", card=card))
    for card in deck.row_cards():
        row = by_id[card.event_id]
        items.append(Item(ItemKey(row.started_at_ns, row.seq, row.event_id, 0), "tool_call", card=card))
    return Transcript(items)


def first_appearances(by_id: dict[str, SpineRow], appearances: Iterable[Appearance]) -> list[Item]:
    """Message rows are always told; what a model call says is told if no message row and no earlier call did."""
    of_calls: list[Appearance] = []
    of_rows: list[Appearance] = []
    for appearance in appearances:
        row = by_id.get(appearance.event_id)
        if row is not None:
            (of_calls if row.type == "llm_call" else of_rows).append(appearance)
    items: list[Item] = []
    told: set[tuple[str, int]] = set()
    times_told: defaultdict[str, int] = defaultdict(int)
    for appearance in of_rows:
        times_told[appearance.block] += 1
        told.add((appearance.block, times_told[appearance.block]))
        items.append(_message_item(by_id[appearance.event_id], appearance))
    of_calls.sort(key=lambda one: _call_order(by_id[one.event_id], one))
    for appearance in of_calls:
        identity = (appearance.block, appearance.occurrence)
        if identity not in told:
            told.add(identity)
            items.append(_message_item(by_id[appearance.event_id], appearance))
    return items


def _call_order(row: SpineRow, appearance: Appearance) -> tuple[int, int, str, int]:
    return row.started_at_ns, row.seq, row.event_id, appearance.position


def _message_item(row: SpineRow, appearance: Appearance) -> Item:
    at_ns = row.started_at_ns
    position = appearance.position * PART_STRIDE
    if appearance.is_output and row.type == "llm_call":
        at_ns = row.ended_at_ns or row.started_at_ns
        position += OUTPUT_POSITION
    return Item(ItemKey(at_ns, row.seq, row.event_id, position), "message", block=appearance.block)


def _new_cards(deck: CardDeck, item: Item, parts: ToolParts) -> list[Item]:
    """Cards that only messages tell of: their tool call has no span."""
    made: list[Item] = []
    for index, part in enumerate(parts.parts[: PART_STRIDE - 1]):
        card = deck.add_part(item.block, part)
        if card is not None:
            made.append(Item(item.key._replace(position=item.key.position + index + 1), "tool_call", card=card))
    return made
