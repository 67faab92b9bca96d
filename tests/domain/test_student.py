"""Quantiles of Student's t against published tables and against the closed forms that few degrees of freedom have."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.domain.student import EXPANDED_FROM_DF, student_quantile

# Tail 0.025 and 0.005: the columns of the table that every textbook of statistics prints.
TABLE = [
    (1, 12.706, 63.657),
    (2, 4.303, 9.925),
    (3, 3.182, 5.841),
    (4, 2.776, 4.604),
    (5, 2.571, 4.032),
    (6, 2.447, 3.707),
    (7, 2.365, 3.499),
    (8, 2.306, 3.355),
    (9, 2.262, 3.250),
    (10, 2.228, 3.169),
    (15, 2.131, 2.947),
    (20, 2.086, 2.845),
    (25, 2.060, 2.787),
    (30, 2.042, 2.750),
    (40, 2.021, 2.704),
    (60, 2.000, 2.660),
    (120, 1.980, 2.617),
    (1_000, 1.962, 2.581),
    (10_000_000, 1.960, 2.576),
]
EXAMPLES = settings(deadline=None, derandomize=True)
TAILS = st.floats(1e-6, 0.1)


@pytest.mark.parametrize(("df", "at_95", "at_99"), TABLE)
def test_it_gives_the_values_of_the_printed_table(df: float, at_95: float, at_99: float) -> None:
    assert round(student_quantile(0.025, df), 3) == at_95
    assert round(student_quantile(0.005, df), 3) == at_99


@EXAMPLES
@given(TAILS)
def test_it_agrees_with_the_closed_forms_of_one_two_and_four_degrees(tail: float) -> None:
    """Shaw, Journal of Computational Finance 9 (2006), 5: inverses for 1, 2 and 4 degrees of freedom."""
    p = 1 - tail
    alpha = 4 * p * (1 - p)
    q = math.cos(math.acos(math.sqrt(alpha)) / 3) / math.sqrt(alpha)

    assert student_quantile(tail, 1) == pytest.approx(1 / math.tan(math.pi * tail), rel=1e-6)
    assert student_quantile(tail, 2) == pytest.approx((2 * p - 1) * math.sqrt(2 / alpha), rel=1e-6)
    assert student_quantile(tail, 4) == pytest.approx(2 * math.sqrt(q - 1), rel=1e-6)


@EXAMPLES
@given(TAILS, st.floats(1, 900))
def test_the_two_ways_to_it_meet(tail: float, df: float) -> None:
    """It falls with the degrees of freedom, from tables' first row to the normal distribution, without a step."""
    here, further = student_quantile(tail, df), student_quantile(tail, df * 1.1)

    assert here >= further * (1 - 1e-9) > NormalDist().inv_cdf(1 - tail) * (1 - 1e-9)
    assert student_quantile(tail, EXPANDED_FROM_DF - 1e-6) == pytest.approx(
        student_quantile(tail, EXPANDED_FROM_DF), rel=1e-9
    )
