"""Which agents the events of a window belong to: their own, else their nearest ancestors'."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sojourn.app.views.lineage import MAX_ANCESTORS
from sojourn.app.views.reading import Reading
from sojourn.events.rows import Row


class Kin(NamedTuple):
    parent_id: str
    agent_id: str


UNKNOWN = Kin("", "")


def agents_of(reading: Reading, rows: Iterable[Row]) -> dict[str, str]:
    """By event id. Reads one generation of ancestors at a time, and mostly there is one."""
    kin = {row["event_id"]: Kin(row["parent_event_id"], row["agent_id"]) for row in rows}
    shown = list(kin)
    for _ in range(MAX_ANCESTORS):
        missing = {one.parent_id for one in kin.values() if not one.agent_id and one.parent_id} - kin.keys()
        if not missing:
            break
        found = reading.query("conversation_ancestors", event_ids=sorted(missing))
        kin |= dict.fromkeys(missing, UNKNOWN)
        kin |= {row["event_id"]: Kin(row["parent_event_id"], row["agent_id"]) for row in found}
    return {event_id: _agent_of(event_id, kin) for event_id in shown}


def _agent_of(event_id: str, kin: dict[str, Kin]) -> str:
    for _ in range(MAX_ANCESTORS):
        parent_id, agent_id = kin.get(event_id, UNKNOWN)
        if agent_id or not parent_id:
            return agent_id
        event_id = parent_id
    return ""
