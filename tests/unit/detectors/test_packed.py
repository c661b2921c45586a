"""What is packed is unpacked as it was."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from detectors.days import DaySummary
from detectors.observations import Consciousness, Reading, Site
from detectors.packed import SPO2_MEDIAN, TEMPERATURE_HIGHEST, PackedDays, PackedReadings

small = st.none() | st.integers(0, 1_000)
readings = st.builds(
    Reading,
    at=st.integers(-(10**12), 10**13),
    id=st.uuids().map(str) | st.sampled_from(["", "a", "b" * 36, "00000000-0000-0000-0000-00000000000G", "A" * 60]),
    spo2_tenths=small,
    pulse_per_min=small,
    respirations_per_min=small,
    temperature_tenths=small,
    temperature_site=st.sampled_from([None, *get_args(Site)]),
    systolic_mmhg=small,
    consciousness=st.sampled_from([None, *get_args(Consciousness)]),
    on_oxygen=st.sampled_from([None, False, True]),
    after_activity=st.booleans(),
    continuous=st.booleans(),
    doubt=st.integers(0, 255),
)


@given(st.lists(readings, max_size=12), st.integers(0, 12), st.data())
def test_readings_come_back_as_they_were(made: list[Reading], forgotten: int, data: st.DataObject) -> None:
    made.sort(key=lambda reading: reading.at)
    packed = PackedReadings()
    for number, reading in enumerate(made):
        packed.append(reading)
        if number == forgotten:
            packed.forget(number)
    kept = made[forgotten if forgotten < len(made) else 0 :]
    assert len(packed) == len(kept)
    assert packed.since(-(10**14)) == kept
    if not kept:
        return
    assert packed.newest_at() == kept[-1].at
    moment = data.draw(st.sampled_from(kept)).at
    assert packed.since(moment) == [reading for reading in kept if reading.at >= moment]
    packed.forget_until(moment)
    assert packed.since(-(10**14)) == [reading for reading in kept if reading.at > moment]


@given(st.dictionaries(st.integers(20_000, 20_060), st.none() | st.integers(0, 1_000), max_size=20), st.data())
def test_days_answer_what_was_put_in(known: dict[int, int | None], data: st.DataObject) -> None:
    days = PackedDays()
    for day in data.draw(st.permutations(sorted(known))):
        days.put(day, DaySummary(spo2_median=known[day], temperature_highest=366))
    assert [day for day, _ in days] == sorted(known)
    first, last = data.draw(st.integers(19_990, 20_070)), data.draw(st.integers(19_990, 20_070))
    inside = [known[day] for day in sorted(known) if first <= day <= last]
    assert days.values(SPO2_MEDIAN, first, last) == [value for value in inside if value is not None]
    days.forget_before(first)
    assert days.values(TEMPERATURE_HIGHEST, 0, 30_000) == [366] * sum(day >= first for day in known)
