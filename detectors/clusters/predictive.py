"""How many cases the own past makes likely today: a negative-binomial upper bound.

For counties and cities. The past gives a rate with its uncertainty (gamma with
Jeffreys' half case), days scatter more than Poisson, and the bound is the
quantile of what they together predict (Riebler 2004, `algo.bayes` of the R
package surveillance, with over-dispersion by moments).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta, Struct
from scipy.stats import nbinom

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


class Prediction(Struct, frozen=True):
    """A negative-binomial count: variance = mean + mean^2 / size."""

    mean: float
    size: float

    @property
    def deviation(self) -> float:
        """Its standard deviation."""
        return float((self.mean + self.mean**2 / self.size) ** 0.5)


class NegativeBinomial(ClusterDetector, frozen=True):
    """Alarm above the 1 - alpha quantile of what the last `baseline` periods predict.

    With a population the rate is per resident. Silent until the baseline is full.
    """

    alpha: Tail = 0.001  # chance of a false alarm a day
    baseline: Annotated[int, Meta(ge=3)] = 28  # periods
    lag: Lag = 2  # periods between baseline and today, as in EARS C2
    least_reported: Periods | None = None  # periods of the baseline; null: 7 in 10 (own choice)

    def judge_alone(self, counts: Series) -> list[Verdict]:
        """The verdicts on one series."""
        baseline = Baseline(counts, self.baseline, self.lag, self.least_reported)
        predictions = [_predicted(baseline.before(row), count) for row, count in enumerate(counts)]
        limits = self._limits(predictions)
        return [
            _verdict(count, prediction, limit)
            for count, prediction, limit in zip(counts, predictions, limits, strict=True)
        ]

    def _limits(self, predictions: list[Prediction | None]) -> list[float | None]:
        known = [one for one in predictions if one is not None]
        size = np.array([one.size for one in known])
        mean = np.array([one.mean for one in known])
        found = iter(nbinom.ppf(1 - self.alpha, size, size / (size + mean)).tolist() if known else [])
        return [None if one is None else next(found) for one in predictions]


def _verdict(count: Count, prediction: Prediction | None, limit: float | None) -> Verdict:
    if prediction is None or count.cases is None:
        return verdict(None, limit, count.cases)
    return verdict((count.cases - prediction.mean) / prediction.deviation, limit, count.cases)


def _predicted(past: list[Count] | None, today: Count) -> Prediction | None:
    """What the past predicts for today, scaled to its population."""
    if past is None:
        return None
    sized = today.population is not None and all(count.population for count in past)
    weights = [float(count.population or 0) if sized else 1.0 for count in past]
    weight = float(today.population or 0) if sized else 1.0
    if weight <= 0:
        return None
    size = sum(count.cases or 0 for count in past) + 0.5
    rate = size / sum(weights)
    scatter = over_dispersion([count.cases or 0 for count in past], [rate * one for one in weights])
    return Prediction(rate * weight, 1 / (1 / size + scatter))


def over_dispersion(cases: list[int], means: list[float]) -> float:
    """By how much days scatter beyond Poisson: variance = mean + this * mean^2; never below 0.

    >>> over_dispersion([1, 1, 1, 1], [1.0] * 4), over_dispersion([0, 4, 0, 4], [2.0] * 4)
    (0.0, 0.625)
    """
    squares = sum((count - mean) ** 2 for count, mean in zip(cases, means, strict=True))
    by_chance = sum(means) * (len(cases) - 1) / len(cases)
    return max(0.0, (squares - by_chance) / sum(mean * mean for mean in means))
