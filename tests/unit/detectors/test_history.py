"""What a history answers: the same however it was built, and never more than its bounds."""

from __future__ import annotations

import gc
import random
import tracemalloc
from copy import copy
from itertools import pairwise
from uuid import UUID

from detectors.beyond import BUCKET
from detectors.days import RAW_COUNT
from detectors.fold import Folder
from detectors.history import History
from detectors.observations import CheckIn, Doubt, Element, Reading
from detectors.profile import Profile
from detectors.recent import RAW_AGE
from detectors.timeline import Timeline, key_of
from detectors.times import HOUR, MINUTE, SECOND
from streams.catalogue import national
from tests.laws.histories import Maker, at
from tests.laws.trial import asked_of
from tests.laws.worker import window_of


def history_of(elements: list[Element], profile: Profile | None = None) -> History:
    view = History(profile or Profile())
    for element in sorted(elements, key=key_of):
        view.add(element)
    return view


def daily(days: range, spo2: int, time: str = "08:00") -> list[Element]:
    return [Reading(at(day, time), f"{day:03d}-{spo2}", spo2) for day in days]


def test_built_in_order_or_rebuilt_at_any_cut_it_answers_the_same() -> None:
    cuts = 0
    for seed in range(14):
        maker = Maker(random.Random(seed))
        maker.history()
        known = maker.profiles()
        elements = [event for who, event in maker.events if who == "a" and isinstance(event, Element)]
        folder, timeline = Folder(known, national()), Timeline(elements)
        built = History(known[0])
        for element, key in zip(timeline.elements, timeline.keys, strict=True):
            built.profile = folder.profile_at(element.at)
            built.add(element)
            if cuts % 5 == 0:
                whole = timeline.history(folder, key)
                part = window_of(timeline, folder, key[0]).history(folder, key)
                built.baseline()  # asked before midnight or after: it makes no difference
                assert asked_of(built) == asked_of(whole) == asked_of(part)
            cuts += 1
    assert cuts > 1_000


def test_recent_readings_are_the_newest_64_of_72_hours() -> None:
    view = history_of([Reading(at(1) + i * SECOND, f"{i:04d}", 970) for i in range(200)])
    assert [one.id for one in view.recent()] == [f"{i:04d}" for i in range(199, 199 - RAW_COUNT, -1)]
    assert len(list(view.recent(10 * SECOND))) == 11, "the bound itself counts"
    view.pass_time(at(1) + 199 * SECOND + RAW_AGE - 1)
    assert [one.id for one in view.recent()] == ["0199"]
    view.pass_time(at(1) + 199 * SECOND + RAW_AGE)
    assert list(view.recent()) == []


def test_it_knows_the_last_time_at_or_below_any_limit() -> None:
    rng = random.Random(1)
    values = [rng.randint(850, 1_000) for _ in range(500)]
    view = history_of([Reading(at(1) + i * SECOND, f"{i:04d}", spo2) for i, spo2 in enumerate(values)])
    for limit in range(840, 1_010, 7):
        wanted = max((i for i, spo2 in enumerate(values) if spo2 < limit), default=None)
        found = view.last_below(limit, at_rest=True)
        assert (None if found is None else (found - at(1)) // SECOND) == wanted, limit


def test_having_held_takes_two_readings_and_the_time_between_them() -> None:
    def held(*readings: tuple[int, int]) -> bool:
        view = history_of([Reading(at(1) + when * SECOND, f"{when:04d}", spo2) for when, spo2 in readings])
        return view.has_held(950, MINUTE, at_rest=False)

    assert not held((0, 960))
    assert not held((0, 960), (59, 960))
    assert held((0, 960), (60, 960))
    assert held((0, 930), (1, 950), (61, 950))
    assert not held((0, 960), (30, 949), (60, 960))
    assert held((0, 930), *((i, 960) for i in range(1, 200)))
    assert not held(*((i, 960) for i in range(100)), (150, 949), *((i, 960) for i in range(151, 209)))


def test_a_baseline_is_the_median_of_seven_days_that_are_over_for_a_week() -> None:
    registered = Profile(usual_spo2_tenths=955)
    assert history_of(daily(range(6), 970) + daily(range(20, 21), 960), registered).baseline() == (955, None)
    assert history_of(daily(range(7), 970) + daily(range(20, 21), 960), registered).baseline() == (970, None)
    assert history_of(daily(range(7), 970) + daily(range(20, 21), 960)).baseline() == (970, None)
    on_the_edge = daily(range(1, 8), 970)
    assert history_of(on_the_edge + daily(range(15, 16), 960)).baseline() == (970, None), "the last is eight days ago"
    assert history_of(on_the_edge + daily(range(14, 15), 960)).baseline() == (None, None), "only six are"
    assert history_of(on_the_edge + daily(range(36, 37), 960)).baseline() == (970, None), "the first is 35 days ago"
    assert history_of(on_the_edge + daily(range(37, 38), 960)).baseline() == (None, None), "that one is forgotten"


def test_no_reading_within_the_late_horizon_moves_a_baseline() -> None:
    before = daily(range(20), 970)
    late = daily(range(13, 20), 800, "09:00")
    today = daily(range(20, 21), 960)
    assert history_of(before + today).baseline() == history_of(before + late + today).baseline()


def test_a_baseline_is_of_readings_at_rest_on_air() -> None:
    elements = daily(range(8), 970)
    elements += [Reading(at(day, "12:00"), f"o{day}", 880, on_oxygen=True) for day in range(8)]
    elements += [Reading(at(day, "13:00"), f"p{day}", 880, after_activity=True) for day in range(8)]
    elements += [Reading(at(day, "14:00"), f"q{day}", 880, doubt=int(Doubt.IMPOSSIBLE)) for day in range(8)]
    assert history_of(elements + daily(range(20, 21), 960)).baseline() == (970, None)
    timeline = Timeline(elements + daily(range(20, 21), 960))
    rebuilt = timeline.history(Folder((Profile(),), national()), timeline.keys[-1])
    assert rebuilt.baseline() == (970, None)


def test_where_somebody_is_counts_for_35_days() -> None:
    view = history_of([CheckIn(at(0), "c", "hospital")])
    view.pass_time(at(35))
    assert view.present_now() == "hospital"
    view.pass_time(at(35) + 1)
    assert view.present_now() == "in"


def test_the_newest_of_each_vital_outlives_the_64_readings() -> None:
    elements: list[Element] = [Reading(at(1), "pressure", systolic_mmhg=88)]
    elements += [Reading(at(1) + (i + 1) * SECOND, f"{i:04d}", 970) for i in range(300)]
    view = history_of(elements)
    assert "pressure" not in [one.id for one in view.recent()]
    pressure = view.newest_within("systolic_mmhg", 30 * MINUTE)
    assert pressure is not None
    assert pressure.id == "pressure"
    view.pass_time(at(1) + 30 * MINUTE + 1)
    assert view.newest_within("systolic_mmhg", 30 * MINUTE) is None


def test_a_history_stays_small() -> None:
    stream = [Reading(at(0) + i * 5 * MINUTE, str(UUID(int=i)), 940 + i % 60, 70) for i in range(60 * 288)]
    checks = [Reading(at(0) + i * 6 * HOUR, str(UUID(int=i)), 970, 72, 16, 366, None, 120, "A") for i in range(60 * 4)]
    for elements, most in ((stream, 80_000), (checks, 2_000)):
        history_of(elements)  # what is remembered for all residents is remembered now
        tracemalloc.start()
        view = history_of(list(map(copy, elements)))
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < most
        tracemalloc.stop()
        assert len(view.quarters()) <= RAW_AGE // BUCKET
        assert len(list(view.days)) <= 36


def test_a_local_day_may_have_23_or_25_hours() -> None:
    london = Profile(zone="Europe/London")
    days = [london.midnight(20_000 + day) for day in range(60)]
    lengths = {other - one for one, other in pairwise(days)}
    assert lengths == {24 * HOUR, 25 * HOUR}
    assert all(london.day_of(start) == 20_000 + day for day, start in enumerate(days))
    assert all(london.day_of(start - 1) == 20_000 + day - 1 for day, start in enumerate(days))
