"""Counts of many sessions at once, from the statements rollup_*.sql."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sojourn.domain.identity import SessionRef
from sojourn.domain.sessions import ModelUse, Rollup
from sojourn.domain.usage import UsageRow, decide
from sojourn.events.rows import Row

Run = Callable[..., list[Row]]
COST_DECIMALS = 12
_SUMMED = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "unpriced_calls",
)
_COUNTED = (
    "event_count",
    "trace_count",
    "message_count",
    "tool_call_count",
    "error_count",
    "handoff_count",
    "compactions",
    "resets",
    "started_at_ns",
    "last_activity_at_ns",
    "conversations",
    "open_count",
    "missing_parents",
    "root_name",
    "user_text",
    "best_tier",
)


def read_rollups(run: Run, refs: Sequence[SessionRef]) -> dict[SessionRef, Rollup]:
    """The rollups of the sessions that have rows."""
    where = {
        "workspace_ids": sorted({workspace_id for workspace_id, _ in refs}),
        "session_ids": sorted({session_id for _, session_id in refs}),
    }
    counts = {(row["workspace_id"], row["session_id"]): row for row in run("rollup_counts", **where)}
    usage = _usage(run, list(counts.values()), where["workspace_ids"])
    return {ref: _rollup(counts[ref], usage.get(ref[1], [])) for ref in refs if ref in counts}


def _usage(run: Run, counted: Sequence[Row], workspace_ids: list[str]) -> dict[str, list[Row]]:
    """Rows of rollup_usage.sql by session."""
    used = [row["session_id"] for row in counted if row["has_usage"] or row["llm_call_rows"]]
    if not used:
        return {}
    nested = [row["session_id"] for row in counted if row["needs_structure"]]
    excluded, included = _structure(run, workspace_ids, nested) if nested else ([], [])
    by_session: dict[str, list[Row]] = defaultdict(list)
    for row in run("rollup_usage", workspace_ids=workspace_ids, session_ids=used, excluded=excluded, included=included):
        by_session[row["session_id"]].append(row)
    return by_session


def _structure(run: Run, workspace_ids: list[str], session_ids: list[str]) -> tuple[list[Any], list[Any]]:
    rows_of: dict[str, list[UsageRow]] = defaultdict(list)
    counted: dict[tuple[str, Any], Any] = {}
    for row in run("rollup_lineage", workspace_ids=workspace_ids, session_ids=session_ids):
        session_id = row["session_id"]
        counted[session_id, row["event"]] = row["counted"]
        rows_of[session_id].append(
            UsageRow(row["event"], row["parent"] or None, row["usage_kind"], bool(row["has_usage"]))
        )
    decisions = {session_id: decide(rows) for session_id, rows in rows_of.items()}
    excluded = [counted[id, event] for id, decision in decisions.items() for event in decision.excluded_calls]
    included = [counted[id, event] for id, decision in decisions.items() for event in decision.included_sums]
    return excluded, included


def _rollup(row: Row, usage: Sequence[Row]) -> Rollup:
    status, error_type, error, event_id, ended_at_ns = row["root"].values()
    costs = [use["cost_usd"] for use in usage if use["cost_usd"] is not None]
    agents = sorted(row["agents"], key=lambda seen: (seen[1], seen[0]))
    return Rollup(
        session_id=row["session_id"],
        **{name: row[name] for name in _COUNTED},
        **{name: sum(use[name] for use in usage) for name in _SUMMED},
        llm_call_count=sum(use["call_rows"] for use in usage),
        cost_usd=_summed(costs),
        models=tuple(sorted(map(_model_use, filter(_is_named, usage)), key=_rank)),
        agents=tuple(name for name, _ in agents),
        fields=tuple(sorted((at_ns, text) for text, at_ns in row["fields"])),
        root_status=status,
        root_error_type=error_type,
        root_error=error,
        root_event_id=event_id,
        root_ended_at_ns=ended_at_ns if status else 0,
    )


def _summed(costs: Sequence[float]) -> float | None:
    """To a billionth of a cent, so that the order in which floats were added does not show."""
    return round(sum(costs), COST_DECIMALS) if costs else None


def _is_named(use: Row) -> bool:
    return bool(use["model"])


def _model_use(use: Row) -> ModelUse:
    return ModelUse(
        model=use["model"],
        provider=use["provider"],
        calls=use["calls"],
        errors=use["errors"],
        input_tokens=use["input_tokens"],
        output_tokens=use["output_tokens"],
        cache_read_tokens=use["cache_read_tokens"],
        cache_write_tokens=use["cache_write_tokens"],
        reasoning_tokens=use["reasoning_tokens"],
        cost_usd=_summed([use["cost_usd"]] if use["cost_usd"] is not None else []),
        duration_ms=use["duration_ms"],
    )


def _rank(use: ModelUse) -> tuple[float, int, str, str]:
    """By cost, then calls, descending."""
    return (-(use.cost_usd or 0.0), -use.calls, use.model, use.provider)
