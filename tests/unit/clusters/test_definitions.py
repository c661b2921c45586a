"""Real outbreaks meet the definitions on the day the rule says, whatever the order of arrival."""

from __future__ import annotations

import json
import random
from itertools import groupby
from pathlib import Path

import pytest

from detectors.clusters.counts import Count
from detectors.clusters.definitions import (
    DEFINITIONS,
    FIRST_CASE,
    SCALED,
    WASHINGTON,
    WISCONSIN,
    Onset,
    first_reached,
    met_at,
    new_cases,
)
from detectors.clusters.window import KInWindow
from detectors.times import DAY, HOUR
from tests.unit.clusters.making import START, rows_of

COLUMNS = {f"d_ge{k}_in{days}": (k, days) for k, days in [(2, 3), (2, 7), (2, 14), (3, 3), (3, 7), (3, 14), (5, 7)]}


def day_or_none(text: str) -> int | None:
    return None if text == "NA" else int(text)


@pytest.mark.parametrize("seed", range(5))
def test_each_real_care_home_outbreak_is_flagged_on_its_day_whatever_the_order(shared_data: Path, seed: int) -> None:
    folder = shared_data / "outbreak_bc_ltc"
    daily: dict[str, list[int]] = {}
    for row in rows_of(folder / "facility_daily_onsets.csv"):
        daily.setdefault(row["location"], []).extend([int(row["day"])] * int(row["onsets"]))
    expected = rows_of(folder / "expected_rule_days.csv")
    assert {row["location"] for row in expected} == set(daily)
    for row in expected:
        days = daily[row["location"]]
        random.Random(seed).shuffle(days)
        assert len(days) == int(row["total"])
        assert first_reached(days, 1, 1) == int(row["d_ge1"])
        for column, (k, window) in COLUMNS.items():
            assert first_reached(days, k, window) == day_or_none(row[column]), (row["location"], column)
        two = first_reached(days, 2, 14)
        assert two is not None
        assert sum(day <= two for day in days) == int(row["cases_before_ge2_in14"])


def test_k_in_window_finds_the_same_days(shared_data: Path) -> None:
    folder = shared_data / "outbreak_bc_ltc"
    expected = {row["location"]: row for row in rows_of(folder / "expected_rule_days.csv")}
    for location, run in groupby(rows_of(folder / "facility_daily_onsets.csv"), lambda row: row["location"]):
        counts = [Count(START + int(row["day"]), int(row["onsets"])) for row in run]
        for column, (k, days) in COLUMNS.items():
            found = KInWindow(k=k, days=days).judge_alone(counts)
            alarms = [count.day - START for count, one in zip(counts, found, strict=True) if one.alarm]
            assert (alarms[0] if alarms else None) == day_or_none(expected[location][column]), (location, column)


@pytest.mark.parametrize("seed", range(5))
def test_each_class_of_the_school_outbreak_is_flagged_on_its_day_whatever_the_order(
    shared_data: Path, seed: int
) -> None:
    folder = shared_data / "outbreak_linelists"
    rows = rows_of(folder / "norovirus_derbyshire_2001_school.csv")
    onsets = [
        Onset(int(row["start_illness"]) * DAY, f"p{number}", row["class"])
        for number, row in enumerate(rows)
        if row["start_illness"] != "0"
    ]
    random.Random(seed).shuffle(onsets)
    expected = json.loads((folder / "expected_clusters.json").read_text())["norovirus_derbyshire_2001"]
    for name, wanted in expected.items():
        assert sum(onset.unit == name for onset in onsets) == wanted["ill"]
        assert sum(row["class"] == name for row in rows) == wanted["pupils"]
        for k in (2, 3):
            found = first_reached([onset.at for onset in onsets if onset.unit == name], k, 72 * HOUR)
            assert (found and found // DAY) == wanted[f"first_ge{k}_in3_dayno"], (name, k)
    by_unit = {unit: at // DAY for unit, at in met_at(WISCONSIN, onsets).items()}
    wisconsin = {name: wanted["first_ge3_in3_dayno"] for name, wanted in expected.items()}
    assert {name: by_unit.get(name) for name in expected} == wisconsin


def test_a_second_onset_within_14_days_is_the_same_illness() -> None:
    assert len(new_cases([Onset(0, "r1"), Onset(14 * DAY - 1, "r1"), Onset(0, "r2")])) == 2
    assert len(new_cases([Onset(0, "r1"), Onset(14 * DAY, "r1")])) == 2
    assert met_at(WASHINGTON, [Onset(0, "r1"), Onset(HOUR, "r1")]) == {}


def test_onsets_72_hours_apart_are_too_far_and_a_millisecond_less_is_near_enough() -> None:
    assert met_at(WASHINGTON, [Onset(0, "r1"), Onset(72 * HOUR, "r2")]) == {}
    assert met_at(WASHINGTON, [Onset(72 * HOUR - 1, "r2"), Onset(0, "r1")]) == {"": 72 * HOUR - 1}


def test_units_are_counted_apart_and_the_facility_as_one() -> None:
    onsets = [Onset(0, "r1", "east"), Onset(1, "r2", "west"), Onset(2, "r3", "east"), Onset(3, "r4", "east")]
    assert met_at(FIRST_CASE, onsets) == {"": 0}
    assert met_at(WASHINGTON, onsets) == {"": 1}
    assert met_at(WISCONSIN, onsets) == {"east": 3}


def test_the_scaled_definition_asks_more_of_a_larger_unit() -> None:
    onsets = [Onset(0, "r1", "east"), Onset(1, "r2", "east"), Onset(2, "r3", "east")]
    assert met_at(SCALED, onsets, {"east": 22}) == {"east": 1}
    assert met_at(SCALED, onsets, {"east": 23}) == {"east": 2}
    assert met_at(SCALED, onsets, {"east": 76}) == {}
    assert met_at(SCALED, onsets) == {"east": 1}


def test_every_definition_names_its_source() -> None:
    assert all(one.source for one in DEFINITIONS.values())
