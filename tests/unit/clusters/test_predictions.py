"""The upper bounds of negative-binomial counts and of positive tests are the quantiles they claim to be."""

from __future__ import annotations

import pytest
from scipy.stats import betabinom, nbinom

from detectors.clusters.counts import Count
from detectors.clusters.positivity import Positivity, Share, share_of, upper_bound
from detectors.clusters.predictive import NegativeBinomial
from tests.unit.clusters.making import START, daily


def test_without_scatter_the_bound_is_that_of_the_bayesian_predictive_count() -> None:
    past = [3] * 28
    found = NegativeBinomial(lag=0).judge_alone(daily(*past, 3))[-1]
    assert found.limit == nbinom.ppf(0.999, sum(past) + 0.5, 28 / 29)
    assert found.statistic == pytest.approx(-0.5 / 28 / (84.5 / 28 * (1 + 1 / 28)) ** 0.5)


@pytest.mark.parametrize("alpha", [0.001, 0.01])
def test_the_bound_is_the_least_that_chance_exceeds_on_at_most_alpha_of_days(alpha: float) -> None:
    past = [2, 0, 5, 1] * 7
    limit = NegativeBinomial(alpha=alpha, lag=0).judge_alone(daily(*past, 0))[-1].limit
    assert limit is not None
    assert [
        one.alarm
        for one in (
            NegativeBinomial(alpha=alpha, lag=0).judge_alone(daily(*past, int(limit) + more))[-1] for more in (0, 1)
        )
    ] == [False, True]
    poisson_like = nbinom.ppf(1 - alpha, sum(past) + 0.5, 28 / 29)
    assert limit > poisson_like  # days scatter beyond chance


def test_the_bound_follows_the_population() -> None:
    past = [Count(START + day, 4, 1000) for day in range(28)]
    half, same, unknown = (
        NegativeBinomial(lag=0).judge_alone([*past, Count(START + 28, 0, residents)])[-1].limit
        for residents in (500, 1000, None)
    )
    assert half is not None
    assert same is not None
    assert half < same == unknown


def test_the_newest_days_are_no_part_of_the_baseline() -> None:
    calm = [1, 2] * 14
    assert NegativeBinomial().judge_alone(daily(*calm, 90, 90, 8))[-1].alarm
    assert not NegativeBinomial(lag=0).judge_alone(daily(*calm, 90, 90, 8))[-1].alarm


@pytest.mark.parametrize(("tests", "share"), [(1, Share(0.1, 20)), (40, Share(0.05, 300)), (2000, Share(0.03, 50))])
def test_the_bound_of_positives_is_the_beta_binomial_quantile(tests: int, share: Share) -> None:
    a, b = share.mean * share.concentration, (1 - share.mean) * share.concentration
    for alpha in (0.05, 0.001):
        assert upper_bound(tests, share, alpha) == betabinom.ppf(1 - alpha, tests, a, b)


def test_more_positives_need_more_tests_to_be_usual() -> None:
    past = [Count(START + day, 2, None, 100) for day in range(28)]
    few, many = (Positivity(lag=0).judge_alone([*past, Count(START + 28, 20, None, n)])[-1] for n in (100, 1000))
    assert (few.statistic, few.alarm) == (0.2, True)
    assert (many.statistic, many.alarm) == (0.02, False)
    assert few.limit is not None
    assert many.limit is not None
    assert few.limit < many.limit


def test_scatter_between_days_widens_the_bound() -> None:
    even = share_of([Count(START, 10, None, 100)] * 28)
    uneven = share_of([Count(START, positives, None, 100) for positives in (0, 20)] * 14)
    assert even.concentration == 2801
    assert uneven.mean == even.mean
    assert uneven.concentration < 100


def test_a_day_without_tests_is_not_judged_and_no_day_of_the_past() -> None:
    past = [Count(START + day, 2, None, 100) for day in range(28)]
    for tests in (0, None):
        found = Positivity(lag=0).judge_alone([*past, Count(START + 28, 0, None, tests)])[-1]
        assert (found.statistic, found.limit, found.alarm) == (None, None, False)
    with_gap = [*past, Count(START + 28, 0, None, 0), Count(START + 29, 3, None, 100)]
    without = [*past, Count(START + 29, 3, None, 100)]
    assert Positivity(lag=0).judge_alone(with_gap)[-1] == Positivity(lag=0).judge_alone(without)[-1]
