"""What a rule may look back on: a bounded summary of a resident's timeline up to one moment.

It is a pure function of the profile and of the elements up to `at`: built in
order or rebuilt from the store at any cut, it answers the same (a test holds
it to that). Bounds, after docs/engine-semantics.md: the newest 64 readings of
72 hours, quarter-hour buckets of 72 hours, 12 check-ins that said something
of 72 hours, 8 tests of 14 days, day summaries of 35 days. Sparse
homes measure twice a day, so 72 hours and not 30 minutes; a wearable fills 64
readings in a minute, so a staircase of running minima answers "last time
below a limit" where the readings no longer reach.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from detectors.days import RAW_COUNT, TEST_COUNT, DaySummary, Where, highest_news2, median
from detectors.observations import CheckIn, Element, Presence, Reading, TestResult
from detectors.profile import Profile
from detectors.times import DAY, HOUR, MINUTE, NEVER, Millis

if TYPE_CHECKING:
    from detectors.gate import Gate

RAW_AGE: Final = 72 * HOUR
BUCKET: Final = 15 * MINUTE
BUCKET_COUNT: Final = RAW_AGE // BUCKET
ANSWER_COUNT: Final = 12
TEST_AGE: Final = 14 * DAY
SUMMARY_DAYS: Final = 35
BASELINE_GAP_DAYS: Final = 8  # D-35..D-8: nothing within the late horizon of 7 days can move a baseline
BASELINE_LEAST_DAYS: Final = 7

KEPT_VITALS: Final = (
    "spo2_tenths",
    "pulse_per_min",
    "respirations_per_min",
    "temperature_tenths",
    "systolic_mmhg",
    "consciousness",
    "on_oxygen",
)
"""The newest reading of each is kept apart: NEWS2 needs a blood pressure of 30 minutes ago."""


class Bucket(Struct, gc=False):
    """A quarter of an hour of SpO2 at rest on air, in tenths."""

    number: int  # quarters of an hour since 1970
    count: int
    least: int
    most: int
    total: int


Stair = list[tuple[int, Millis]]
"""Running minima from the right: (value, newest time at or below it), rising in both."""


class History:
    """The view a detector judges: `element` is what just happened, None at a due time."""

    __slots__ = (
        "_baseline",
        "_day_begins",
        "_day_ends",
        "_day_of",
        "_spo2_today",
        "_temperature_today",
        "answers",
        "at",
        "buckets",
        "checked_at",
        "day",
        "days",
        "element",
        "gate",
        "latest",
        "memo",
        "newest",
        "presence",
        "presence_at",
        "profile",
        "raw",
        "rest_stair",
        "stair",
        "tests",
        "unquiet_at",
        "where",
    )

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.at: Millis = 0
        self.element: Element | None = None
        self.memo: dict[object, object] = {}  # what detectors worked out about this moment, for each other
        self.latest: Reading | None = None  # the element, when it is a reading that may be judged
        self.raw: list[Reading] = []
        self.newest: dict[str, Reading] = {}
        self.stair: Stair = []
        self.rest_stair: Stair = []
        self.buckets: list[Bucket] = []
        self.days: dict[int, DaySummary] = {}
        self.day = -1
        self.checked_at: Millis = -NEVER
        self.presence: Presence = "in"
        self.presence_at: Millis = -NEVER
        self.answers: list[CheckIn] = []
        self.tests: list[TestResult] = []
        self.where = Where()
        self.unquiet_at: Millis = -NEVER
        self._spo2_today: dict[int, int] = {}
        self._temperature_today: dict[int, int] = {}
        self._day_begins = self._day_ends = 0  # `day`, as `_day_of` counts days
        self._day_of: Profile | None = None
        self.gate: Gate | None = None  # of this day and profile
        self._baseline: tuple[int, Profile, tuple[int | None, int | None]] | None = None

    # ------------------------------------------------------------ growing

    def add(self, element: Element) -> None:
        """The element has happened; it is later than everything added before."""
        at = self.at = element.at
        self.element = element
        self.memo.clear()
        if not self._day_begins <= at < self._day_ends or self._day_of is not self.profile:
            self._see_day(at)
        if type(element) is Reading:
            if element.doubt:
                self.newest["doubt"] = element  # also one that is not judged: it may be all the evidence there is
            if element.is_quarantined:
                self.latest = None
                return
            self.latest = element
            self.checked_at = at
            self._add_reading(element)
            return
        self.latest = None
        if type(element) is CheckIn:
            self.checked_at = at
            self.presence, self.presence_at = element.presence, at
            self.where.hears(element)
            if element.symptoms is not None or element.soft_signs is not None:
                self.answers.append(element)
                del self.answers[:-ANSWER_COUNT]
        elif type(element) is TestResult:
            self.hear_of(element)

    def hear_of(self, test: TestResult) -> None:
        """The test is the newest."""
        self.tests.append(test)
        del self.tests[:-TEST_COUNT]

    def pass_time(self, at: Millis) -> None:
        """A due time has come: nothing was observed."""
        self.at, self.element, self.latest = at, None, None
        self.memo.clear()

    def _add_reading(self, reading: Reading) -> None:
        raw = self.raw
        raw.append(reading)
        if len(raw) > 4 * RAW_COUNT:
            del raw[:-RAW_COUNT]
        newest = self.newest
        if (spo2 := reading.spo2_tenths) is not None:
            newest["spo2_tenths"] = reading
            _descend(self.stair, spo2, reading.at)
            if reading.is_at_rest_on_air:
                _descend(self.rest_stair, spo2, reading.at)
                today = self._spo2_today
                today[spo2] = today.get(spo2, 0) + 1
                self._add_to_bucket(spo2, reading.at)
        if (celsius := reading.temperature_tenths) is not None:
            newest["temperature_tenths"] = reading
            temperatures = self._temperature_today
            temperatures[celsius] = temperatures.get(celsius, 0) + 1
        if reading.pulse_per_min is not None:
            newest["pulse_per_min"] = reading
        if reading.respirations_per_min is not None:
            newest["respirations_per_min"] = reading
        if reading.systolic_mmhg is not None:
            newest["systolic_mmhg"] = reading
        if reading.consciousness is not None:
            newest["consciousness"] = reading
        if reading.on_oxygen is not None:
            newest["on_oxygen"] = reading

    def _add_to_bucket(self, spo2: int, at: Millis) -> None:
        number, buckets = at // BUCKET, self.buckets
        if buckets and buckets[-1].number == number:
            bucket = buckets[-1]
            bucket.count += 1
            bucket.total += spo2
            bucket.least = min(bucket.least, spo2)
            bucket.most = max(bucket.most, spo2)
            return
        buckets.append(Bucket(number, 1, spo2, spo2, spo2))
        if buckets[0].number <= number - BUCKET_COUNT:
            self._forget(at)

    def _forget(self, at: Millis) -> None:
        """Drops what no question reaches any more."""
        self.buckets[:] = [bucket for bucket in self.buckets if bucket.number > at // BUCKET - BUCKET_COUNT]
        for stair in (self.stair, self.rest_stair):
            stair[:] = [step for step in stair if step[1] > at - RAW_AGE]
        # In place: a caller that is just adding a reading holds these lists.
        self.raw[:] = [reading for reading in self.raw if reading.at > at - RAW_AGE]
        for vital in [vital for vital, reading in self.newest.items() if reading.at <= at - RAW_AGE]:
            del self.newest[vital]

    def _see_day(self, at: Millis) -> None:
        """The local day of a moment is today, and its bounds are known."""
        profile = self._day_of = self.profile
        self.gate = None
        day = profile.day_of(at)
        self._day_begins, self._day_ends = profile.midnight(day), profile.midnight(day + 1)
        if day != self.day:
            self._turn(day)

    def _turn(self, day: int) -> None:
        """A new local day begins: yesterday becomes a summary."""
        if self.day >= 0 and (self._spo2_today or self._temperature_today):
            self.days[self.day] = self._day_so_far()
        self.day, self._spo2_today, self._temperature_today, self._baseline = day, {}, {}, None
        for old in [old for old in self.days if old < day - SUMMARY_DAYS]:
            del self.days[old]
        self._forget(self.at)

    def _day_so_far(self) -> DaySummary:
        begin = self.profile.midnight(self.day)
        readings: list[Reading] = []
        for reading in reversed(self.raw):
            if reading.at < begin or len(readings) == RAW_COUNT:
                break
            readings.append(reading)
        return DaySummary(
            median(self._spo2_today),
            median(self._temperature_today),
            temperature_highest=max(self._temperature_today, default=None),
            news2_highest=highest_news2(readings),
        )

    # ------------------------------------------------------------ asking

    def recent(self, within: Millis = RAW_AGE) -> Iterator[Reading]:
        """Judged readings, newest first, at most 64, none older than `within` (inclusive) nor 72 h."""
        raw, since = self.raw, self.at - min(within, RAW_AGE - 1)
        for index in range(len(raw) - 1, max(-1, len(raw) - 1 - RAW_COUNT), -1):
            if raw[index].at < since:
                return
            yield raw[index]

    def newest_within(self, vital: str, within: Millis) -> Reading | None:
        """The newest reading that has this vital, none older than `within`."""
        reading = self.newest.get(vital)
        return reading if reading is not None and self.at - reading.at <= within else None

    def present_now(self) -> Presence:
        """Where the resident is, as last stated within 35 days; `in` when nobody said."""
        return self.presence if self.at - self.presence_at <= SUMMARY_DAYS * DAY else "in"

    def answers_within(self, within: Millis) -> Iterator[CheckIn]:
        """Check-ins that said something of symptoms or soft signs, newest first, at most 12 of 72 h."""
        since = self.at - min(within, RAW_AGE - 1)
        for answer in reversed(self.answers):
            if answer.at < since:
                return
            yield answer

    def tests_within(self, within: Millis) -> Iterator[TestResult]:
        """Tests, newest first, at most 8 of 14 days."""
        since = self.at - min(within, TEST_AGE - 1)
        for test in reversed(self.tests):
            if test.at < since:
                return
            yield test

    def returned_within(self, within: Millis) -> Millis | None:
        """When the resident came back from a hospital they were said to be in during the last 35 days."""
        stay, back = self.where.hospital_at, self.where.in_at
        if stay is None or back is None or self.at - stay > SUMMARY_DAYS * DAY or self.at - back > within:
            return None
        return back

    @property
    def is_back_from_hospital(self) -> bool:
        """Somebody was said to be in hospital in the last 35 days, and came back."""
        return self.where.hospital_at is not None and self.returned_within(SUMMARY_DAYS * DAY) is not None

    def says_nothing(self, check_in: CheckIn) -> bool:
        """The newest element finds nothing in somebody who was here before and not infected: no rule need look."""
        if check_in.symptoms or check_in.soft_signs or self.where.in_at == check_in.at or self.is_back_from_hospital:
            return False
        return all(test.result != "positive" for test in self.tests_within(TEST_AGE))

    def has_held(self, counts: Callable[[Reading], bool], stair: Stair, limit: int, lasting: Millis) -> bool:
        """Every reading that counts is at or above `limit` since `lasting` or longer, and they are at least two."""
        number = 0
        for reading in self.recent():
            if not counts(reading):
                continue
            if reading.spo2_tenths is None or reading.spo2_tenths < limit:
                return False
            number += 1
            if number >= 2 and self.at - reading.at >= lasting:
                return True
        if number < RAW_COUNT // 2:
            return False  # sparse: the first good reading must itself be that old
        index = bisect.bisect_left(stair, (limit,)) - 1  # dense: the readings do not reach back far enough
        return index < 0 or self.at - stair[index][1] >= lasting

    def quarters(self) -> Iterator[Bucket]:
        """The quarter hours of the last 72 h with SpO2 at rest on air, oldest first."""
        first = self.at // BUCKET - BUCKET_COUNT
        return (bucket for bucket in self.buckets if bucket.number > first)

    def days_of_baseline(self) -> list[DaySummary]:
        """What is known of D-35..D-8: nothing that may still arrive late can move them."""
        today = self.profile.day_of(self.at)
        if self.day != today:
            self._turn(today)  # a due time on a day without a reading
        first, last = today - SUMMARY_DAYS, today - BASELINE_GAP_DAYS
        return [summary for day, summary in self.days.items() if first <= day <= last]

    def baseline(self) -> tuple[int | None, int | None]:
        """The resident's usual (SpO2, temperature) in tenths, fixed for a local day and profile.

        Median of the daily medians of D-35..D-8, at least 7 of them; before
        that SpO2 is the registry's usual value and temperature is None.
        """
        profile = self.profile
        today = profile.day_of(self.at) if self.element is None else self.day  # an element has made its day today
        if self._baseline is None or self._baseline[0] != today or self._baseline[1] is not profile:
            days = self.days_of_baseline()
            spo2 = _middle([day.spo2_median for day in days])
            temperature = _middle([day.temperature_median for day in days])
            self._baseline = (today, profile, (profile.usual_spo2_tenths if spo2 is None else spo2, temperature))
        return self._baseline[2]


def _middle(medians: list[int | None]) -> int | None:
    known = sorted(value for value in medians if value is not None)
    return known[(len(known) - 1) // 2] if len(known) >= BASELINE_LEAST_DAYS else None


def _descend(stair: Stair, value: int, at: Millis) -> None:
    while stair and stair[-1][0] >= value:
        stair.pop()
    stair.append((value, at))
