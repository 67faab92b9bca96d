"""One card a tool call, however many records tell of it: its span, the model's request, the message with its result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

UNIT, RECORD = "\x1f", "\x1e"  # what stands between fields and between parts


class ToolPart(NamedTuple):
    """A part of a message that asks for a tool call or answers one."""

    place: int  # among all parts of its message
    is_response: bool
    call_id: str
    name: str
    arguments_chars: str = ""


class ToolParts(NamedTuple):
    """What a message says of tool calls."""

    has_other: bool  # it also says something else
    parts: tuple[ToolPart, ...]


def tool_parts_of(lines: str) -> ToolParts:
    """From the text of conversation_tool_parts.sql: type, id, name and length of the arguments of each part."""
    has_other = False
    parts: list[ToolPart] = []
    for place, line in enumerate(lines.split(RECORD)):
        part_type, _, rest = line.partition(UNIT)
        if part_type in ("tool_call", "tool_call_response"):
            call_id, name, arguments_chars = rest.split(UNIT)
            parts.append(ToolPart(place, part_type == "tool_call_response", call_id, name, arguments_chars))
        else:
            has_other = True
    return ToolParts(has_other, tuple(parts))


@dataclass(slots=True, eq=False)
class Card:
    """Where the content of one tool call lies."""

    event_id: str = ""  # its tool_call row
    result_event_id: str = ""  # its tool_result row
    name: str = ""
    call_id: str = ""
    call_block: str = ""  # the message that asks for it
    call_index: int = 0  # the part in there
    result_block: str = ""
    result_index: int = 0

    def hashes(self) -> Iterable[str]:
        return (digest for digest in (self.call_block, self.result_block) if digest)


class Lack(IntEnum):
    """What a card may still wait for."""

    REQUEST = 0  # the message that asks for it
    RESPONSE = 1  # the message that answers it
    RESULT = 2  # a tool_result row


class Hand:
    """Cards with one call id, or with one tool name and no id, in order of time. Each lack is met from the front."""

    __slots__ = ("cards", "met")

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.met = [0, 0, 0]

    def take(self, lack: Lack, call_id: str) -> Card | None:
        while self.met[lack] < len(self.cards):
            card = self.cards[self.met[lack]]
            self.met[lack] += 1
            if card.call_id == call_id:  # not one that has learned its id and lies in another hand now
                return card
        return None

    def take_any(self, lack: Lack) -> Card | None:
        """For a message that names no id: the first card that lacks this, whatever its id."""
        while self.met[lack] < len(self.cards):
            card = self.cards[self.met[lack]]
            self.met[lack] += 1
            if not (card.call_block, card.result_block, card.result_event_id)[lack]:
                return card
        return None

    def add_asked(self, card: Card) -> None:
        """A card whose request is known already; there is no older one here that lacks its own."""
        self.cards.append(card)
        self.met[Lack.REQUEST] = len(self.cards)


class CardDeck:
    """Cards by call id. Ids may repeat in a session: the n-th request with an id belongs to its n-th span."""

    def __init__(self) -> None:
        self._rows: list[Card] = []
        self._by_id: defaultdict[str, Hand] = defaultdict(Hand)
        self._by_name: defaultdict[str, Hand] = defaultdict(Hand)
        self._rows_of: defaultdict[str, Hand] = defaultdict(Hand)  # by name, with an id or without
        self._asked: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)  # where a model asked for what
        self._handed_over: set[str] = set()

    def row_cards(self) -> Iterable[Card]:
        return iter(self._rows)

    def add_row(self, event_id: str, call_id: str, name: str) -> None:
        card = Card(event_id=event_id, name=name, call_id=call_id)
        self._rows.append(card)
        self._rows_of[name].cards.append(card)
        (self._by_id[call_id] if call_id else self._by_name[name]).cards.append(card)

    def add_handoff(self, call_id: str) -> None:
        """A tool call that handed control over stands as the handoff that it was."""
        if call_id:
            self._handed_over.add(call_id)

    def add_part(self, block: str, part: ToolPart, *, is_history: bool = False) -> Card | None:
        """The card that this part makes, or None if it tells of one that is there.

        `is_history`: it was sent to a model, and may repeat in other words what that model said before.
        """
        if part.call_id in self._handed_over:
            return None
        if part.is_response:
            return self._add_response(block, part)
        blocks = self._asked[part.call_id, part.name, part.arguments_chars]
        if is_history and blocks and block not in blocks:
            return None
        if not is_history:
            blocks.add(block)
        return self._add_request(block, part)

    def add_result_row(self, event_id: str, call_id: str, name: str) -> bool:
        """Whether a card waits for this result."""
        card = self._take(Lack.RESULT, call_id, name)
        if card is not None:
            card.result_event_id = event_id
        return card is not None

    def _take(self, lack: Lack, call_id: str, name: str) -> Card | None:
        hand = self._by_id.get(call_id) if call_id else None
        card = hand.take(lack, call_id) if hand is not None else None
        if card is None and (unnamed := self._by_name.get(name)) is not None:
            card = unnamed.take(lack, "")
        if card is None and not call_id and (rows := self._rows_of.get(name)) is not None:
            card = rows.take_any(lack)
        return card

    def _add_request(self, block: str, part: ToolPart) -> Card | None:
        card = self._take(Lack.REQUEST, part.call_id, part.name)
        is_new = card is None
        if card is None:
            card = Card(name=part.name, call_id=part.call_id)
        if is_new or (part.call_id and not card.call_id):
            card.call_id = part.call_id
            (self._by_id[part.call_id] if part.call_id else self._by_name[part.name]).add_asked(card)
        card.call_block, card.call_index = block, part.place
        return card if is_new else None

    def _add_response(self, block: str, part: ToolPart) -> Card | None:
        card = self._take(Lack.RESPONSE, part.call_id, part.name)
        if card is None:
            return Card(name=part.name, call_id=part.call_id, result_block=block, result_index=part.place)
        card.result_block, card.result_index = block, part.place
        return None
