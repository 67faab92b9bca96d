"""Whose tokens and cost count in a session, each provider call once, summed as views need it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sojourn.app.views.lineage import Lineage
from sojourn.app.views.reading import Reading
from sojourn.domain.usage import Decision, UsageRow, decide
from sojourn.events.rows import Row


class Usage(NamedTuple):
    """What one record says that a model call, or everything below it, used."""

    event_id: str
    trace_id: str
    kind: str  # call or sum
    input_tokens: int
    output_tokens: int
    cost_usd: float  # nan: unknown
    cost_source: str  # reported, computed, override or ""
    is_model_call: bool
    usage_key: str

    @property
    def has_usage(self) -> bool:
        return self.input_tokens > 0 or self.output_tokens > 0 or self.cost_usd > 0


@dataclass(slots=True)
class UsageSum:
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    llm_calls: int = 0

    def add(self, usage: Usage) -> None:
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.llm_calls += usage.is_model_call
        if not math.isnan(usage.cost_usd):
            self.cost_usd = (self.cost_usd or 0.0) + usage.cost_usd


@dataclass(slots=True)
class SessionUsage:
    counted: list[Usage]

    def __len__(self) -> int:
        return len(self.counted)

    def by_trace(self) -> dict[str, UsageSum]:
        return self.by(lambda usage: usage.trace_id)

    def by(self, group_of: Callable[[Usage], str]) -> dict[str, UsageSum]:
        sums: dict[str, UsageSum] = {}
        for usage in self.counted:
            sums.setdefault(group_of(usage), UsageSum()).add(usage)
        return sums


def usage_of(reading: Reading) -> SessionUsage:
    return reading.recent.get(reading.cache_key("usage"), lambda: _load(reading))


def _load(reading: Reading) -> SessionUsage:
    columns: Row = reading.query("metrics_usage")[0]
    records = [
        Usage(*record)
        for record in zip(
            columns["event_ids"],
            columns["trace_ids"],
            columns["kinds"],
            columns["input_tokens"],
            columns["output_tokens"],
            columns["costs_usd"],
            columns["cost_sources"],
            columns["are_model_calls"],
            columns["usage_keys"],
            strict=True,
        )
    ]
    return SessionUsage(list(counted(records, reading.spine().lineage))) if records else SessionUsage([])


def counted(records: Sequence[Usage], lineage: Lineage) -> Iterable[Usage]:
    """The same choice as the rollups make: by structure first, then one record a provider call."""
    decision = _decision(records, lineage)
    keys: set[str] = set()
    for record in records:
        if record.kind == "call" and record.event_id in decision.excluded_calls:
            continue
        if record.kind != "call" and record.event_id not in decision.included_sums:
            continue
        if record.usage_key and record.usage_key in keys:
            continue
        keys.add(record.usage_key)
        yield record


def _decision(records: Sequence[Usage], lineage: Lineage) -> Decision:
    kinds = {record.event_id: record for record in records}
    used_calls = {record.event_id for record in records if record.kind == "call" and record.has_usage}
    has_totals = any(record.kind != "call" and record.has_usage for record in records)
    is_nested = any(lineage.parent_of(event_id) in used_calls for event_id in kinds)
    if not has_totals and not is_nested:
        return Decision(set(), set())
    return decide(
        [
            UsageRow(
                event_id,
                parent_id or None,
                kinds[event_id].kind if event_id in kinds else "",
                event_id in kinds and kinds[event_id].has_usage,
            )
            for event_id, parent_id in zip(lineage.event_ids, lineage.parent_ids, strict=True)
        ]
    )
