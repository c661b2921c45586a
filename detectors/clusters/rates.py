"""What each series usually has, learnt from its past and lent strength by the others.

A home of 20 has a case a month: its own past says little. Empirical Bayes
shrinks each home's rate towards that of the pool (Marshall 1991, Applied
Statistics 40:283), the more so the less the home itself has seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate

from msgspec import Struct

from detectors.clusters.counts import Series, step_of


class Seen(Struct, frozen=True):
    """Cases over an exposure, in resident-days; in series-days where no population is known."""

    cases: int
    exposure: float


class Pool(Struct, frozen=True):
    """The common rate of several series, and how much they truly differ."""

    rate: float  # cases per unit of exposure, never 0
    spread: float  # variance of the true rates between series; 0: none beyond chance

    def rate_of(self, seen: Seen) -> float:
        """The rate of one series: its own, shrunk towards the pool's.

        >>> Pool(0.002, 0.0).rate_of(Seen(9, 1000)), Pool(0.002, 1.0).rate_of(Seen(9, 1000))
        (0.002, 0.008999986000028)
        """
        if seen.exposure <= 0 or self.spread <= 0:
            return self.rate
        weight = self.spread / (self.spread + self.rate / seen.exposure)
        return self.rate + weight * (seen.cases / seen.exposure - self.rate)


def pool_of(members: Iterable[Seen]) -> Pool | None:
    """The pool of all series that reported, by the method of moments; None when none did.

    Without any case the rate is that of half a case (Jeffreys), so that it is never 0.
    """
    known = [member for member in members if member.exposure > 0]
    exposure = sum(member.exposure for member in known)
    if exposure <= 0:
        return None
    rate = max(0.5, sum(member.cases for member in known)) / exposure
    scatter = sum(member.exposure * (member.cases / member.exposure - rate) ** 2 for member in known) / exposure
    return Pool(rate, max(0.0, scatter - rate * len(known) / exposure))


class PastRates:
    """The expected cases of a row, from the days before it only.

    The days used end `guard_days` before the row, so that an outbreak that has
    just begun does not raise its own bar, and late reports change nothing.
    """

    def __init__(self, series: Mapping[str, Series], window_days: int, guard_days: int, least_days: int) -> None:
        self._window, self._guard, self._least = window_days, guard_days, least_days
        sized = all(counts[0].population is not None for counts in series.values() if counts)
        self._past = {name: _Past(counts, sized) for name, counts in series.items()}
        self._first = min((past.days[0] for past in self._past.values() if past.days), default=0)
        self._pools: dict[int, Pool | None] = {}

    def expected(self, name: str, row: int, day: int) -> float | None:
        """Cases to be expected in this row; None when there is not enough history."""
        pool = self._pool(day)
        exposure = self._past[name].exposure_of(row)
        if pool is None or exposure is None:
            return None
        return pool.rate_of(self._seen(self._past[name], day)) * exposure

    def _pool(self, day: int) -> Pool | None:
        if day not in self._pools:
            enough = day - self._guard - self._first >= self._least
            self._pools[day] = pool_of(self._seen(past, day) for past in self._past.values()) if enough else None
        return self._pools[day]

    def _seen(self, past: _Past, day: int) -> Seen:
        return past.between(day - self._guard - self._window, day - self._guard)


class _Past:
    """Running sums over the reported rows of a series."""

    def __init__(self, counts: Series, sized: bool) -> None:
        self._step = step_of(counts)
        self._sizes = [count.population if sized else 1 for count in counts]
        reported = [
            (count.day, count.cases, size * self._step)
            for count, size in zip(counts, self._sizes, strict=True)
            if count.cases is not None and size is not None
        ]
        self.days = [day for day, _, _ in reported]
        self._cases = list(accumulate((cases for _, cases, _ in reported), initial=0))
        self._exposure = list(accumulate((exposure for _, _, exposure in reported), initial=0))

    def exposure_of(self, row: int) -> int | None:
        size = self._sizes[row]
        return None if size is None else size * self._step

    def between(self, first: int, end: int) -> Seen:
        """What was seen from the day `first` up to, not including, `end`."""
        one, other = bisect_left(self.days, first), bisect_left(self.days, end)
        return Seen(self._cases[other] - self._cases[one], float(self._exposure[other] - self._exposure[one]))
