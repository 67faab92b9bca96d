"""The variants of an experiment beside each other: rates and means with intervals, each against a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.app.errors import Invalid
from sojourn.app.experiments.listing import described
from sojourn.app.experiments.tallies import AMOUNTS, METRIC, WITH_ERRORS, Tallies, Tally, tallied
from sojourn.app.views.ledger_reads import read_ledger
from sojourn.domain.estimates import CONFIDENCE, Interval, Rate, Sample, sample_of
from sojourn.ledger.experiment_sessions import ENDED
from sojourn.ledger.filters import SessionFilter, Where
from sojourn.ledger.ledger import Ledger

Json = dict[str, Any]
Estimate = Rate | Sample
MAX_MEASURED = 100_000  # ended sessions whose cost, duration, tokens and metrics are read; of more the latest
USUAL_BASELINES = ("control", "baseline")
RATES = (*ENDED, WITH_ERRORS)
UNITS = {"cost_usd": "usd", "duration_ms": "ms", "total_tokens": "tokens"}
BETTER = {
    "completed": "higher",
    f"{METRIC}goal_completed": "higher",
    f"{METRIC}score": "higher",
    **dict.fromkeys(("failed", "canceled", "abandoned", WITH_ERRORS, *AMOUNTS), "lower"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Sessions that began then; None is unbounded."""

    after_ns: int | None = None  # inclusive
    before_ns: int | None = None  # exclusive


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    is_rate: bool

    def of(self, tally: Tally) -> Estimate:
        if self.name in RATES:
            return Rate(tally.hits[self.name], tally.ended)
        values = tally.values.get(self.name, ())
        return Rate(int(sum(values)), len(values)) if self.is_rate else sample_of(values)


def comparison(
    ledger: Ledger,
    where: Where,
    experiment_id: str,
    workspace_id: str,
    period: Period,
    baseline: str | None = None,
    max_measured: int = MAX_MEASURED,
) -> Json:
    experiment = described(ledger, where, workspace_id, experiment_id)
    against = _baseline(experiment["variants"], baseline)
    chosen = SessionFilter(
        experiment=(experiment_id,), started_after_ns=period.after_ns, started_before_ns=period.before_ns
    )
    with read_ledger(ledger) as conn:
        counts = ledger.experiment_sessions.counts(conn, where, chosen)
        tallies = tallied(counts, ledger.experiment_sessions.measured(conn, where, chosen, max_measured))
    names = [str(variant["name"]) for variant in experiment["variants"]]
    measures = _measures(tallies)
    found = {name: tallies.by_variant.get(name, Tally()) for name in names}
    ended = sum(tally.ended for tally in tallies.by_variant.values())
    variants, comparisons = _side_by_side(found, against, measures)
    return {
        "experiment": experiment,
        "baseline": against,
        "confidence": CONFIDENCE,
        "measures": [_measure_json(measure) for measure in measures],
        "variants": variants,
        "comparisons": comparisons,
        "ended": ended,
        "measured": min(ended, max_measured),
        "truncated": ended > max_measured,
        "metrics_left_out": tallies.metrics_left_out,
    }


def _baseline(variants: Sequence[Json], asked: str | None) -> str:
    """The asked one, else the first that was declared, else one of the usual name, else the first by name."""
    names = [str(variant["name"]) for variant in variants]
    if asked is not None and asked not in names:
        raise Invalid(f"baseline must be one of the variants: {', '.join(names)}"[:500], {"parameter": "baseline"})
    if asked is not None:
        return asked
    if variants[0]["is_declared"]:
        return names[0]
    return next((usual for usual in USUAL_BASELINES if usual in names), names[0])


def _measures(tallies: Tallies) -> list[Measure]:
    return [
        *(Measure(name, True) for name in RATES),
        *(Measure(name, False) for name in AMOUNTS),
        *(Measure(name, name in tallies.yes_or_no) for name in tallies.metrics),
    ]


def _side_by_side(found: dict[str, Tally], against: str, measures: Sequence[Measure]) -> tuple[list[Json], int]:
    """Each variant with its estimates, and how many differences have an interval."""
    baseline = [measure.of(found[against]) for measure in measures]
    estimates = {name: [measure.of(tally) for measure in measures] for name, tally in found.items()}
    comparisons = sum(
        _interval_of_difference(own, base, CONFIDENCE) is not None
        for name in found
        if name != against
        for own, base in zip(estimates[name], baseline, strict=True)
    )
    strict = 1 - (1 - CONFIDENCE) / max(1, comparisons)  # Bonferroni: all of them hold at once with CONFIDENCE
    variants = [
        {
            "name": name,
            "sessions": tally.sessions,
            "open": tally.sessions - tally.ended,
            "ended": tally.ended,
            "estimates": [
                {
                    **_estimate_json(measure, own),
                    "difference": None if name == against else _difference_json(own, base, strict),
                }
                for measure, own, base in zip(measures, estimates[name], baseline, strict=True)
            ],
        }
        for name, tally in found.items()
    ]
    return variants, comparisons


def _interval_of_difference(own: Estimate, base: Estimate, confidence: float) -> Interval | None:
    if isinstance(own, Rate) and isinstance(base, Rate):
        return own.difference(base, confidence)
    if isinstance(own, Sample) and isinstance(base, Sample):
        return own.difference(base, confidence)
    raise AssertionError("a measure is a rate for every variant or for none")


def _measure_json(measure: Measure) -> Json:
    return {
        "name": measure.name,
        "kind": "rate" if measure.is_rate else "mean",
        "unit": "share" if measure.is_rate else UNITS.get(measure.name, "number"),
        "better": BETTER.get(measure.name),
    }


def _estimate_json(measure: Measure, own: Estimate) -> Json:
    interval = own.interval()
    if interval is not None and measure.name in AMOUNTS:
        interval = Interval(max(0.0, interval.low), interval.high)  # nothing costs or lasts less than nothing
    return {
        "n": own.n,
        "estimate": own.estimate,
        "interval": _interval_json(interval),
        "median": own.median if isinstance(own, Sample) else None,
        "median_interval": _interval_json(own.median_interval) if isinstance(own, Sample) else None,
        "note": own.note,
        "needed": own.needed if isinstance(own, Sample) and own.note == "skewed" else None,
    }


def _difference_json(own: Estimate, base: Estimate, strict: float) -> Json | None:
    if own.estimate is None or base.estimate is None:
        return None
    interval = _interval_of_difference(own, base, CONFIDENCE)
    stricter = _interval_of_difference(own, base, strict)
    return {
        "estimate": own.estimate - base.estimate,
        "interval": _interval_json(interval),
        "excludes_zero": interval.excludes_zero if interval else None,
        "excludes_zero_corrected": stricter.excludes_zero if stricter else None,
    }


def _interval_json(interval: Interval | None) -> Json | None:
    return {"low": interval.low, "high": interval.high} if interval else None
