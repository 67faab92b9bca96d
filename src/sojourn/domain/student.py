"""Quantiles of Student's t distribution.

Cornish and Fisher's expansion in 1/df (Abramowitz & Stegun 26.7.5) alone for many degrees of freedom; for fewer it is
where Newton's method begins, on the tail probability by the incomplete beta function (DLMF 8.17.22, evaluated as Lentz
does).
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

EXPANDED_FROM_DF = 1_000  # from here the expansion is right to 12 digits
MAX_STEPS = 200
TINY = 1e-300
EXACT = 1e-13


@lru_cache(maxsize=4_096)
def student_quantile(tail: float, df: float) -> float:
    """The t above which a share `tail` (below a half) of the distribution with `df` degrees of freedom lies."""
    t = _expanded(NormalDist().inv_cdf(1 - tail), df)
    if df >= EXPANDED_FROM_DF:
        return t
    for _ in range(MAX_STEPS):  # the tail is convex: each step comes from the left and never overshoots
        step = (_tail(t, df) - tail) / _density(t, df)
        t += step
        if abs(step) <= EXACT * t:
            break
    return t


def _expanded(z: float, df: float) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, 1))


def _density(t: float, df: float) -> float:
    scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    return math.exp(scale - (df + 1) / 2 * math.log1p(t * t / df))


def _tail(t: float, df: float) -> float:
    """P(T > t) for a positive t."""
    a, b, x = df / 2, 0.5, df / (df + t * t)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(t * t / (df + t * t))
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a / 2
    return (1 - front * _fraction(b, a, 1 - x) / b) / 2


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, MAX_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < EXACT:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
