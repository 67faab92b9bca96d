"""An event that is told again with another start is the event as it was told last, in every view of it."""

from __future__ import annotations

from tests.views.view_sessions import MS, T0_NS, Script

from sojourn.app.views.agents import agents
from sojourn.app.views.context import context_pipelines
from sojourn.app.views.state import state
from sojourn.app.views.times import rfc3339
from sojourn.events.store import EventStore


def at(milliseconds: int) -> str | None:
    return rfc3339(T0_NS + milliseconds * MS)


def layered(name: str) -> dict[str, object]:
    return {"pipeline": {"layers": [{"name": name}]}}


def test_a_context_pipeline_is_shown_as_it_was_told_last(store: EventStore) -> None:
    script = Script("pipeline told twice")
    script.add("twice", "span", 0, 1, details=layered("early"), version=1)
    script.add("twice", "span", 50, 51, details=layered("late"), version=2)
    script.add("between", "span", 20, 21, details=layered("between"))
    script.add("withdrawn", "span", 60, 61, details=layered("withdrawn"), version=1)
    script.add("withdrawn", "span", 61, 62, version=2)
    reading = script.reading(store)

    first = context_pipelines(reading, "", 1)
    rest = context_pipelines(reading, first["next_cursor"], 5)

    shown = [(one["event_id"], one["at"], one["layers"][0]["name"]) for one in (*first["items"], *rest["items"])]
    assert shown == [("between", at(20), "between"), ("twice", at(50), "late")]
    assert rest["next_cursor"] is None


def test_a_change_of_state_is_shown_as_it_was_told_last(store: EventStore) -> None:
    script = Script("change told twice")
    script.add("twice", "state_change", 50, details={"variable": "cart", "new": "early"}, version=1)
    script.add("twice", "state_change", 0, details={"variable": "cart", "new": "late"}, version=2)
    script.add("between", "state_change", 20, details={"variable": "cart", "new": "between"})
    reading = script.reading(store)

    first = state(reading, "", 1)
    rest = state(reading, first["next_cursor"], 5)

    shown = [(one["event_id"], one["at"], one["new"]) for one in (*first["history"], *rest["history"])]
    assert shown == [("between", at(20), "between"), ("twice", at(0), "late")]


def test_a_handoff_is_shown_as_it_was_told_last(store: EventStore) -> None:
    script = Script("handoff told twice")
    script.add("twice", "handoff", 0, details={"from": "triage", "to": "nobody"}, version=1)
    script.add("twice", "handoff", 50, details={"from": "triage", "to": "billing"}, version=2)

    shown = agents(script.reading(store))["handoffs"]

    assert [(one["from"], one["to"], one["at"]) for one in shown] == [("triage", "billing", at(50))]
