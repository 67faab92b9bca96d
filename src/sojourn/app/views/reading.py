"""One session being read: where its events are and what was computed of it lately."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sojourn.app.views.lineage import Lineage
from sojourn.app.views.recent import Recent
from sojourn.app.views.transcript import SpineRow
from sojourn.domain.sessions import Session
from sojourn.events.rows import Row
from sojourn.events.store import EventStore


@dataclass(slots=True)
class Spine:
    """All events of a session, without content."""

    rows: list[SpineRow]
    lineage: Lineage

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, event_ids: Iterable[str]) -> Iterator[SpineRow]:
        """The rows of some events; unknown ids are left out."""
        places = (self.lineage.place.get(event_id) for event_id in event_ids)
        return (self.rows[place] for place in places if place is not None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the views of one session are given."""

    events: EventStore
    recent: Recent
    session: Session

    def query(self, name: str, **parameters: object) -> list[Row]:
        """Rows of a view's .sql file, narrowed to this session."""
        return self.events.rows(name, workspace_id=self.session.workspace_id, session_id=self.session.id, **parameters)

    def cache_key(self, what: str) -> tuple[object, ...]:
        return (what, self.session.workspace_id, self.session.id, self.session.revision, self.session.event_count)

    def spine(self) -> Spine:
        return self.recent.get(self.cache_key("spine"), lambda: _spine(self.query("conversation_spine")[0]))


def _spine(columns: Row) -> Spine:
    rows = [
        SpineRow(*row)
        for row in zip(
            columns["event_ids"],
            columns["types"],
            columns["started_at_ns"],
            columns["ended_at_ns"],
            columns["seqs"],
            columns["tool_names"],
            columns["tool_call_ids"],
            strict=True,
        )
    ]
    return Spine(rows, Lineage(columns["event_ids"], columns["parent_ids"], columns["agent_ids"], columns["types"]))
