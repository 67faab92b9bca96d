"""The agents of a workspace: what their sessions show of them, and how far people say they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views import stats
from sojourn.domain.agents import AgentMark, Stage
from sojourn.events.store import EventStore
from sojourn.ledger.filters import SessionFilter
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]
DAY_NS = 86_400 * 1_000_000_000
MAX_MARKS = 2_000  # that one list tells of
NEVER_SEEN: Json = {
    "sessions": 0,
    "running": 0,
    "failed": 0,
    "error_count": 0,
    "cost_usd": None,
    "last_activity_at": None,
}


@dataclass(frozen=True, slots=True)
class AgentStanding:
    agent_id: str
    ever: Json  # sums over all of its sessions, as app/views/stats.py tells them
    last_day: Json  # over those that began within a day
    mark: AgentMark | None = None

    @property
    def is_new(self) -> bool:
        """All of them began within a day."""
        return bool(0 < self.ever["sessions"] == self.last_day["sessions"])

    @property
    def stage(self) -> str:
        return self.mark.stage if self.mark is not None else ""


class Agents:
    def __init__(self, ledger: Ledger, events: EventStore, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._events = events
        self._clock = clock

    def listed(self, workspace_id: str) -> list[AgentStanding]:
        """Those heard last first; then those that only people spoke of."""
        with self._ledger.read() as conn:
            marks = {one.agent_id: one for one in self._ledger.agent_marks.listed(conn, workspace_id, MAX_MARKS)}
        return self._standings(workspace_id, SessionFilter(), marks)

    def get(self, workspace_id: str, agent_id: str) -> AgentStanding:
        with self._ledger.read() as conn:
            mark = self._ledger.agent_marks.get(conn, workspace_id, agent_id)
            is_configured = self._ledger.experiments.agent_config(conn, workspace_id, agent_id) is not None
        marks = {agent_id: mark} if mark is not None else {}
        found = self._standings(workspace_id, SessionFilter(agent=(agent_id,)), marks)
        standing = next((one for one in found if one.agent_id == agent_id), None)
        if standing is None and is_configured:
            standing = AgentStanding(agent_id, NEVER_SEEN, NEVER_SEEN)
        if standing is None:
            raise NotFound("there is no such agent")
        return standing

    def mark(self, workspace_id: str, agent_id: str, stage: str, by: str) -> AgentStanding:
        """ "" takes the last word back."""
        if stage not in ("", *Stage):
            raise Invalid(f"an agent is one of: {', '.join(Stage)}")
        self.get(workspace_id, agent_id)
        with self._ledger.begin() as conn:
            self._ledger.agent_marks.put(conn, AgentMark(workspace_id, agent_id, stage, by, self._clock()))
        return self.get(workspace_id, agent_id)

    def _standings(self, workspace_id: str, chosen: SessionFilter, marks: dict[str, AgentMark]) -> list[AgentStanding]:
        ever = self._sums(workspace_id, chosen)
        last_day = self._sums(workspace_id, replace(chosen, started_after_ns=self._clock() - DAY_NS))
        return [
            AgentStanding(
                agent_id, ever.get(agent_id, NEVER_SEEN), last_day.get(agent_id, NEVER_SEEN), marks.get(agent_id)
            )
            for agent_id in dict.fromkeys([*ever, *marks])
        ]

    def _sums(self, workspace_id: str, chosen: SessionFilter) -> dict[str, Json]:
        rows = stats.agents(self._ledger, self._events, workspace_id, chosen)["items"]
        return {row["agent_id"]: row for row in rows}
