"""Who took part in a session, who passed control to whom, and the tree of their runs."""

from __future__ import annotations

from typing import Any

from sojourn.app.views.agent_runs import MAX_RUNS, AgentRun, agent_runs, consecutive_runs, delegations
from sojourn.app.views.content import Fetched, bounded, fetch, loaded_object, message_parts, opaque_value
from sojourn.app.views.reading import Reading, Spine
from sojourn.app.views.times import rfc3339
from sojourn.app.views.usage import UsageSum, usage_of
from sojourn.domain.events import EventType
from sojourn.events.columns import MAX_NS
from sojourn.events.rows import Row
from sojourn.events.windows import MAX_NAME_CHARS

Json = dict[str, Any]
MAX_PARTICIPANTS = 200
MAX_HANDOFFS = 500
MAX_GIVEN = 100  # handoffs for which the arguments of a tool call are read
CONTEXT_CHARS = 16 * 1024  # of each string in the context passed with a handoff


def agents(reading: Reading) -> Json:
    return reading.recent.get(reading.cache_key("agents"), lambda: _agents(reading))


def _agents(reading: Reading) -> Json:
    spine = reading.spine()
    runs = agent_runs(spine)
    shown = runs[:MAX_RUNS]
    rows = reading.query("agents_runs", event_ids=[run.event_id for run in shown]) if shown else []
    return {
        "participants": _participants(reading, spine),
        "handoffs": _handoffs(reading, spine, runs),
        "tree": _tree(shown, {row["event_id"]: row for row in rows}),
    }


def _participants(reading: Reading, spine: Spine) -> list[Json]:
    """One row an agent, in order of first appearance; events of nobody are left out."""
    found: dict[str, Json] = {}
    for row in reading.query("agents_work"):
        agent_id = row["agent_id"] or spine.lineage.agent_of(row["parent_id"])
        if not agent_id:
            continue
        one = found.setdefault(
            agent_id,
            {
                "first": row["first_at_ns"],
                "last": 0,
                "event_count": 0,
                "tool_call_count": 0,
                "error_count": 0,
            },
        )
        one["first"] = min(one["first"], row["first_at_ns"])
        one["last"] = max(one["last"], row["last_at_ns"])
        for name in ("event_count", "tool_call_count", "error_count"):
            one[name] += row[name]
    sums = usage_of(reading).by(lambda usage: spine.lineage.agent_of(usage.event_id))
    ordered = sorted(found.items(), key=lambda entry: (entry[1]["first"], entry[0]))[:MAX_PARTICIPANTS]
    return [_participant(agent_id, one, sums.get(agent_id, UsageSum())) for agent_id, one in ordered]


def _participant(agent_id: str, one: Json, usage: UsageSum) -> Json:
    return {
        "agent_id": agent_id,
        "first_at": rfc3339(one["first"]),
        "last_at": rfc3339(one["last"]),
        "event_count": one["event_count"],
        "llm_call_count": usage.llm_calls,
        "tool_call_count": one["tool_call_count"],
        "error_count": one["error_count"],
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
    }


def _handoffs(reading: Reading, spine: Spine, runs: list[AgentRun]) -> list[Json]:
    """Said ones first: what is read out of structure must not repeat them."""
    passes = reading.query("agents_passes", limit=MAX_HANDOFFS)
    found = [_said(row, spine) for row in passes if row["type"] == EventType.HANDOFF]
    known = {(one["from"], one["to"]) for one in found}
    inferred = [
        *_graph_passes(passes, spine),
        *(_inferred(before.agent_id, after, "handoff") for before, after in consecutive_runs(runs, spine)),
        *(_inferred(caller, run, "delegation", call) for caller, run, call in delegations(runs, spine)),
    ]
    for one in sorted(inferred, key=lambda one: int(one["at"])):
        if one["from"] == one["to"] or (one["from"], one["to"]) in known:
            continue
        if not any(one["event_id"] == other["event_id"] and one["from"] == other["from"] for other in found[-32:]):
            found.append(one)
    found.sort(key=lambda one: int(one["at"]))
    shown = found[:MAX_HANDOFFS]
    given = _given(reading, [one.pop("call", "") for one in shown])
    return [
        {**one, "at": rfc3339(one["at"]), "context": one["context"] if context is None else context}
        for one, context in zip(shown, given, strict=True)
    ]


def _given(reading: Reading, calls: list[str]) -> list[Any]:
    """What each of these tool calls was called with: that is what its agent was told. None for no call."""
    wanted = list(dict.fromkeys(call for call in calls if call))[:MAX_GIVEN]
    if not wanted:
        return [None] * len(calls)
    rows = reading.query(
        "conversation_events", event_ids=wanted, refs=1, from_ns=0, to_ns=MAX_NS, name_chars=MAX_NAME_CHARS
    )
    digests = {row["event_id"]: bytes.fromhex(row["input_hashes"][0]) for row in rows if row["input_hashes"]}
    session = reading.session
    fetched = fetch(reading.events, session.workspace_id, session.id, digests.values(), CONTEXT_CHARS)
    return [_value_of(fetched, digests.get(call)) for call in calls]


def _value_of(fetched: Fetched, digest: bytes | None) -> Any:
    if digest is None or digest not in fetched:
        return None
    block, full_chars = fetched[digest]
    is_truncated = full_chars > len(block.text)
    if block.kind == "message":
        return bounded(message_parts(block, is_truncated, CONTEXT_CHARS), CONTEXT_CHARS)
    return bounded(opaque_value(block, is_truncated), CONTEXT_CHARS)


def _said(row: Row, spine: Spine) -> Json:
    details = loaded_object(row["details"])
    return {
        "from": str(details.get("from") or spine.lineage.agent_of(row["event_id"])),
        "to": str(details.get("to") or ""),
        "at": row["started_at_ns"],
        "event_id": row["event_id"],
        "kind": "handoff",
        "context": bounded(details.get("context"), CONTEXT_CHARS),
        "inferred": bool(details.get("inferred", False)),
    }


def _inferred(from_agent: str, run: AgentRun, kind: str, call: str = "") -> Json:
    return {
        "call": call,
        "from": from_agent,
        "to": run.agent_id,
        "at": run.started_at_ns,
        "event_id": run.event_id,
        "kind": kind,
        "context": None,
        "inferred": True,
    }


def _graph_passes(passes: list[Row], spine: Spine) -> list[Json]:
    """Nodes of an agent graph that name the node before them (graph.node.parent_id)."""
    agent_of_node = {
        row["node_id"]: row["agent_id"] or spine.lineage.agent_of(row["event_id"]) or row["node_id"]
        for row in passes
        if row["node_id"]
    }
    return [
        {
            "from": agent_of_node.get(row["parent_node_id"], row["parent_node_id"]),
            "to": agent_of_node[row["node_id"]],
            "at": row["started_at_ns"],
            "event_id": row["event_id"],
            "kind": "handoff",
            "context": None,
            "inferred": True,
        }
        for row in passes
        if row["node_id"] and row["parent_node_id"] and row["type"] != EventType.HANDOFF
    ]


def _tree(runs: list[AgentRun], rows: dict[str, Row]) -> list[Json]:
    nodes: dict[str, Json] = {}
    roots: list[Json] = []
    for run in runs:
        row = rows.get(run.event_id)
        if row is None:
            continue
        node: Json = {
            "agent_id": run.agent_id,
            "event_id": run.event_id,
            "conversation_id": row["conversation_id"],
            "started_at": rfc3339(row["started_at_ns"]),
            "ended_at": rfc3339(row["ended_at_ns"]),
            "status": row["status"],
            "children": [],
        }
        nodes[run.event_id] = node
        above = nodes.get(run.above)
        (roots if above is None else above["children"]).append(node)
    return roots
