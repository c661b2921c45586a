"""EARS C1 and C2: is today far above the last seven days?

For counts of a county or city. In one home they are wrong: after seven days
without a case the spread is 0 and any case alarms (domain arithmetic: 1,000 to
3,000 false alarms a day nationally); `min_sigma` softens that.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import Annotated

from msgspec import Meta

from detectors.clusters.counts import (
    Baseline,
    ClusterDetector,
    Count,
    Lag,
    NotNegative,
    Positive,
    Series,
    Tail,
    Verdict,
    verdict,
)


class Ears(ClusterDetector, frozen=True):
    """Mean and spread of the baseline, `lag` periods before; alarm above mean + z * spread.

    Formulae: `earsC` of the R package surveillance 1.26 (Hutwagner 2003); the
    spread has the denominator n - 1. Silent until the baseline is full.
    """

    baseline: Annotated[int, Meta(ge=3)] = 7  # periods; 3 is the least of the reference code
    lag: Lag = 0  # periods between baseline and the one judged: C1 0, C2 2
    z: Positive = 3.0  # spreads above the mean
    alpha: Tail | None = None  # instead of z: the normal tail beyond it; 0.001 is z = 3.09
    min_sigma: NotNegative = 0.0  # cases; the least spread
    least_reported: Annotated[int, Meta(ge=2)] | None = None  # periods of the baseline; null: 7 in 10 (own choice)

    def judge_alone(self, counts: Series) -> list[Verdict]:
        """The verdicts on one series."""
        baseline = Baseline(counts, self.baseline, self.lag, self.least_reported)
        return [self._judge(count, baseline.before(row)) for row, count in enumerate(counts)]

    def _judge(self, count: Count, past: list[Count] | None) -> Verdict:
        if past is None:
            return verdict(None, None, count.cases)
        mean, deviation = mean_and_deviation([one.cases or 0 for one in past])
        sigma = max(deviation, self.min_sigma)
        limit = mean + self._z() * sigma
        return verdict(_standardised(count.cases, mean, sigma), limit, count.cases)

    def _z(self) -> float:
        return self.z if self.alpha is None else NormalDist().inv_cdf(1 - self.alpha)


class EarsC2(Ears, frozen=True):
    """EARS with two periods between baseline and today, so that a slow rise does not hide itself."""

    lag: Lag = 2


def mean_and_deviation(values: list[int]) -> tuple[float, float]:
    """Mean and standard deviation (n - 1), from whole sums: equal values have exactly no spread.

    >>> mean_and_deviation([3, 3, 3])
    (3.0, 0.0)
    """
    number, total = len(values), sum(values)
    if number < 2:
        return float(total), 0.0
    squares = number * sum(value * value for value in values) - total * total
    return total / number, sqrt(squares / (number * (number - 1)))


def _standardised(cases: int | None, mean: float, sigma: float) -> float | None:
    """Spreads above the mean; without any spread only the mean itself has a place."""
    if cases is None:
        return None
    if sigma > 0:
        return (cases - mean) / sigma
    return 0.0 if cases == mean else None
