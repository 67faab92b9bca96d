"""Where in a session an agent begins to work, read out of who is whose parent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from sojourn.app.views.reading import Spine
from sojourn.app.views.transcript import SpineRow
from sojourn.domain.events import EventType

MAX_RUNS = 500  # nodes in the tree of one answer


class AgentRun(NamedTuple):
    """An event at which another agent than its caller's begins."""

    event_id: str
    agent_id: str
    started_at_ns: int
    ended_at_ns: int  # 0 while it is open
    parent_id: str  # the event above it, "" for a root
    above: str  # the agent run above it, "" if there is none
    is_span: bool  # a span of the agent itself, not just work that names it


def agent_runs(spine: Spine) -> list[AgentRun]:
    """In order of time, callers before the called. Work without a span of its agent is one run a caller and agent."""
    lineage = spine.lineage
    own = {
        event_id: agent_id for event_id, agent_id in zip(lineage.event_ids, lineage.agent_ids, strict=True) if agent_id
    }
    starting = {
        event_id: agent_id
        for event_id, agent_id in own.items()
        if lineage.agent_of(lineage.parent_ids[lineage.place[event_id]]) != agent_id
    }
    runs: list[AgentRun] = []
    merged: set[tuple[str, str]] = set()
    for row in sorted(spine.rows, key=_start_order):
        agent_id = starting.get(row.event_id)
        if agent_id is None:
            continue
        above = lineage.nearest_ancestor(row.event_id, starting.__contains__)
        is_span = row.type == EventType.SPAN
        if not is_span:
            if (above, agent_id) in merged:
                continue
            merged.add((above, agent_id))
        parent_id = lineage.parent_ids[lineage.place[row.event_id]]
        runs.append(AgentRun(row.event_id, agent_id, row.started_at_ns, row.ended_at_ns, parent_id, above, is_span))
    return runs


def _start_order(row: SpineRow) -> tuple[int, int, str]:
    # Of two that start at once the longer one is the caller; an open one has no end yet.
    return row.started_at_ns, -row.ended_at_ns if row.ended_at_ns else -(2**63), row.event_id


def consecutive_runs(runs: list[AgentRun], spine: Spine) -> Iterator[tuple[AgentRun, AgentRun]]:
    """Sibling runs of different agents under one workflow, the second beginning when the first is over."""
    siblings: defaultdict[str, list[AgentRun]] = defaultdict(list)
    for run in runs:
        if run.is_span and run.parent_id and _type_of(spine, run.parent_id) != EventType.TOOL_CALL:
            siblings[run.parent_id].append(run)
    for family in siblings.values():
        for before, after in pairwise(family):
            if before.agent_id != after.agent_id and 0 < before.ended_at_ns <= after.started_at_ns:
                yield before, after


def delegations(runs: list[AgentRun], spine: Spine) -> Iterator[tuple[str, AgentRun, str]]:
    """Runs inside a tool call, with the agent that made it and the call."""
    lineage = spine.lineage
    for run in runs:
        if not run.is_span:
            continue
        caller = lineage.nearest_ancestor(
            run.event_id,
            lambda event_id: _type_of(spine, event_id) == EventType.TOOL_CALL or _is_agent(spine, event_id),
        )
        if caller and _type_of(spine, caller) == EventType.TOOL_CALL and (agent_id := lineage.agent_of(caller)):
            yield agent_id, run, caller


def _type_of(spine: Spine, event_id: str) -> str:
    place = spine.lineage.place.get(event_id)
    return "" if place is None else spine.lineage.types[place]


def _is_agent(spine: Spine, event_id: str) -> bool:
    return bool(spine.lineage.agent_ids[spine.lineage.place[event_id]])
