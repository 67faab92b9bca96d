"""What a sample says of a rate or a mean, and of the difference between two, each with an interval.

Rates: Wilson's score interval (JASA 22, 1927) and Newcombe's hybrid of two of them for a difference (Statistics in
Medicine 17, 1998, method 10); both stay within bounds and hold near 0 and 1, where the usual normal interval fails.

Means: Student's interval, and Welch's (Biometrika 34, 1947) for a difference, which assumes no equal spread. Costs and
durations are skewed, and a bootstrap of the mean is no cure for that: with few sessions it is too narrow for the same
reason, it costs a thousand passes, and its answer depends on a seed. So the mean keeps Student's interval, Cochran's
rule (Sampling Techniques, 3rd edition, 1977, 2.15) says when there are too few sessions for it, and the median has an
interval by ranks (Conover, Practical Nonparametric Statistics, 3rd edition, 1999, 3.2) that needs no shape at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

from sojourn.domain.student import student_quantile

CONFIDENCE = 0.95
MIN_SAMPLE = 2  # of fewer nothing can be said about how far off they may be
COCHRAN = 25  # sessions for each unit of squared skewness, so that the interval misses at most 6 % instead of 5 %
MAX_EXACT_RANKS = 500  # of larger samples the ranks around the median are those of the normal distribution
Note = Literal["", "nothing_measured", "too_few", "all_equal", "skewed"]


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of `n` sessions something holds for."""

    hits: int
    n: int

    @property
    def estimate(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def note(self) -> Note:
        return "" if self.n >= MIN_SAMPLE else "too_few" if self.n else "nothing_measured"

    def interval(self, confidence: float = CONFIDENCE) -> Interval | None:
        return self._wilson(confidence) if self.n >= MIN_SAMPLE else None

    def difference(self, baseline: Rate, confidence: float = CONFIDENCE) -> Interval | None:
        """Of this rate minus the baseline's."""
        if min(self.n, baseline.n) < MIN_SAMPLE:
            return None
        own, other = self._wilson(confidence), baseline._wilson(confidence)
        p, q = self.hits / self.n, baseline.hits / baseline.n
        return Interval(
            p - q - math.hypot(p - own.low, other.high - q),
            p - q + math.hypot(own.high - p, q - other.low),
        )

    def _wilson(self, confidence: float) -> Interval:
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        p, n = self.hits / self.n, self.n
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        # Rounding must not put a rate of 0 or 1 outside of its own interval.
        return Interval(max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of `n` sessions. The same values in any order are the same sample."""

    n: int
    mean: float = 0.0
    deviation: float = 0.0
    skewness: float = 0.0
    median: float | None = None
    median_interval: Interval | None = None

    @property
    def estimate(self) -> float | None:
        return self.mean if self.n else None

    @property
    def needed(self) -> int:
        """So many sessions would do for the mean's interval, by the skewness that these have."""
        return math.ceil(COCHRAN * self.skewness**2)

    @property
    def note(self) -> Note:
        if self.n < MIN_SAMPLE:
            return "too_few" if self.n else "nothing_measured"
        if self.deviation == 0:
            return "all_equal"
        return "skewed" if self.n < self.needed else ""

    def interval(self, confidence: float = CONFIDENCE) -> Interval | None:
        if not self._has_spread:
            return None
        half = student_quantile((1 - confidence) / 2, self.n - 1) * self.deviation / math.sqrt(self.n)
        return Interval(self.mean - half, self.mean + half)

    def difference(self, baseline: Sample, confidence: float = CONFIDENCE) -> Interval | None:
        """Of this mean minus the baseline's."""
        if not (self._has_spread and baseline._has_spread):
            return None
        own, other = self.deviation**2 / self.n, baseline.deviation**2 / baseline.n
        df = (own + other) ** 2 / (own**2 / (self.n - 1) + other**2 / (baseline.n - 1))
        half = student_quantile((1 - confidence) / 2, df) * math.sqrt(own + other)
        return Interval(self.mean - baseline.mean - half, self.mean - baseline.mean + half)

    @property
    def _has_spread(self) -> bool:
        """Equal values tell nothing of how different others may be: no interval is better than one without width."""
        return self.n >= MIN_SAMPLE and self.deviation > 0


def sample_of(values: Sequence[float]) -> Sample:
    n = len(values)
    if n == 0:
        return Sample(0)
    ranked = sorted(values)
    median = (ranked[(n - 1) // 2] + ranked[n // 2]) / 2
    around = _ranks_around_median(n)
    of_median = Interval(ranked[around - 1], ranked[n - around]) if around else None
    if ranked[0] == ranked[-1]:
        return Sample(n, ranked[0], median=median, median_interval=of_median)
    mean = math.fsum(ranked) / n
    squares = math.fsum((value - mean) ** 2 for value in ranked)
    if squares == 0:  # they differ by less than can be squared
        return Sample(n, mean, median=median, median_interval=of_median)
    unit = math.sqrt(squares / n)
    skewness = math.fsum(((value - mean) / unit) ** 3 for value in ranked) / n
    return Sample(n, mean, math.sqrt(squares / (n - 1)), skewness, median, of_median)


@lru_cache(maxsize=1_024)
def _ranks_around_median(n: int) -> int:
    """The r for which the r-th smallest and the r-th largest enclose the median; 0 if there are too few values."""
    miss = (1 - CONFIDENCE) / 2
    if n > MAX_EXACT_RANKS:
        return math.floor((n - NormalDist().inv_cdf(1 - miss) * math.sqrt(n)) / 2)
    below, r = 0, 0
    while (below + math.comb(n, r)) / 2**n <= miss:
        below += math.comb(n, r)
        r += 1
    return r
