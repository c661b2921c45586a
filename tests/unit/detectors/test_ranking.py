"""The ranking of a county in a wave: who is worsening fastest, and surely so."""

from __future__ import annotations

from math import log, sqrt

import pytest

from detectors.clusters.counts import Count
from detectors.ranking import Weeks, fastest, ranked, weeks_of


def home(name: str, before: int, recent: int, residents: int = 50, days: tuple[int, int] = (7, 7)) -> Weeks:
    return Weeks(name, residents, recent, before, *days)


def test_the_formula_is_the_factor_from_week_to_week_less_one_standard_error() -> None:
    one = home("F", 10, 40)
    assert one.worsening == pytest.approx(log(40.5 / 10.5) - sqrt(1 / 40.5 + 1 / 10.5))
    assert one.factor == pytest.approx(2.728, abs=0.001)


def test_few_cases_prove_little_and_falling_ones_come_last() -> None:
    homes = [home("few", 0, 2), home("many", 10, 40), home("falling", 40, 10), home("steady", 20, 20)]
    assert [one.home for one in ranked(homes)] == ["many", "few", "steady", "falling"]


def test_equal_ones_are_ranked_by_cases_per_resident_and_then_by_name() -> None:
    homes = [home("b", 4, 8), home("small", 4, 8, residents=20), home("a", 4, 8)]
    assert [one.home for one in ranked(homes)] == ["small", "a", "b"]


def test_a_week_that_was_hardly_reported_is_compared_by_the_day_and_an_unreported_one_not_at_all() -> None:
    assert home("half", 10, 10, days=(3, 7)).worsening > home("whole", 10, 10).worsening  # type: ignore[operator]
    silent = home("silent", 30, 0, days=(0, 7))
    assert silent.worsening is None
    assert silent.factor is None
    assert ranked([silent, home("falling", 40, 10)])[-1] == silent


def test_the_weeks_of_a_series_end_on_the_day_and_leave_unreported_days_out() -> None:
    counts = [Count(day, None if day in (4, 12) else day) for day in range(1, 17)]
    found = weeks_of("F", 50, counts, 15)
    assert (found.recent, found.recent_days) == (9 + 10 + 11 + 13 + 14 + 15, 6)
    assert (found.before, found.before_days) == (2 + 3 + 5 + 6 + 7 + 8, 6)


def test_the_fastest_are_named_with_both_weeks_and_who_has_no_new_case_is_not() -> None:
    homes = [home("F-1", 3, 21), home("F-2", 10, 40), home("F-3", 4, 0)]
    assert fastest(homes) == "F-1(3 -> 21) F-2(10 -> 40)"
    assert fastest([]) == "-"
