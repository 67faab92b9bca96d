"""One card a tool call, however many records tell of it: its span, the model's request, the message with its result."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class ToolPart(NamedTuple):
    """A part of a message that asks for a tool call or answers one."""

    place: int           # among all parts of its message
    is_response: bool
    call_id: str
    name: str


class ToolParts(NamedTuple):
    """What a message says of tool calls."""

    has_other: bool      # it also says something else
    parts: tuple[ToolPart, ...]


@dataclass(slots=True, eq=False)
class Card:
    """Where the content of one tool call lies."""

    event_id: str = ""             # its tool_call row
    result_event_id: str = ""      # its tool_result row
    name: str = ""
    call_id: str = ""
    call_block: str = ""        # the message that asks for it
    call_index: int = 0            # the part in there
    result_block: str = ""
    result_index: int = 0

    def hashes(self) -> Iterable[str]:
        return (digest for digest in (self.call_block, self.result_block) if digest)


class WaitingCards:
    """Cards that lack one thing, in order of time: by call id, or by tool name where a row names no id."""

    def __init__(self) -> None:
        self._by_id: defaultdict[str, deque[Card]] = defaultdict(deque)
        self._by_name: defaultdict[str, deque[Card]] = defaultdict(deque)

    def add(self, card: Card) -> None:
        (self._by_id[card.call_id] if card.call_id else self._by_name[card.name]).append(card)

    def take(self, call_id: str, name: str) -> Card | None:
        waiting = (self._by_id.get(call_id) if call_id else None) or self._by_name.get(name)
        return waiting.popleft() if waiting else None

    def learn_call_id(self, card: Card, call_id: str) -> None:
        """A card that was known by its name alone has turned out to be this call."""
        waiting = self._by_name[card.name]
        if card in waiting:
            waiting.remove(card)
            self._by_id[call_id].append(card)


class CardDeck:
    """Cards by call id. Ids may repeat in a session: the n-th request with an id belongs to its n-th span."""

    def __init__(self) -> None:
        self._rows: list[Card] = []
        self._unasked = WaitingCards()
        self._unanswered = WaitingCards()
        self._without_result_row = WaitingCards()

    def row_cards(self) -> Iterable[Card]:
        return iter(self._rows)

    def add_row(self, event_id: str, call_id: str, name: str) -> None:
        card = Card(event_id=event_id, name=name, call_id=call_id)
        self._rows.append(card)
        for waiting in (self._unasked, self._unanswered, self._without_result_row):
            waiting.add(card)

    def add_part(self, block: str, part: ToolPart) -> Card | None:
        """The card that this part makes, or None if it tells of one that is there."""
        return self._add_response(block, part) if part.is_response else self._add_request(block, part)

    def add_result_row(self, event_id: str, call_id: str, name: str) -> bool:
        """Whether a card waits for this result."""
        card = self._without_result_row.take(call_id, name)
        if card is not None:
            card.result_event_id = event_id
        return card is not None

    def _add_request(self, block: str, part: ToolPart) -> Card | None:
        card = self._unasked.take(part.call_id, part.name)
        if card is None:
            card = Card(name=part.name, call_id=part.call_id, call_block=block, call_index=part.place)
            self._unanswered.add(card)
            self._without_result_row.add(card)
            return card
        card.call_block, card.call_index = block, part.place
        if part.call_id and not card.call_id:
            for waiting in (self._unanswered, self._without_result_row):
                waiting.learn_call_id(card, part.call_id)
            card.call_id = part.call_id
        return None

    def _add_response(self, block: str, part: ToolPart) -> Card | None:
        card = self._unanswered.take(part.call_id, part.name)
        if card is None:
            return Card(name=part.name, call_id=part.call_id, result_block=block, result_index=part.place)
        card.result_block, card.result_index = block, part.place
        return None
