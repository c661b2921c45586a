"""Laws 2 and 3 for what facilities wrote down in a week: whatever order it arrives in, the same findings."""

from __future__ import annotations

import random

import pytest

from detectors.observations import TestResult
from detectors.profile import Profile
from detectors.times import DAY, HOUR, MINUTE, Millis
from detectors.weekly.engine import Heard, WeekEngine
from detectors.weekly.week import Check, StaffMember
from streams.catalogue import national
from tests.laws.histories import at

FACILITIES = ("F-1", "F-2", "F-3")
PROFILE = Profile()
Row = tuple[str, Heard]


def made(rng: random.Random) -> tuple[list[Row], list[tuple[str, Heard, Millis, str, bool]]]:
    """Three weeks of three small homes in which much goes wrong, and corrections of it."""
    rows: list[Row] = []
    corrections = []
    sheet: list[tuple[int, int, int]] = []
    for day in range(21):
        for facility in FACILITIES:
            habit = rng.choice(("honest", "honest", "alike", "yesterday", "as_theirs", "silent"))
            for n in range(8):
                values = (rng.randint(94, 99) * 10, rng.randint(60, 90), rng.randint(360, 369))
                values = {"alike": (970, 72, 365), "yesterday": (960 + n, 70, 366)}.get(habit, values)
                if habit == "as_theirs" and n < len(sheet):
                    values = sheet[n]
                elif habit == "honest":
                    sheet = [*sheet[-7:], values]
                if habit != "silent":
                    rows.append(_heard(rng, facility, day, f"R-{n}", values, n))
            if rng.random() < 0.3:
                rows.append(_said(facility, day, f"R-{rng.randint(0, 7)}", rng.choice(("hospital", "hospital", "in"))))
            if rng.random() < 0.3:
                when, made_id = at(day) + 12 * HOUR, f"t{facility}{day}"
                test = TestResult(when, made_id, "pcr", rng.choice(("negative", "positive")))
                rows.append((facility, Heard(when, made_id, "S-1", test)))
    for facility, one in rng.sample(rows, 40):
        corrections.append((facility, one, one.at + rng.randint(0, 3) * DAY, f"k{one.id}", rng.random() < 0.8))
    for facility, one in rng.sample(rows, 20):  # received again, with other content
        said = one.said
        if isinstance(said, Check):
            again = Heard(one.at, one.id, one.who, Check(one.at, one.id, one.who, said.day, 980, 75, 364), (1, 7))
            rows.append((facility, again))
    return rows, corrections


def _heard(rng: random.Random, facility: str, day: int, who: str, values: tuple[int, int, int], n: int) -> Row:
    when = at(day) + 7 * HOUR + n * MINUTE
    made_id = f"{facility}{day:02d}{who}"
    return facility, Heard(when, made_id, who, Check(when, made_id, who, PROFILE.day_of(when), *values), (5, 5))


def _said(facility: str, day: int, who: str, presence: str) -> Row:
    when = at(day) + 8 * HOUR
    return facility, Heard(when, f"p{facility}{day}{who}", who, presence)


def engine() -> WeekEngine:
    return WeekEngine(lambda place: ((PROFILE,), national()), lambda facility: (StaffMember("S-1", at(-10)),))


@pytest.mark.parametrize("seed", range(12))
def test_in_any_order_and_however_often_the_same_episodes(seed: int) -> None:
    rng = random.Random(seed)
    rows, corrections = made(rng)
    at_once, bit_by_bit = engine(), engine()
    for facility, one in rows:
        at_once.hear(facility, one)
    for facility, one, when, made_id, takes_back in corrections:
        at_once.correct(facility, (one.at, one.id), when, made_id, takes_back)
    touched = at_once.process((), at(22))
    steps = [("hear", one) for one in [*rows, *rng.sample(rows, 30)]] + [("correct", one) for one in corrections]
    rng.shuffle(steps)
    for kind, step in steps:
        if kind == "hear":
            bit_by_bit.hear(*step)  # type: ignore[misc]
        else:
            facility, one, when, made_id, takes_back = step  # type: ignore[misc]
            bit_by_bit.correct(facility, (one.at, one.id), when, made_id, takes_back)
        if rng.random() < 0.1:
            bit_by_bit.process((), at(rng.randint(0, 22)))
    bit_by_bit.process((), at(22))
    assert any(at_once.episodes(place) for place in touched)
    for place in touched:
        assert bit_by_bit.episodes(place) == at_once.episodes(place)
