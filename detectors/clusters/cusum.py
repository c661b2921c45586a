"""A log-likelihood-ratio CUSUM per home: does evidence for an outbreak pile up?

Each day adds the log-likelihood ratio of "the rate is `ratio` times the usual"
against "it is the usual"; the sum never falls below 0. Standard library only:
a worker folds it day by day with `Chart.after`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log, log1p
from typing import Annotated

from msgspec import Meta, Struct

from detectors.clusters.counts import ClusterDetector, Lag, NotNegative, Periods, Positive, Series, Verdict, verdict
from detectors.clusters.rates import PastRates


class Chart(Struct, frozen=True):
    """Where the sum stands and when it last moved."""

    score: float = 0.0
    day: int | None = None  # the last day reported


class Evidence(Struct, frozen=True):
    """What a day can add: `per_case` for each case, less `drift` for the day."""

    per_case: float
    drift: float


def evidence(expected: float, ratio: float, dispersion: float) -> Evidence:
    """The log-likelihood ratio of a day, linear in its cases.

    Poisson for dispersion 0; else negative binomial with variance
    mean + dispersion * mean^2, which counts many cases on one day for less.

    >>> evidence(0.081, 4.0, 0.0)
    Evidence(per_case=1.3862943611198906, drift=0.243)
    """
    if dispersion <= 0:
        return Evidence(log(ratio), expected * (ratio - 1))
    common = log1p(dispersion * ratio * expected) - log1p(dispersion * expected)
    return Evidence(log(ratio) - common, common / dispersion)


class Cusum(ClusterDetector, frozen=True):
    """The sum exceeds `h`; then it starts again from 0.

    `h` is what a false-alarm budget allows (`sizao backtest solve`). The usual
    rate comes from the pool's past, or is given. A row that was not reported
    leaves the sum as it is; after `forgets_days` without a report it starts anew.
    """

    ratio: Annotated[float, Meta(gt=1)] = 4.0  # an outbreak's rate over the usual one (domain arithmetic)
    h: Positive = 6.0
    rate_per_1000: Positive | None = None  # cases per 1,000 resident-days; null: estimated from the past
    dispersion: NotNegative = 0.0  # variance = mean + dispersion * mean^2; 0 is Poisson
    window_days: Periods = 56  # of the past that the rate is learnt from (own choice)
    guard_days: Lag = 14  # before today that it is not: reports of cases may come 14 days late
    least_days: Periods = 7  # of the past before it says anything (own choice)
    forgets_days: Periods = 14  # without a report; as long as an outbreak needs to be over

    def judge(self, series: Mapping[str, Series]) -> dict[str, list[Verdict]]:
        """The verdicts on each row; the rate is pooled over all the series given."""
        rates = PastRates(series, self.window_days, self.guard_days, self.least_days)
        return {name: self._judge(counts, rates, name) for name, counts in series.items()}

    def _judge(self, counts: Series, rates: PastRates, name: str) -> list[Verdict]:
        chart, found = Chart(), []
        for row, count in enumerate(counts):
            if self.rate_per_1000 is None:
                expected = rates.expected(name, row, count.day)
            else:
                expected = self.given(count.population)
            chart, one = self.after(chart, count.day, count.cases, expected)
            found.append(one)
        return found

    def given(self, population: int | None, days: int = 1) -> float | None:
        """Cases to be expected at the given rate; None where population or rate is not known."""
        if population is None or self.rate_per_1000 is None:
            return None
        return population * days * self.rate_per_1000 / 1000

    def after(self, chart: Chart, day: int, cases: int | None, expected: float | None) -> tuple[Chart, Verdict]:
        """The chart after a day and what it says of it; days must come in order."""
        if expected is None or expected <= 0:
            return chart, verdict(None, None, cases)
        forgotten = chart.day is not None and day - chart.day > self.forgets_days
        score = 0.0 if forgotten else chart.score
        worth = evidence(expected, self.ratio, self.dispersion)
        limit = (self.h - score + worth.drift) / worth.per_case
        if cases is None:
            return chart, verdict(None, limit, None)
        reached = max(0.0, score + cases * worth.per_case - worth.drift)
        found = verdict(reached, limit, cases)
        return Chart(0.0 if found.alarm else reached, day), found
