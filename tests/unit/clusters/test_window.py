"""k within a few days, on both sides of each limit."""

from __future__ import annotations

import pytest

from detectors.clusters.counts import Count
from detectors.clusters.window import KInWindow, scaled_k
from tests.unit.clusters.making import START, daily


def test_the_kth_case_within_three_days_alarms_and_on_the_fourth_day_it_does_not() -> None:
    rule = KInWindow(k=2)
    assert [found.alarm for found in rule.judge_alone(daily(1, 0, 1))] == [False, False, True]
    assert [found.alarm for found in rule.judge_alone(daily(1, 0, 0, 1))] == [False] * 4


def test_the_limit_is_what_today_must_exceed() -> None:
    found = KInWindow(k=3).judge_alone(daily(1, 1, 0, 2, 0, 0))
    assert [one.limit for one in found] == [2.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    assert [one.alarm for one in found] == [False, False, False, True, False, False]


def test_days_are_days_of_the_calendar_whatever_rows_are_missing() -> None:
    assert not KInWindow(k=2).judge_alone([Count(START, 1), Count(START + 3, 1)])[-1].alarm
    assert KInWindow(k=2).judge_alone([Count(START, 1), Count(START + 2, 1)])[-1].alarm


@pytest.mark.parametrize(("residents", "k"), [(22, 2), (23, 3), (75, 3), (76, 4), (149, 4), (150, 5), (300, 6)])
def test_k_grows_with_the_unit(residents: int, k: int) -> None:
    assert KInWindow().k_of(residents) == k


def test_k_is_two_where_the_size_is_not_known_or_nobody_lives() -> None:
    assert KInWindow().k_of(None) == 2
    assert KInWindow().k_of(0) == 2


def test_a_county_of_millions_has_a_k_too() -> None:
    assert 4600 < scaled_k(4500.0, 0.005) < 4750
