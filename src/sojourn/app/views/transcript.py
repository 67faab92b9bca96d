"""What was said and done in a session, each thing once, in the order in which it happened.

Pure: takes columns of events and of content, gives items that name content by hash. Identity of a message is its block
and the n-th occurrence inside one call's input and output, so a history that is sent again with every call tells
nothing new, and a user who says "yes" twice said it twice.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
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
    began_ns: int = 0  # start of its event

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


# Plain tuples, because there are many and each conversation is built anew when its session changes.
# A tool call, tool result or event that stands inline: id, type, start, seq, tool name, tool call id.
Step = tuple[str, str, int, int, str, str]
# A block in the input or output of a message or model call that may be new: event id, whether it is a message's, start,
# end (0 while it is open), seq, position in input and output together from 1, whether it is output, the block, the n-th
# of this block in this event.
Telling = tuple[str, bool, int, int, int, int, bool, str, int]
# An item: the four parts of its key, its kind, its block, its card (or name and call id of the tool call that it is),
# when its event began.
Entry = tuple[int, int, str, int, str, str, Card | tuple[str, str] | None, int]
_key_of = itemgetter(0, 1, 2, 3)


class Transcript:
    """All items of a session in order."""

    def __init__(self, entries: list[Entry]) -> None:
        entries.sort(key=_key_of)
        self._entries = entries
        self._items: list[Item] | None = None

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def items(self) -> list[Item]:
        if self._items is None:
            self._items = list(map(_item, self._entries))
        return self._items

    def window(self, start: int, end: int) -> list[Item]:
        return list(map(_item, self._entries[start:end]))

    def place_before(self, key: ItemKey) -> int:
        """How many items stand before this key."""
        return bisect_left(self._entries, key, key=_key_of)

    def place_after(self, key: ItemKey) -> int:
        """How many items stand before or at this key."""
        return bisect_right(self._entries, key, key=_key_of)

    def narrowed(self, is_wanted: Callable[[Item], bool]) -> Transcript:
        return Transcript([entry for entry in self._entries if is_wanted(_item(entry))])


def _item(entry: Entry) -> Item:
    at_ns, seq, event_id, position, kind, block, card, began_ns = entry
    if isinstance(card, tuple):
        card = Card(event_id=event_id, name=card[0], call_id=card[1])
    return Item(ItemKey(at_ns, seq, event_id, position), kind, block, card, began_ns)


def transcript_of(steps: Sequence[Step], tellings: Sequence[Telling], tool_lines: dict[str, str]) -> Transcript:
    """Items of a session.

    `steps` and `tellings` stand in order of time; tellings leave out model calls inside model calls. `tool_lines` tell
    the parts of those messages that ask for tools or answer for them.
    """
    if tool_lines or any(kind == "tool_result" for _, kind, *_ in steps):
        return Transcript(_paired(steps, tellings, tool_lines))
    entries = first_told(tellings)
    for event_id, kind, began_ns, seq, tool_name, call_id in steps:  # tool calls that nothing else tells of
        if kind == "tool_call":
            entries.append((began_ns, seq, event_id, 0, kind, "", (tool_name, call_id), began_ns))
        elif kind in INLINE_TYPES:
            entries.append((began_ns, seq, event_id, 0, kind, "", None, began_ns))
    return Transcript(entries)


def _paired(steps: Sequence[Step], tellings: Sequence[Telling], tool_lines: dict[str, str]) -> list[Entry]:
    """Items, with one card for all that tells of the same tool call."""
    deck = CardDeck()
    starts: dict[str, tuple[int, int]] = {}
    entries: list[Entry] = []
    for event_id, kind, began_ns, seq, tool_name, call_id in steps:
        if kind == "tool_call":
            starts[event_id] = (began_ns, seq)
            deck.add_row(event_id, call_id, tool_name)
        elif kind in INLINE_TYPES:
            if kind == "handoff":
                deck.add_handoff(call_id)
            entries.append((began_ns, seq, event_id, 0, kind, "", None, began_ns))
    entries += _messages(tellings, tool_lines, deck)
    for event_id, kind, began_ns, seq, tool_name, call_id in steps:
        if kind == "tool_result" and not deck.add_result_row(event_id, call_id, tool_name):
            card = Card(result_event_id=event_id, name=tool_name, call_id=call_id)
            entries.append((began_ns, seq, event_id, 0, "tool_call", "", card, began_ns))
    for card in deck.row_cards():
        began_ns, seq = starts[card.event_id]
        entries.append((began_ns, seq, card.event_id, 0, "tool_call", "", card, began_ns))
    return entries


def _messages(tellings: Sequence[Telling], tool_lines: dict[str, str], deck: CardDeck) -> list[Entry]:
    """What was said, and cards of tool calls that only messages tell of."""
    told = first_told(tellings)
    if not tool_lines:
        return told
    rows = {event_id for event_id, is_message, *_ in tellings if is_message}
    entries: list[Entry] = []
    for entry in sorted(told, key=_key_of):
        lines = tool_lines.get(entry[5])
        if lines is None:
            entries.append(entry)
            continue
        parts = tool_parts_of(lines)
        if parts.has_other:
            entries.append(entry)
        is_history = entry[3] < OUTPUT_POSITION and entry[2] not in rows
        entries += _new_cards(deck, entry, parts, is_history=is_history)
    return entries


def first_told(tellings: Sequence[Telling]) -> list[Entry]:
    """Message rows are always told; what a model call says is told if no message row and no earlier call did."""
    found: list[Entry] = []
    told: set[tuple[str, int]] = set()
    times_told: defaultdict[str, int] = defaultdict(int)
    for event_id, is_message, began_ns, _, seq, position, _, block, _ in tellings:
        if is_message:
            times_told[block] += 1
            told.add((block, times_told[block]))
            found.append((began_ns, seq, event_id, position * PART_STRIDE, "message", block, None, began_ns))
    for event_id, is_message, began_ns, ended_ns, seq, position, is_output, block, occurrence in tellings:
        if is_message or (block, occurrence) in told:
            continue
        told.add((block, occurrence))
        at_ns, place = began_ns, position * PART_STRIDE
        if is_output:
            at_ns, place = ended_ns or began_ns, place + OUTPUT_POSITION
        found.append((at_ns, seq, event_id, place, "message", block, None, began_ns))
    return found


def _new_cards(deck: CardDeck, told: Entry, parts: ToolParts, *, is_history: bool) -> list[Entry]:
    """Cards that only messages tell of: their tool call has no span."""
    at_ns, seq, event_id, position, _, block, _, began_ns = told
    made: list[Entry] = []
    for index, part in enumerate(parts.parts[: PART_STRIDE - 1]):
        card = deck.add_part(block, part, is_history=is_history)
        if card is not None:
            made.append((at_ns, seq, event_id, position + index + 1, "tool_call", "", card, began_ns))
    return made
