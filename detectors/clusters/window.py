"""k cases within a few days, k scaled by the size of the unit."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log
from typing import Annotated, Final

from msgspec import Meta

from detectors.clusters.counts import ClusterDetector, Periods, Positive, Series, Tail, Verdict, verdict

LEAST_K: Final = 2
"""Two illnesses within 72 hours are reported before any test (Washington State 2020)."""


class KInWindow(ClusterDetector, frozen=True):
    """At least k cases within `days` days, today included; needs no history.

    With k given it is that number. Without it, k follows the size: the least
    number from 2 up that chance alone reaches, at the usual rate, on at most
    `chance` of all days. A home of 20 has k = 2, of 54 k = 3, of 100 k = 4.
    A day nobody reported adds nothing, so it can only delay an alarm.
    """

    k: Annotated[int, Meta(ge=1)] | None = None  # cases; null: from the population, 2 where that is not known
    days: Periods = 3  # 72 hours: outbreak definitions of Wisconsin and Washington
    rate_per_1000: Positive = 1.5  # cases per 1,000 resident-days (assumed: order of respiratory illness in homes)
    chance: Tail = 0.005  # share of days on which chance may reach k (own choice)

    def judge_alone(self, counts: Series) -> list[Verdict]:
        """The verdicts on one series."""
        found, start, within = [], 0, 0
        for count in counts:
            while counts[start].day <= count.day - self.days:
                within -= counts[start].cases or 0
                start += 1
            limit = self.k_of(count.population) - 1 - within
            within += count.cases or 0
            found.append(verdict(float(within), float(limit), count.cases))
        return found

    def k_of(self, population: int | None) -> int:
        """The number of cases that makes a cluster in a unit or home of this size."""
        if self.k is not None:
            return self.k
        return (
            LEAST_K if population is None else scaled_k(population * self.days * self.rate_per_1000 / 1000, self.chance)
        )


@lru_cache(4096)
def scaled_k(expected: float, chance: float) -> int:
    """The least k >= 2 that a Poisson number with this mean reaches with at most this probability.

    >>> [scaled_k(residents * 3 * 0.0015, 0.005) for residents in (10, 20, 54, 100, 300)]
    [2, 2, 3, 4, 6]
    """
    k, below = 0, 0.0  # below: P(fewer than k)
    while k < LEAST_K or 1 - below > chance:
        below += _poisson(k, expected)
        k += 1
    return k


def _poisson(k: int, mean: float) -> float:
    """P(exactly k), by logarithms: the mean of a large county would underflow."""
    return exp(k * log(mean) - mean - lgamma(k + 1)) if mean > 0 else float(k == 0)
