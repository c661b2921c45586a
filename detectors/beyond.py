"""What is left of readings that a history no longer holds one by one: a stream fills its newest 64 in minutes."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from detectors.observations import Reading
from detectors.times import MINUTE, Millis

BUCKET: Final = 15 * MINUTE

KEPT_VITALS: Final = (
    "spo2_tenths",
    "pulse_per_min",
    "respirations_per_min",
    "temperature_tenths",
    "systolic_mmhg",
    "consciousness",
    "on_oxygen",
)
"""The newest reading of each is kept: NEWS2 needs a blood pressure of 30 minutes ago."""

Newest = dict[str, Reading]
"""Vital -> the newest reading that has it."""

Stair = list[tuple[int, Millis]]
"""Running minima from the right: (value, newest time at or below it), rising in both."""


class Bucket(Struct, gc=False):
    """A quarter of an hour of SpO2 at rest on air, in tenths."""

    number: int  # quarters of an hour since 1970
    count: int
    least: int
    most: int
    total: int


class Beyond:
    """Readings in order, in few values: of today, of 72 hours, and the newest of each vital sign."""

    __slots__ = ("buckets", "newest", "rest_stair", "spo2_today", "stair", "temperature_today")

    def __init__(self) -> None:
        self.newest: Newest = {}
        self.stair: Stair = []
        self.rest_stair: Stair = []  # at rest on air
        self.buckets: list[Bucket] = []
        self.spo2_today: dict[int, int] = {}  # at rest on air: value -> how often
        self.temperature_today: dict[int, int] = {}

    def add(self, readings: list[Reading], today: Millis) -> None:
        """The readings are later than those before; today's begin at `today`."""
        note_newest(self.newest, readings)
        for reading in readings:
            spo2, celsius, is_today = reading.spo2_tenths, reading.temperature_tenths, reading.at >= today
            if spo2 is not None:
                _descend(self.stair, spo2, reading.at)
                if not reading.on_oxygen and not reading.after_activity:
                    _descend(self.rest_stair, spo2, reading.at)
                    if is_today:
                        self.spo2_today[spo2] = self.spo2_today.get(spo2, 0) + 1
            if celsius is not None and is_today:
                self.temperature_today[celsius] = self.temperature_today.get(celsius, 0) + 1
        add_to_buckets(self.buckets, readings)

    def forget(self, until: Millis) -> None:
        """Only what happened later than this is left, and nothing is of today."""
        self.spo2_today, self.temperature_today = {}, {}
        self.buckets = [bucket for bucket in self.buckets if bucket.number > until // BUCKET]
        self.newest = {vital: reading for vital, reading in self.newest.items() if reading.at > until}
        for stair in (self.stair, self.rest_stair):
            stair[:] = [step for step in stair if step[1] > until]

    @property
    def is_empty(self) -> bool:
        """Nothing is left."""
        return not self.newest and not self.buckets and not self.stair

    def below(self, limit: int, stair: Stair) -> Millis | None:
        """The last time that was below a limit."""
        index = bisect.bisect_left(stair, (limit,)) - 1
        return None if index < 0 else stair[index][1]


def note_newest(newest: Newest, readings: Iterable[Reading]) -> None:
    """These readings, in order, are later than those noted."""
    for reading in readings:
        if reading.spo2_tenths is not None:
            newest["spo2_tenths"] = reading
        if reading.pulse_per_min is not None:
            newest["pulse_per_min"] = reading
        if reading.temperature_tenths is not None:
            newest["temperature_tenths"] = reading
        if reading.respirations_per_min is not None:
            newest["respirations_per_min"] = reading
        if reading.systolic_mmhg is not None:
            newest["systolic_mmhg"] = reading
        if reading.consciousness is not None:
            newest["consciousness"] = reading
        if reading.on_oxygen is not None:
            newest["on_oxygen"] = reading


def add_to_buckets(buckets: list[Bucket], readings: Iterable[Reading]) -> None:
    """These readings, in order, are later than those in the buckets."""
    last = buckets[-1] if buckets else None
    for reading in readings:
        spo2 = reading.spo2_tenths
        if spo2 is None or reading.on_oxygen or reading.after_activity:
            continue
        number = reading.at // BUCKET
        if last is None or last.number != number:
            last = Bucket(number, 1, spo2, spo2, spo2)
            buckets.append(last)
            continue
        last.count += 1
        last.total += spo2
        if spo2 < last.least:
            last.least = spo2
        elif spo2 > last.most:
            last.most = spo2


def _descend(stair: Stair, value: int, at: Millis) -> None:
    while stair and stair[-1][0] >= value:
        stair.pop()
    stair.append((value, at))
