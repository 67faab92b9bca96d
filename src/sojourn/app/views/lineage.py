"""Who is whose parent in one session, and which agent an event belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MAX_ANCESTORS = 256  # deeper nesting is a sender's mistake; a cycle ends here too


@dataclass(slots=True)
class Lineage:
    """Parents, agents and types of all events of a session, by their place in the columns."""

    event_ids: Sequence[str]
    parent_ids: Sequence[str]
    agent_ids: Sequence[str]
    types: Sequence[str]
    place: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place = {event_id: index for index, event_id in enumerate(self.event_ids)}

    def agent_of(self, event_id: str) -> str:
        """Its own agent, else its nearest ancestor's."""
        found = self._nearest(event_id, lambda index: bool(self.agent_ids[index]))
        return "" if found is None else self.agent_ids[found]

    def parent_of(self, event_id: str) -> str:
        place = self.place.get(event_id)
        return "" if place is None else self.parent_ids[place]

    def is_nested_model_call(self, event_id: str) -> bool:
        """Whether another model call contains it: a wrapper and the call that it wraps tell the same twice."""
        own = self.place.get(event_id)
        if own is None:
            return False
        above = self._nearest(self.parent_ids[own], lambda index: index != own and self.types[index] == "llm_call")
        return above is not None

    def nearest_ancestor(self, event_id: str, wanted: Callable[[str], bool]) -> str:
        """The nearest event above this one, itself not counted, whose id is wanted; "" if there is none."""
        own = self.place.get(event_id)
        if own is None:
            return ""
        found = self._nearest(self.parent_ids[own], lambda index: wanted(self.event_ids[index]))
        return "" if found is None else self.event_ids[found]

    def _nearest(self, event_id: str, is_wanted: Callable[[int], bool]) -> int | None:
        for _ in range(MAX_ANCESTORS):
            index = self.place.get(event_id)
            if index is None:
                return None
            if is_wanted(index):
                return index
            event_id = self.parent_ids[index]
        return None
