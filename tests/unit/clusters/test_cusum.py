"""Evidence piles up, alarms, and starts again; the usual rate comes from the past alone."""

from __future__ import annotations

from math import log

import pytest
from msgspec import structs

from detectors.clusters.counts import Count, Verdict
from detectors.clusters.cusum import Cusum, evidence
from detectors.clusters.rates import PastRates, Pool, Seen, pool_of
from tests.unit.clusters.making import START, daily

GIVEN = Cusum(rate_per_1000=1.5, h=6.0)  # a home of 54 expects 0.081 cases a day


def judged(counts: list[Count]) -> list[Verdict]:
    return GIVEN.judge({"a": counts})["a"]


def test_a_day_adds_its_log_likelihood_ratio_and_the_sum_stays_above_0() -> None:
    found = judged(daily(0, 1, 0, 2, population=54))
    after_one = log(4) - 0.243
    assert [one.statistic for one in found] == pytest.approx(
        [0, after_one, after_one - 0.243, after_one + 2 * log(4) - 0.486]
    )


def test_the_count_above_the_limit_and_none_below_pushes_the_sum_over_h() -> None:
    first = judged(daily(0, population=54))[0]
    assert first.limit == pytest.approx((6 + 0.243) / log(4))  # 4.503
    assert not judged(daily(4, population=54))[0].alarm
    five = judged(daily(5, population=54))[0]
    assert five.alarm
    assert five.statistic == pytest.approx(5 * log(4) - 0.243)


def test_after_an_alarm_the_sum_starts_again() -> None:
    found = judged(daily(5, 1, population=54))
    assert found[1].statistic == pytest.approx(log(4) - 0.243)


def test_a_day_without_a_report_leaves_the_sum_and_14_of_them_empty_it() -> None:
    start = Count(START, 3, 54)
    kept = judged([start, Count(START + 1, None, 54), Count(START + 14, 0, 54)])
    assert kept[1].statistic is None
    assert kept[2].statistic == pytest.approx(3 * log(4) - 2 * 0.243)
    assert judged([start, Count(START + 15, 0, 54)])[1].statistic == 0.0


def test_a_home_whose_size_is_not_known_is_not_judged_at_a_given_rate() -> None:
    assert judged(daily(9))[0].limit is None


def test_over_dispersed_days_count_for_less() -> None:
    poisson, scattered = evidence(0.5, 4.0, 0.0), evidence(0.5, 4.0, 1.0)
    assert scattered.per_case == pytest.approx(log(4 * 1.5 / 3))
    assert scattered.drift == pytest.approx(log(3 / 1.5))
    assert scattered.per_case < poisson.per_case
    assert evidence(0.5, 4.0, 1e-9).drift == pytest.approx(poisson.drift, rel=1e-6)


def test_homes_alike_have_the_rate_of_the_pool_and_homes_apart_keep_their_own() -> None:
    alike = pool_of([Seen(10, 1000), Seen(10, 1000)])
    assert alike == Pool(0.01, 0.0)
    # Marshall: scatter 0.01^2 less chance 0.02 * 2 / 2000; weight 8e-5 / (8e-5 + 2e-5) = 0.8
    apart = pool_of([Seen(10, 1000), Seen(30, 1000)])
    assert apart is not None
    assert apart.spread == pytest.approx(8e-5)
    assert apart.rate_of(Seen(30, 1000)) == pytest.approx(0.028)
    assert apart.rate_of(Seen(0, 0)) == pytest.approx(0.02)


def test_where_nobody_ever_fell_ill_the_rate_is_small_but_not_0() -> None:
    assert pool_of([Seen(0, 500), Seen(0, 500)]) == Pool(0.0005, 0.0)
    assert pool_of([Seen(0, 0)]) is None


def test_the_last_14_days_do_not_move_the_expected_count_and_the_day_before_them_does() -> None:
    days = [0, 1] * 30
    usual, after_outbreak, moved = (
        PastRates({"a": daily(*series, population=50)}, 56, 14, 7).expected("a", 59, START + 59)
        for series in (days, days[:45] + [9] * 14 + [1], days[:44] + [9] * 15 + [1])
    )
    assert usual is not None
    assert usual == after_outbreak
    assert moved is not None
    assert moved > usual


def test_the_estimated_chart_is_silent_for_three_weeks_and_then_finds_a_cluster() -> None:
    calm = [0, 0, 0, 1, 0, 0, 0] * 6
    counts = daily(*calm, 1, 2, 3, 4, population=54)
    found = Cusum(h=6).judge({"a": counts, "b": daily(*calm, 0, 0, 0, 0, population=54)})
    assert [one.limit is None for one in found["a"][:22]] == [True] * 21 + [False]
    assert [one.alarm for one in found["a"]] == [False] * 44 + [True, False]
    assert not any(one.alarm for one in found["b"])


def test_weekly_counts_expect_seven_days_worth() -> None:
    week = [Count(START + 7 * number, 7, 100) for number in range(20)]
    day = [Count(START + number, 1, 100) for number in range(140)]
    weekly = PastRates({"a": week}, 56, 14, 7).expected("a", 19, week[19].day)
    daily_one = PastRates({"a": day}, 56, 14, 7).expected("a", 133, day[133].day)
    assert weekly is not None
    assert weekly == pytest.approx(7.0)
    assert daily_one == pytest.approx(1.0)


def test_settings_move_the_limit() -> None:
    calm = {"a": daily(*[0, 1] * 30, population=54)}
    base = Cusum().judge(calm)["a"][-1].limit
    for change in ({"h": 7.0}, {"ratio": 5.0}, {"dispersion": 0.5}, {"window_days": 29}, {"guard_days": 15}):
        assert structs.replace(Cusum(), **change).judge(calm)["a"][-1].limit != base, change
