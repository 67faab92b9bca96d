"""Agent Activity: the session's events as Itential's messages, one each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from sojourn.app.errors import Invalid
from sojourn.app.views.content import BLOCK_CHARS
from sojourn.app.views.conversation import nested_model_calls
from sojourn.app.views.exports import BLOCK_LIMIT_CHARS, EVENTS_A_QUERY
from sojourn.app.views.reading import Reading
from sojourn.app.views.sessions import children
from sojourn.app.views.transcript import SpineRow
from sojourn.domain.events import Event, EventType
from sojourn.domain.lifecycle import Verb
from sojourn.domain.sessions import Session, SessionStatus
from sojourn.domain.steering import CommandStatus
from sojourn.events.columns import event_of
from sojourn.gateways import Services
from sojourn.gateways.itential.message_bodies import TOOL, Content, Surroundings, message_body, status_body
from sojourn.ledger.tasks import TaskFilter

Json = dict[str, Any]
LIST_CHARS = 4_000  # of each text in a list; one message alone is told whole
MAX_TASKS = 500
MAX_COMMANDS = 500  # looked through for pauses
MAX_CALLED = 500  # called sessions that tool calls may link to
SHOWN = frozenset(
    {EventType.LLM_CALL, EventType.TOOL_CALL, EventType.TOOL_RESULT, EventType.CONTROL, EventType.REASONING}
)
CATEGORIES = {
    "AGENT_REASONING": frozenset({EventType.LLM_CALL, EventType.REASONING, EventType.MESSAGE}),
    "TOOL_CALLED": frozenset({EventType.TOOL_CALL, EventType.TOOL_RESULT}),
    "AGENT_STATUS": frozenset({EventType.CONTROL}),
}
ENDS = {
    SessionStatus.COMPLETED: "agent-session-completed",
    SessionStatus.FAILED: "agent-session-failed",
    SessionStatus.ABANDONED: "agent-session-failed",
    SessionStatus.CANCELED: "agent-session-canceled",  # by its sender: an operator's cancel is an event of its own
}
END_ID = "end:"
FIELDS = ("category", "type")
TOOL_EXECUTION = "tool-execution"  # the one type that its category tells


class Place(NamedTuple):
    """Where a message comes from: an event, or the session's end."""

    event_id: str
    at_ns: int
    number: int


def wanted_of(stated: Iterable[tuple[str, list[str]]]) -> frozenset[str]:
    """Types of events that pass the filter tabs; all if none is named."""
    types: set[str] = set()
    for field, values in stated:
        for value in values:
            word = TOOL if (field, value) == ("type", TOOL_EXECUTION) else value.strip().upper()
            if field not in FIELDS or word not in CATEGORIES:
                raise Invalid(
                    f"messages are filtered by category: {', '.join(CATEGORIES)}; or by type: {TOOL_EXECUTION}"
                )
            types |= set(map(str, CATEGORIES[word]))
    return frozenset(types)


class Telling:
    """Looks at the narrow rows of all events, and at the content of those that are told."""

    def __init__(self, served: Services, reading: Reading, canceled_by: str) -> None:
        self._served = served
        self._reading = reading
        self._canceled_by = canceled_by
        rows = reading.spine().rows
        self._starts = {row.event_id: row.started_at_ns for row in rows}
        self._results = {
            row.tool_call_id: row.event_id for row in rows if row.type == EventType.TOOL_RESULT and row.tool_call_id
        }

    def window(
        self, wanted: frozenset[str], sort: str, is_newest_first: bool, start: int, end: int | None
    ) -> Iterator[list[Json]]:
        """Piece by piece: clients ask for all of a session at once, however long it is."""
        places = self._places(wanted)
        if sort == "eventId":
            places.sort(key=lambda place: place.event_id)
        if is_newest_first:
            places.reverse()
        chosen = places[start:end]
        for at in range(0, len(chosen), EVENTS_A_QUERY):
            yield self._told(chosen[at : at + EVENTS_A_QUERY], LIST_CHARS)

    def one(self, event_id: str) -> Json | None:
        place = next((place for place in self._places(frozenset()) if place.event_id == event_id), None)
        return self._told([place], BLOCK_LIMIT_CHARS)[0] if place is not None else None

    def _places(self, wanted: frozenset[str]) -> list[Place]:
        session = self._reading.session
        rows = sorted(self._shown(), key=lambda row: (row.started_at_ns, row.seq, row.event_id))
        places = [Place(row.event_id, row.started_at_ns, number) for number, row in enumerate(rows, 1)]
        kinds = {row.event_id: row.type for row in rows}
        if session.status in ENDS and not self._canceled_by:
            places.append(Place(f"{END_ID}{session.id}", session.ended_at_ns or session.status_since_ns, len(rows) + 1))
        if not wanted:
            return places
        return [place for place in places if kinds.get(place.event_id, EventType.CONTROL) in wanted]

    def _shown(self) -> Iterable[SpineRow]:
        """A session without model calls tells by messages what was said; else those say the same again."""
        spine = self._reading.spine()
        nested = nested_model_calls(spine)
        asked = {row.tool_call_id for row in spine.rows if row.type == EventType.TOOL_CALL and row.tool_call_id}
        types = SHOWN if self._reading.session.llm_call_count else SHOWN | {EventType.MESSAGE}
        for row in spine.rows:
            is_answer = row.type == EventType.TOOL_RESULT and row.tool_call_id in asked
            if row.type in types and row.event_id not in nested and not is_answer:
                yield row

    def _told(self, places: Sequence[Place], max_chars: int) -> list[Json]:
        session = self._reading.session
        events = self._events([place.event_id for place in places])
        results = {call_id: self._results[call_id] for call_id in self._call_ids(events) if call_id in self._results}
        answers = self._events(list(results.values()))
        content = self._content([*events.values(), *answers.values()], max_chars)
        around = self._around
        bodies: list[Json] = []
        for place in places:
            event = events.get(place.event_id)
            if event is not None:
                result = answers.get(results.get(event.tool_call_id, ""))
                body = message_body(event, result, content, around)
            else:
                body = status_body(session, ENDS.get(SessionStatus(session.status), "agent-session-completed"))
            bodies.append(
                {
                    "sessionId": session.id,
                    "eventId": place.event_id,
                    "timestamp": place.at_ns // 1_000_000,
                    "sequenceNumber": place.number,
                    **body,
                }
            )
        return bodies

    @cached_property
    def _around(self) -> Surroundings:
        session = self._reading.session
        return Surroundings(
            session, self._canceled_by, self._open_tasks(session), self._called(session), self._pauses(session)
        )

    def _call_ids(self, events: Mapping[str, Event]) -> list[str]:
        return [event.tool_call_id for event in events.values() if event.type == EventType.TOOL_CALL]

    def _events(self, event_ids: Sequence[str]) -> dict[str, Event]:
        known = [event_id for event_id in event_ids if event_id in self._starts]
        found: dict[str, Event] = {}
        for start in range(0, len(known), EVENTS_A_QUERY):
            part = known[start : start + EVENTS_A_QUERY]
            starts = [self._starts[event_id] for event_id in part]
            rows = self._reading.query("conversation_export", event_ids=part, from_ns=min(starts), to_ns=max(starts))
            found |= {row["event_id"]: event_of(row) for row in rows}
        return found

    def _content(self, events: Iterable[Event], max_chars: int) -> Content:
        session = self._reading.session
        hashes: dict[bytes, None] = {}
        for event in events:
            inputs = () if event.type == EventType.LLM_CALL else event.input_refs  # a history is no news
            hashes |= dict.fromkeys((*inputs, *event.output_refs))
        blocks: dict[bytes, Any] = {}
        wanted = list(hashes)
        chars = min(max_chars, BLOCK_LIMIT_CHARS)
        step = EVENTS_A_QUERY if chars <= BLOCK_CHARS else 8
        for start in range(0, len(wanted), step):
            part = wanted[start : start + step]
            blocks |= self._reading.events.blocks(session.workspace_id, session.id, part, chars)
        return Content(blocks, max_chars)

    def _open_tasks(self, session: Session) -> dict[str, str]:
        """By the tool call or event that waits for it."""
        chosen = TaskFilter(status=("open",), session_id=session.id)
        found, _ = self._served.control.tasks.listed(session.workspace_id, chosen, None, MAX_TASKS)
        return {name: task.id for _, task in found for name in (task.tool_call_id, task.event_id) if name}

    def _called(self, session: Session) -> dict[str, str]:
        """Sessions that this one called, by their keys."""
        found = children(self._served.ledger, session.workspace_id, session, MAX_CALLED, None)
        return {child["key"]: child["id"] for child in found["items"]}

    def _pauses(self, session: Session) -> list[int]:
        commands = self._served.control.commands(session, None, MAX_COMMANDS)
        return [
            one.settled_at_ns for _, one in commands if one.verb == Verb.PAUSE and one.status == CommandStatus.APPLIED
        ]
