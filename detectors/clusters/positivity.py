"""Are more tests positive than the past makes likely? A beta-binomial upper bound.

The right tool where the number of tests changes from day to day: ten positives
of a hundred tests and ten of a thousand are different news.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta, Struct
from scipy.special import betaln, gammaln

from detectors.clusters.counts import (
    Baseline,
    ClusterDetector,
    Count,
    Lag,
    Periods,
    Series,
    Tail,
    Verdict,
    verdict,
)

_CHUNK = 512


class Share(Struct, frozen=True):
    """A share of positives that is not known exactly: beta with this mean and concentration."""

    mean: float
    concentration: float  # tests its knowledge is worth


class Positivity(ClusterDetector, frozen=True):
    """`cases` are positives among `tests`; alarm above the 1 - alpha quantile of the past's prediction.

    The statistic is the share of positives. Days without a test are not judged
    and no part of the baseline. Silent until the baseline is full.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"tests"})

    alpha: Tail = 0.001  # chance of a false alarm a day
    baseline: Annotated[int, Meta(ge=3)] = 28  # periods
    lag: Lag = 2  # periods between baseline and today, as in EARS C2
    least_reported: Periods | None = None  # periods of the baseline; null: 7 in 10 (own choice)

    def judge_alone(self, counts: Series) -> list[Verdict]:
        """The verdicts on one series."""
        tested = [count if count.tests else Count(count.day, None) for count in counts]
        baseline = Baseline(tested, self.baseline, self.lag, self.least_reported)
        return [self._judge(count, baseline.before(row)) for row, count in enumerate(tested)]

    def _judge(self, count: Count, past: list[Count] | None) -> Verdict:
        if not count.tests:
            return verdict(None, None, None)
        limit = None if past is None else float(upper_bound(count.tests, share_of(past), self.alpha))
        return verdict(None if count.cases is None else count.cases / count.tests, limit, count.cases)


def share_of(past: list[Count]) -> Share:
    """The share of positives of the past: mean with Jeffreys' half case, scatter between days by moments."""
    cases, tests = [count.cases or 0 for count in past], [count.tests or 0 for count in past]
    total = sum(tests)
    mean = (sum(cases) + 0.5) / (total + 1)
    chi2 = sum(
        (positive - number * mean) ** 2 / (number * mean * (1 - mean))
        for positive, number in zip(cases, tests, strict=True)
    )
    # Williams 1982: the correlation within a day that makes Pearson's chi-squared equal its degrees of freedom.
    room = total - len(past)
    correlation = (chi2 - (len(past) - 1)) / room if room > 0 else 0.0
    scatter = 1 / correlation - 1 if 0 < correlation < 1 else float("inf")
    return Share(mean, min(total + 1.0, max(scatter, 1.0)))


def upper_bound(tests: int, share: Share, alpha: float) -> int:
    """The least number of positives that at most `alpha` of days exceed.

    >>> upper_bound(100, Share(0.02, 5000.0), 0.001)
    8
    """
    below, start = 0.0, 0
    while start <= tests:
        some = np.arange(start, min(start + _CHUNK, tests + 1))
        reached = below + np.cumsum(_mass(some, tests, share))
        enough = np.flatnonzero(reached >= 1 - alpha)
        if enough.size:
            return start + int(enough[0])
        below, start = float(reached[-1]), start + _CHUNK
    return tests


def _mass(positives: np.ndarray, tests: int, share: Share) -> np.ndarray:
    """Beta-binomial probabilities."""
    a, b = share.mean * share.concentration, (1 - share.mean) * share.concentration
    ways = gammaln(tests + 1) - gammaln(positives + 1) - gammaln(tests - positives + 1)
    mass: np.ndarray = np.exp(ways + betaln(positives + a, tests - positives + b) - betaln(a, b))
    return mass
