"""Intervals against published examples, and what must hold for all samples."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.domain.estimates import Interval, Rate, Sample, sample_of

EXAMPLES = settings(deadline=None, derandomize=True)
AMOUNTS = st.floats(-1e12, 1e12, allow_nan=False)
VALUES = st.lists(AMOUNTS, min_size=2, max_size=60)
RATES = st.integers(2, 500).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))


def rounded(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return round(interval.low, 4), round(interval.high, 4)


def width(interval: Interval | None) -> float:
    assert interval is not None
    return interval.high - interval.low


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_gives_newcombes_published_examples(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3."""
    assert rounded(Rate(hits, n).interval()) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        (Rate(56, 70), Rate(48, 80), 0.0524, 0.3339),
        (Rate(9, 10), Rate(3, 10), 0.1705, 0.8090),
        (Rate(6, 7), Rate(2, 7), 0.0582, 0.8062),
        (Rate(5, 56), Rate(0, 29), -0.0381, 0.1926),
        (Rate(0, 10), Rate(0, 20), -0.1611, 0.2775),
        (Rate(0, 10), Rate(0, 10), -0.2775, 0.2775),
        (Rate(10, 10), Rate(0, 20), 0.6791, 1.0000),
        (Rate(10, 10), Rate(0, 10), 0.6075, 1.0000),
    ],
)
def test_the_difference_of_rates_gives_newcombes_published_examples(
    one: Rate, other: Rate, low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10."""
    assert rounded(one.difference(other)) == (low, high)


def test_a_mean_has_students_interval() -> None:
    """By hand: mean 5, variance 4.5, and 2.306 for 8 degrees of freedom."""
    found = sample_of([2, 3, 4, 4, 5, 5, 6, 7, 9])

    assert (found.mean, round(found.deviation, 4), found.median) == (5, 2.1213, 5)
    assert rounded(found.interval()) == (round(5 - 2.306004 * 2.1213203 / 3, 4), round(5 + 2.306004 * 2.1213203 / 3, 4))


def test_the_difference_of_means_has_welchs_interval() -> None:
    """By hand: t = -2.46 with 25 degrees of freedom, which is 0.021: outside of 95 %, within 99 %."""
    one = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
    other = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]
    own, base = sample_of(one), sample_of(other)

    found, stricter = own.difference(base), own.difference(base, 0.99)

    error = math.sqrt(own.deviation**2 / 15 + base.deviation**2 / 15)
    assert found is not None
    assert (own.mean - base.mean) / error == pytest.approx(-2.455, abs=0.001)
    assert width(found) / 2 / error == pytest.approx(2.060, abs=0.0005)
    assert found.excludes_zero
    assert stricter is not None
    assert not stricter.excludes_zero


@pytest.mark.parametrize(
    ("n", "rank"), [(5, 0), (6, 1), (9, 2), (12, 3), (20, 6), (50, 18), (100, 40), (10_000, 4_902)]
)
def test_the_median_lies_between_ranks_of_the_binomial_distribution(n: int, rank: int) -> None:
    """Ranks from printed tables of the sign test; fewer than 6 values enclose it with less than 95 %."""
    found = sample_of([float(value) for value in range(1, n + 1)]).median_interval

    assert found == (Interval(rank, n + 1 - rank) if rank else None)


@pytest.mark.parametrize("values", [[], [3.0]])
def test_too_few_values_have_no_interval(values: Sequence[float]) -> None:
    found = sample_of(values)

    assert (found.interval(), found.median_interval) == (None, None)
    assert found.difference(sample_of([1.0, 2.0, 3.0])) is None
    assert found.note == ("too_few" if values else "nothing_measured")
    assert Rate(len(values), len(values)).interval() is None
    assert Rate(len(values), len(values)).difference(Rate(4, 9)) is None


def test_equal_values_have_no_interval_without_width() -> None:
    found = sample_of([0.1] * 7)

    assert (found.mean, found.note) == (0.1, "all_equal")
    assert (found.interval(), found.difference(sample_of([1.0, 2.0]))) == (None, None)


def test_few_skewed_values_say_how_many_would_be_enough() -> None:
    """Cochran: 25 times the squared skewness."""
    costs = sample_of([1.0] * 19 + [100.0])

    assert costs.skewness == pytest.approx(4.129, abs=0.001)
    assert (costs.note, costs.needed) == ("skewed", 427)
    assert sample_of([1.0, 2.0, 3.0] * 20).note == ""


@EXAMPLES
@given(VALUES)
def test_an_interval_holds_its_mean_and_median(values: list[float]) -> None:
    found = sample_of(values)
    interval, around = found.interval(), found.median_interval

    assert min(values) <= found.mean <= max(values)
    assert interval is None or interval.low <= found.mean <= interval.high
    assert found.median is not None
    assert around is None or around.low <= found.median <= around.high


@EXAMPLES
@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_values_does_not_matter(values: list[float], order: random.Random) -> None:
    shuffled = list(values)
    order.shuffle(shuffled)

    assert sample_of(shuffled) == sample_of(values)


@EXAMPLES
@given(VALUES, st.integers(2, 5))
def test_a_means_interval_shrinks_as_the_same_is_seen_more_often(values: list[float], times: int) -> None:
    once, often = sample_of(values), sample_of(values * times)

    if once.deviation > 1e-9 * max(map(abs, values)):
        assert width(often.interval()) < width(once.interval())


@EXAMPLES
@given(RATES, st.integers(2, 5))
def test_a_rates_interval_shrinks_as_the_same_is_seen_more_often(rate: Rate, times: int) -> None:
    often = Rate(rate.hits * times, rate.n * times)

    assert width(often.interval()) < width(rate.interval())


@EXAMPLES
@given(RATES)
def test_a_rates_interval_holds_it_and_stays_within_bounds(rate: Rate) -> None:
    found = rate.interval()

    assert found is not None
    assert rate.estimate is not None
    assert 0 <= found.low <= rate.estimate <= found.high <= 1


@EXAMPLES
@given(RATES, RATES)
def test_a_difference_of_rates_is_held_bounded_and_turns_around(one: Rate, other: Rate) -> None:
    there, back = one.difference(other), other.difference(one)

    assert there is not None
    assert back is not None
    assert one.estimate is not None
    assert other.estimate is not None
    assert -1 - 1e-12 <= there.low <= one.estimate - other.estimate <= there.high <= 1 + 1e-12
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)


@EXAMPLES
@given(VALUES, VALUES)
def test_a_difference_of_means_is_held_and_turns_around(one: list[float], other: list[float]) -> None:
    own, base = sample_of(one), sample_of(other)
    there, back = own.difference(base), base.difference(own)

    if there is not None and back is not None:
        assert there.low <= own.mean - base.mean <= there.high
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


@EXAMPLES
@given(st.one_of(RATES, st.builds(sample_of, VALUES)), st.floats(0.96, 0.9999))
def test_more_confidence_is_a_wider_interval(found: Rate | Sample, confidence: float) -> None:
    usual, stricter = found.interval(), found.interval(confidence)

    if usual is not None:
        assert stricter is not None
        assert stricter.low <= usual.low <= usual.high <= stricter.high


def test_95_of_100_intervals_hold_what_is_true() -> None:
    """Drawn from known distributions, with a fixed seed; 2,000 draws miss by less than 2 points."""
    drawn = random.Random(7437)
    means = differences = rates = medians = 0
    for _ in range(2_000):
        one, other = [[drawn.gauss(10, spread) for _ in range(n)] for spread, n in ((2, 12), (5, 7))]
        hits = [sum(drawn.random() < p for _ in range(40)) for p in (0.3, 0.5)]
        skewed = sample_of([drawn.lognormvariate(0, 1.2) for _ in range(25)])
        means += holds(sample_of(one).interval(), 10)
        differences += holds(sample_of(one).difference(sample_of(other)), 0)
        rates += holds(Rate(hits[0], 40).difference(Rate(hits[1], 40)), -0.2)
        medians += holds(skewed.median_interval, 1)

    assert all(abs(found / 2_000 - 0.95) < 0.02 for found in (means, differences, rates))
    assert 0.94 < medians / 2_000 <= 0.99  # ranks are whole: it is never narrower than asked


def holds(interval: Interval | None, truth: float) -> bool:
    assert interval is not None
    return interval.low <= truth <= interval.high
