"""What a reader without access to called sessions sees of the calls: that they were made, by name, status and duration.

The calls are tool calls that started a session. Which ones is told by the session that was called (its metadata or
trigger names the call), or else by time: one that began while the tool ran. All that lies in such a call is taken out
of whatever is answered: its row, its card, and the parts of later model inputs that repeat it by its call id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.app.views.reading import Reading
from sojourn.app.views.transcript import SpineRow
from sojourn.domain.events import EventType
from sojourn.domain.sessions import Session
from sojourn.events.rows import Match
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]
MAX_CALLED = 5_000  # sessions of one caller that are looked at
EARLY_NS = 500_000_000  # a called session's first event may be told with another clock
TOOL_PARTS = frozenset({"tool_call", "tool_call_response"})
CONTENT = frozenset(
    {
        "arguments",
        "attributes",
        "content",
        "details",
        "error",
        "input",
        "output",
        "parts",
        "preview",
        "response",
        "result",
        "text",
        "value",
    }
)


@dataclass(frozen=True, slots=True)
class Veil:
    event_ids: frozenset[str]  # calls that started a session
    call_ids: frozenset[str]

    def over(self, answer: Any) -> Any:
        """The same answer without what lies in those calls."""
        if isinstance(answer, list):
            return [self.over(one) for one in answer]
        if not isinstance(answer, dict):
            return answer
        if self._is_hidden(answer):
            return {name: _blank(value) if name in CONTENT else value for name, value in answer.items()}
        tool = answer.get("tool")
        if isinstance(tool, dict) and (answer.get("event_id") in self.event_ids or self._is_call(tool)):
            blank = {name: _blank(value) if name in CONTENT else value for name, value in tool.items()}
            return {**answer, "parts": [], "details": {}, "tool": blank}
        return {name: self.over(value) for name, value in answer.items()}

    def _is_hidden(self, told: Json) -> bool:
        if told.get("type") in TOOL_PARTS and self._is_call(told):
            return True
        is_row = "event_id" in told and "tool" not in told
        return is_row and (told["event_id"] in self.event_ids or self._is_call(told))

    def _is_call(self, told: Json) -> bool:
        return any(told.get(name) in self.call_ids for name in ("id", "call_id", "tool_call_id"))


def veil_of(ledger: Ledger, reading: Reading) -> Veil | None:
    """None if the session called no other."""
    calls = calls_of(reading, called_by(ledger, reading.session))
    rows = [row for found in calls.values() for row in found]
    if not calls:
        return None
    return Veil(
        frozenset(row.event_id for row in rows), frozenset(row.tool_call_id for row in rows if row.tool_call_id)
    )


def called_by(ledger: Ledger, session: Session) -> list[Session]:
    with ledger.read() as conn:
        return list(ledger.sessions.children(conn, session.workspace_id, session.id, MAX_CALLED, None).items)


def calls_of(reading: Reading, called: Sequence[Session]) -> dict[str, list[SpineRow]]:
    """By the id of each called session: the tool calls that started it, or may have."""
    if not called:
        return {}
    tools = [row for row in reading.spine().rows if row.type in (EventType.TOOL_CALL, EventType.TOOL_RESULT)]
    return {session.id: _named(session, tools) or _at_the_time(session, tools) for session in called}


def restricted(reading: Reading, called: Sequence[Session], rows: Sequence[Json]) -> list[Json]:
    """Rows of called sessions for those who may not see what they did."""
    calls = calls_of(reading, called)
    return [
        {
            "is_restricted": True,
            **{name: row[name] for name in ("agent_id", "status", "duration_ms")},
            "called_by": [call.event_id for call in calls.get(row["id"], ())],
        }
        for row in rows
    ]


def is_of_a_tool(match: Match) -> bool:
    """Whether a passage was given to a tool or returned by one: it may be what a called session said."""
    return match.role == "tool" or match.kind in ("arguments", "result", "value")


def _named(session: Session, tools: Sequence[SpineRow]) -> list[SpineRow]:
    named = {session.trigger_source, session.metadata.get("tool_call_id"), session.metadata.get("parent_event_id")}
    return [row for row in tools if (row.tool_call_id and row.tool_call_id in named) or row.event_id in named]


def _at_the_time(session: Session, tools: Sequence[SpineRow]) -> list[SpineRow]:
    at_ns = session.started_at_ns
    return [
        row
        for row in tools
        if row.started_at_ns - EARLY_NS <= at_ns and (not row.ended_at_ns or at_ns <= row.ended_at_ns + EARLY_NS)
    ]


def _blank(value: Any) -> Any:
    if isinstance(value, str):
        return ""
    return type(value)() if isinstance(value, list | dict) else None
