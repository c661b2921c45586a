"""EARS agrees with the reference, and says nothing where it knows nothing."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from detectors.clusters.catalogue import detector_of
from detectors.clusters.counts import Count
from detectors.clusters.ears import Ears, EarsC2
from tests.unit.clusters.making import START, daily, rows_of


@pytest.mark.parametrize("step", [1, 7])
@pytest.mark.parametrize(
    ("detector", "column"),
    [
        (Ears(), "C1_3sd"),
        (EarsC2(), "C2_3sd"),
        (Ears(alpha=0.001), "C1"),
        (EarsC2(alpha=0.001), "C2"),
    ],
)
def test_every_row_of_the_reference_has_our_limit_and_our_alarm(
    shared_data: Path, detector: Ears, column: str, step: int
) -> None:
    rows = rows_of(shared_data / "outbreak_surveillance" / "ears_reference.csv")
    for name, run in groupby(rows, lambda row: row["series"]):
        wanted = list(run)
        counts = [Count(START + step * int(row["t"]), int(row["observed"])) for row in wanted]
        for row, found in zip(wanted, detector.judge_alone(counts), strict=True):
            where = f"{name} {row['t']}"
            if row[f"{column}_upper"] == "NA":
                assert found.limit is None, where
                assert not found.alarm, where
            else:
                assert found.limit == pytest.approx(float(row[f"{column}_upper"]), abs=1e-6, rel=1e-6), where
                assert found.alarm == (row[f"{column}_alarm"] == "1"), where


def test_the_limit_itself_is_no_alarm_and_one_case_more_is() -> None:
    quiet = [2, 2, 2, 4, 4, 4, 3]  # mean 3, spread exactly 1: limit 6
    at, above = (Ears().judge_alone(daily(*quiet, cases))[-1] for cases in (6, 7))
    assert (at.limit, at.statistic, at.alarm) == (6.0, 3.0, False)
    assert (above.limit, above.statistic, above.alarm) == (6.0, 4.0, True)


def test_without_spread_any_case_alarms_unless_min_sigma_gives_it_one() -> None:
    bare = Ears().judge_alone(daily(*[0] * 7, 1))[-1]
    soft = Ears(min_sigma=0.5).judge_alone(daily(*[0] * 7, 1))[-1]
    assert (bare.statistic, bare.limit, bare.alarm) == (None, 0.0, True)
    assert (soft.statistic, soft.limit, soft.alarm) == (2.0, 1.5, False)


def test_a_day_without_a_report_is_left_out_and_never_zero() -> None:
    blank = Ears().judge_alone(daily(5, 5, None, 5, 5, 5, 5, 5))[-1]
    absent = Ears().judge_alone([count for count in daily(5, 5, None, 5, 5, 5, 5, 5) if count.cases is not None])[-1]
    assert (blank.limit, blank.alarm) == (5.0, False)
    assert absent == blank


def test_two_days_without_a_report_are_borne_and_three_are_too_little_history() -> None:
    two = Ears().judge_alone(daily(5, None, None, 5, 6, 5, 5, 20))[-1]
    three = Ears().judge_alone(daily(5, None, None, None, 6, 5, 5, 20))[-1]
    assert two.alarm
    assert (three.limit, three.alarm) == (None, False)


def test_a_day_that_was_not_reported_is_not_judged_though_its_limit_is_known() -> None:
    found = Ears().judge_alone(daily(1, 0, 1, 0, 1, 0, 1, None))[-1]
    assert found.limit is not None
    assert (found.statistic, found.alarm) == (None, False)


def test_what_was_never_reported_before_the_series_began_is_no_history() -> None:
    found = Ears().judge_alone(daily(*[None] * 7, 3, *[1] * 5, 9))
    assert found[-1].limit is None


def test_settings_change_the_parameter_they_name() -> None:
    quiet = daily(0, 2, 0, 2, 0, 2, 0, 3)
    limits = [
        detector_of("ears_c1", settings).judge_alone(quiet)[-1].limit
        for settings in ([], ["z=2"], ["alpha=0.001"], ["baseline=5"], ["lag=1"], ["min_sigma=3"])
    ]
    assert len(set(limits)) == len(limits)
