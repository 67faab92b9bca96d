"""Variants beside each other: rates and means with intervals, against a baseline."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from tests.experiments.experimenter import BEGAN, Experimenter, estimate, variant_in
from tests.steering_http.operators import Json, fresh

from sojourn.domain.estimates import Interval, Rate, sample_of


def test_variants_compare_on_outcome_cost_latency_and_errors(experimenter: Experimenter) -> None:
    """Acceptance 155."""
    id = experimenter.declare("control", "bold")["id"]
    slow, quick = [20.0, 25, 22, 30, 24, 21], [9.0, 11, 10, 14, 12, 8]
    for place in range(6):
        done = {"goal_completed": place > 2, "score": 0.1 * place, "refunds": place}
        experimenter.run(id, "control", cost_usd=0.5 + 0.01 * place, lasts_s=slow[place], metrics=done)
        status = "failed" if place == 0 else "completed"
        experimenter.run(id, "bold", status, cost_usd=0.2 + 0.01 * place, lasts_s=quick[place], metrics=done)

    compared = experimenter.compare(id)

    assert compared["baseline"] == "control"
    assert (variant_in(compared, "bold")["sessions"], variant_in(compared, "bold")["ended"]) == (6, 6)
    failed = estimate(compared, "bold", "failed")
    assert (failed["n"], failed["estimate"]) == (6, pytest.approx(1 / 6))
    assert as_told(failed["interval"]) == Rate(1, 6).interval()
    assert as_told(failed["difference"]["interval"]) == Rate(1, 6).difference(Rate(0, 6))
    assert failed["difference"]["excludes_zero"] is False
    latency = estimate(compared, "bold", "duration_ms")
    own, base = sample_of([1_000 * one for one in quick]), sample_of([1_000 * one for one in slow])
    assert (latency["estimate"], latency["median"]) == (own.mean, own.median)
    assert (as_told(latency["interval"]), as_told(latency["median_interval"])) == (own.interval(), own.median_interval)
    assert as_told(latency["difference"]["interval"]) == own.difference(base)
    assert latency["difference"]["estimate"] == own.mean - base.mean
    assert latency["difference"]["excludes_zero"] is latency["difference"]["excludes_zero_corrected"] is True
    assert estimate(compared, "bold", "cost_usd")["estimate"] == pytest.approx(0.225)
    assert estimate(compared, "control", "metrics.goal_completed")["estimate"] == 0.5
    assert estimate(compared, "control", "metrics.score")["estimate"] == pytest.approx(0.25)
    assert estimate(compared, "control", "metrics.score")["difference"] is None


def test_measures_say_their_kind_unit_and_which_way_is_better(experimenter: Experimenter) -> None:
    id = fresh("undeclared")
    experimenter.run(id, "a", metrics={"goal_completed": True, "refunds": 3})

    measures = {one["name"]: one for one in experimenter.compare(id)["measures"]}

    assert list(measures) == [
        *("completed", "failed", "canceled", "abandoned", "with_errors", "cost_usd", "duration_ms", "total_tokens"),
        *("metrics.goal_completed", "metrics.refunds"),
    ]
    told = {name: (one["kind"], one["unit"], one["better"]) for name, one in measures.items()}
    assert told["failed"] == ("rate", "share", "lower")
    assert told["duration_ms"] == ("mean", "ms", "lower")
    assert told["metrics.goal_completed"] == ("rate", "share", "higher")
    assert told["metrics.refunds"] == ("mean", "number", None)


def test_sessions_that_only_name_it_compare_too(experimenter: Experimenter) -> None:
    """Acceptance 155. Without a declared order the usual name is the baseline; no variant is one of its own."""
    id = fresh("undeclared")
    for name in ("bold", "control", ""):
        experimenter.run(id, name)

    compared = experimenter.compare(id)

    assert compared["baseline"] == "control"
    assert [one["name"] for one in compared["variants"]] == ["bold", "control", ""]
    assert experimenter.compare(id, baseline="")["baseline"] == ""
    assert experimenter.compare(id, baseline="bold")["baseline"] == "bold"


def test_a_baseline_that_is_no_variant_is_refused(experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b")["id"]

    answer = experimenter.server.request("GET", f"{experimenter.path(id)}/comparison?baseline=z")

    assert (answer.status_code, answer.json()["details"]) == (422, {"parameter": "baseline"})
    assert "a, b" in answer.json()["message"]


def test_open_sessions_are_counted_and_not_measured(experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b")["id"]
    now = datetime.now(UTC) - timedelta(seconds=20)
    experimenter.run(id, "a", cost_usd=1, metrics={"score": 1})
    experimenter.run(id, "a", "running", cost_usd=9, began=now, metrics={"score": 0})

    found = variant_in(experimenter.compare(id), "a")

    assert (found["sessions"], found["open"], found["ended"]) == (2, 1, 1)
    assert estimate(experimenter.compare(id), "a", "cost_usd")["estimate"] == 1
    assert estimate(experimenter.compare(id), "a", "metrics.score")["n"] == 1
    assert estimate(experimenter.compare(id), "a", "completed")["n"] == 1


def test_too_few_sessions_are_said_instead_of_an_interval(experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b", "c")["id"]
    experimenter.run(id, "a", cost_usd=1)
    experimenter.run(id, "b", cost_usd=2)
    experimenter.run(id, "b", cost_usd=2)

    compared = experimenter.compare(id)

    one, equal, none = (estimate(compared, name, "cost_usd") for name in "abc")
    assert (one["note"], one["estimate"], one["interval"]) == ("too_few", 1, None)
    assert (equal["note"], equal["estimate"], equal["interval"]) == ("all_equal", 2, None)
    assert equal["difference"] == {
        "estimate": 1,
        "interval": None,
        "excludes_zero": None,
        "excludes_zero_corrected": None,
    }
    assert (none["note"], none["estimate"], none["difference"]) == ("nothing_measured", None, None)
    assert (estimate(compared, "a", "completed")["note"], estimate(compared, "a", "completed")["interval"]) == (
        "too_few",
        None,
    )
    assert compared["comparisons"] == 0


def test_unknown_costs_are_no_zeros(experimenter: Experimenter) -> None:
    id = experimenter.declare("a")["id"]
    experimenter.run(id, "a", cost_usd=3)
    experimenter.run(id, "a", cost_usd=None)

    found = estimate(experimenter.compare(id), "a", "cost_usd")

    assert (found["n"], found["estimate"]) == (1, 3)


def test_skewed_costs_say_how_many_sessions_would_do(experimenter: Experimenter) -> None:
    id = experimenter.declare("a")["id"]
    for cost in [0.01] * 11 + [9.0]:
        experimenter.run(id, "a", cost_usd=cost)

    found = estimate(experimenter.compare(id), "a", "cost_usd")

    assert (found["note"], found["median"]) == ("skewed", 0.01)
    assert found["needed"] > found["n"] == 12
    assert found["interval"]["low"] == 0  # nothing costs less than nothing


def test_a_metric_that_is_sometimes_a_number_is_a_mean_for_all(experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b")["id"]
    experimenter.run(id, "a", metrics={"solved": True})
    experimenter.run(id, "a", metrics={"solved": False})
    experimenter.run(id, "b", metrics={"solved": 0.5})

    compared = experimenter.compare(id)

    kinds = {one["name"]: one["kind"] for one in compared["measures"]}
    assert kinds["metrics.solved"] == "mean"
    assert estimate(compared, "a", "metrics.solved")["estimate"] == 0.5


def test_only_the_most_frequent_metrics_are_compared(experimenter: Experimenter) -> None:
    id = experimenter.declare("a")["id"]
    many = {f"m{number:02}": number for number in range(45)}
    experimenter.run(id, "a", metrics=many)
    experimenter.run(id, "a", metrics={"m44": 1})

    compared = experimenter.compare(id)

    names = [one["name"] for one in compared["measures"] if one["name"].startswith("metrics.")]
    assert (len(names), names[0], names[-1], compared["metrics_left_out"]) == (40, "metrics.m00", "metrics.m44", 5)


def test_a_period_narrows_by_start_and_keeps_every_variant(experimenter: Experimenter) -> None:
    id = experimenter.declare("a", "b")["id"]
    experimenter.run(id, "a", began=BEGAN)
    experimenter.run(id, "b", began=BEGAN + timedelta(days=2))

    early = experimenter.compare(id, started_before=(BEGAN + timedelta(days=1)).isoformat())
    late = experimenter.compare(id, started_after=(BEGAN + timedelta(days=1)).isoformat())

    assert [(one["name"], one["ended"]) for one in early["variants"]] == [("a", 1), ("b", 0)]
    assert [(one["name"], one["ended"]) for one in late["variants"]] == [("a", 0), ("b", 1)]


def test_neither_order_nor_duplicates_of_what_was_told_matter(experimenter: Experimenter) -> None:
    first, again = experimenter.declare("a", "b"), experimenter.declare("a", "b")
    shuffled: list[Json] = []
    for place in range(12):
        amounts = {"cost_usd": 0.1 * place, "lasts_s": 3 + place % 5}
        told = experimenter.run(first["id"], "ab"[place % 2], metrics={"score": place / 12}, **amounts)  # type: ignore[arg-type]
        shuffled += [{**one, "session": f"{one['session']}-again"} for one in told] * 2
    for one in shuffled:
        if "experiment_id" in one:
            one["experiment_id"] = again["id"]
        else:
            one["event_id"] += "-again"
    random.Random(7).shuffle(shuffled)

    experimenter.tell(*shuffled[:20])
    experimenter.tell(*shuffled[20:], *shuffled[:10])

    one, other = experimenter.compare(first["id"]), experimenter.compare(again["id"])
    assert one["ended"] == 12
    assert (one["measures"], one["variants"]) == (other["measures"], other["variants"])


def test_many_comparisons_are_told_and_corrected_for(experimenter: Experimenter) -> None:
    """Nine metrics without a difference, and one that is just beyond chance if it were the only one."""
    id = experimenter.declare("a", "b")["id"]
    drawn = random.Random(3)
    for place in range(20):
        same = {f"same{number}": drawn.random() for number in range(9)}
        experimenter.run(id, "ab"[place % 2], metrics={**same, "near": place + (7 if place % 2 else 0)})

    compared = experimenter.compare(id)

    near = estimate(compared, "b", "metrics.near")["difference"]
    assert (near["excludes_zero"], near["excludes_zero_corrected"]) == (True, False)
    assert compared["comparisons"] == 15  # five rates and ten metrics; cost is unknown, tokens and durations are equal


def as_told(interval: Json) -> Interval:
    return Interval(**interval)
