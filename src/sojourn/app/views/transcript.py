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

from sojourn.app.views.tool_cards import Card, CardDeck, ToolParts, tool_parts_of

INLINE_TYPES = frozenset(
    {
        "handoff",
        "compaction",
        "reset",
        "error",
        "guardrail_eval",
        "decision",
        "state_change",
        "task",
    }
)
OUTPUT_POSITION = 1 << 40  # outputs stand behind all inputs of the same call
PART_STRIDE = 1 << 12  # room for the tool calls of one message between two messages


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
    ended_at_ns: int  # 0 while it is open
    seq: int
    tool_name: str
    tool_call_id: str


# A block in the input or output of a message or model call that may be new: event id, position in input and output
# together from 1, whether it is output, the block, the n-th of this block in this event. Plain tuples here and below:
# there are many, and the garbage collector looks at named ones again and again.
Appearance = tuple[str, int, bool, str, int]
Place = tuple[int, int, str, int]  # an ItemKey in the making


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
    rows: Sequence[SpineRow], appearances: Sequence[Appearance], tool_lines: dict[str, str]
) -> Transcript:
    """Items of a session.

    `appearances` stand in order of time and leave out model calls inside model calls. `tool_lines` tell the parts of
    those messages that ask for tools or answer for them.
    """
    by_id = {row.event_id: row for row in rows}
    deck = CardDeck()
    items: list[Item] = []
    for row in sorted(rows, key=lambda row: (row.started_at_ns, row.seq, row.event_id)):
        if row.type == "tool_call":
            deck.add_row(row.event_id, row.tool_call_id, row.tool_name)
        elif row.type in INLINE_TYPES:
            items.append(Item(ItemKey(row.started_at_ns, row.seq, row.event_id, 0), row.type))
    for place, block in sorted(first_appearances(by_id, appearances)):
        lines = tool_lines.get(block)
        parts = None if lines is None else tool_parts_of(lines)
        if parts is None or parts.has_other:
            items.append(Item(ItemKey(*place), "message", block=block))
        if parts is not None:
            items.extend(_new_cards(deck, ItemKey(*place), block, parts))
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


def first_appearances(by_id: dict[str, SpineRow], appearances: Sequence[Appearance]) -> list[tuple[Place, str]]:
    """Message rows are always told; what a model call says is told if no message row and no earlier call did."""
    found: list[tuple[Place, str]] = []
    told: set[tuple[str, int]] = set()
    times_told: defaultdict[str, int] = defaultdict(int)
    for event_id, position, _, block, _ in appearances:
        row = by_id.get(event_id)
        if row is not None and row.type != "llm_call":
            times_told[block] += 1
            told.add((block, times_told[block]))
            found.append(((row.started_at_ns, row.seq, event_id, position * PART_STRIDE), block))
    for event_id, position, is_output, block, occurrence in appearances:
        row = by_id.get(event_id)
        if row is None or row.type != "llm_call" or (block, occurrence) in told:
            continue
        told.add((block, occurrence))
        at_ns, place = row.started_at_ns, position * PART_STRIDE
        if is_output:
            at_ns, place = row.ended_at_ns or at_ns, place + OUTPUT_POSITION
        found.append(((at_ns, row.seq, event_id, place), block))
    return found


def _new_cards(deck: CardDeck, key: ItemKey, block: str, parts: ToolParts) -> list[Item]:
    """Cards that only messages tell of: their tool call has no span."""
    made: list[Item] = []
    for index, part in enumerate(parts.parts[: PART_STRIDE - 1]):
        card = deck.add_part(block, part)
        if card is not None:
            made.append(Item(key._replace(position=key.position + index + 1), "tool_call", card=card))
    return made
