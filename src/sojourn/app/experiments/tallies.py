"""What the sessions of each variant add up to: counts for rates, values for means."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sojourn.ledger.experiment_sessions import ENDED, Counted, Measured

WITH_ERRORS = "with_errors"
AMOUNTS = ("cost_usd", "duration_ms", "total_tokens")
METRIC = "metrics."  # stands before the names of outcome metrics, which may be any
MAX_METRICS = 40  # compared at once; of more those that most sessions have
MAX_METRICS_OF_A_SESSION = 50
MAX_MAGNITUDE = 1e100  # what is larger measures nothing, and its square is no number


@dataclass(slots=True)
class Tally:
    """One variant. Rates and values are those of ended sessions: an open one has no outcome yet."""

    sessions: int = 0
    ended: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    values: defaultdict[str, array[float]] = field(default_factory=lambda: defaultdict(lambda: array("d")))


@dataclass(frozen=True, slots=True)
class Tallies:
    by_variant: dict[str, Tally]
    metrics: list[str]  # those that are compared, by name
    yes_or_no: frozenset[str]  # metrics that are only ever true or false
    metrics_left_out: int


def tallied(counts: Iterable[Counted], measured: Iterable[Measured]) -> Tallies:
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for counted in counts:
        _count(tallies[counted.variant], counted)
    numbers: set[str] = set()
    for session in measured:
        values = tallies[session.variant].values
        for amount in AMOUNTS:
            _add(values, amount, getattr(session, amount))
        for name in sorted(session.metrics)[:MAX_METRICS_OF_A_SESSION]:
            _add(values, METRIC + name, session.metrics[name])
            if not isinstance(session.metrics[name], bool):
                numbers.add(METRIC + name)
    used: Counter[str] = Counter()
    for tally in tallies.values():
        used.update({name: len(values) for name, values in tally.values.items() if name.startswith(METRIC)})
    kept = sorted(used, key=lambda name: (-used[name], name))[:MAX_METRICS]
    return Tallies(dict(tallies), sorted(kept), frozenset(kept) - numbers, len(used) - len(kept))


def _count(tally: Tally, counted: Counted) -> None:
    tally.sessions += counted.sessions
    if counted.status in ENDED:
        tally.ended += counted.sessions
        tally.hits[counted.status] += counted.sessions
        tally.hits[WITH_ERRORS] += counted.sessions * counted.has_errors


def _add(values: defaultdict[str, array[float]], name: str, value: Any) -> None:
    """Costs that nobody knows are no zeros; neither is anything that is no number."""
    if isinstance(value, bool | int | float) and abs(value) <= MAX_MAGNITUDE:
        values[name].append(value)
