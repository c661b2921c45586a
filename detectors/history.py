"""What a rule may look back on: a bounded summary of a resident's timeline up to one moment.

It is a pure function of the profile and of the elements up to `at`: built in
order or rebuilt from the store at any cut, it answers the same (a test holds
it to that). Bounds, after docs/engine-semantics.md: the newest 64 readings of
72 hours, quarter-hour buckets of 72 hours, 12 check-ins that said something
of 72 hours, 8 tests of 14 days, day summaries of 35 days. Sparse
homes measure twice a day, so 72 hours and not 30 minutes; a wearable fills 64
readings in a minute, so what lies beyond them is kept in summaries.

Most residents are well, and nobody asks: what can be worked out from the
readings is worked out when somebody does, and readings of earlier hours are
packed. A resident at four checks a day takes less than 2 kB.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING, Final

from detectors.beyond import BUCKET, KEPT_VITALS, Beyond, Bucket, Newest, add_to_buckets, note_newest
from detectors.days import RAW_COUNT, TEST_COUNT, DaySummary, Where, highest_news2, median
from detectors.observations import CheckIn, Element, Presence, Reading, TestResult
from detectors.packed import SPO2_MEDIAN, TEMPERATURE_MEDIAN, PackedDays, PackedReadings
from detectors.profile import Profile
from detectors.times import DAY, HOUR, NEVER, Millis

if TYPE_CHECKING:
    from detectors.gate import Gate

__all__ = ["BUCKET", "KEPT_VITALS", "Bucket", "History"]

RAW_AGE: Final = 72 * HOUR
BUCKET_COUNT: Final = RAW_AGE // BUCKET
ANSWER_COUNT: Final = 12
TEST_AGE: Final = 14 * DAY
SUMMARY_DAYS: Final = 35
BASELINE_GAP_DAYS: Final = 8  # D-35..D-8: nothing within the late horizon of 7 days can move a baseline
BASELINE_LEAST_DAYS: Final = 7

FRESH: Final = HOUR
"""Readings are packed when the next one comes later than this: a stream never is, and needs no unpacking."""

MOST_HELD: Final = 2 * RAW_COUNT
"""So many are held before the older half goes beyond them."""

_LONG_AGO: Final[Millis] = -NEVER


class History:
    """The view a detector judges: `element` is what just happened, None at a due time."""

    __slots__ = (
        "_baseline",
        "_baseline_day",
        "_baseline_of",
        "_beyond",
        "_day_begins",
        "_day_ends",
        "_day_of",
        "_fresh",
        "_newest_of",
        "_packed",
        "_seen",
        "_today_from",
        "_unpacked",
        "_was_unpacked",
        "answers",
        "at",
        "checked_at",
        "day",
        "days",
        "doubtful",
        "element",
        "gate",
        "kept",
        "latest",
        "memo",
        "presence",
        "presence_at",
        "profile",
        "tests",
        "unquiet_at",
        "where",
    )

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.at: Millis = 0
        self.element: Element | None = None
        self.memo: dict[object, object] = {}  # what detectors worked out about this moment, for each other
        self.kept: dict[object, object] = {}  # what they worked out about readings, until these are packed
        self.latest: Reading | None = None  # the element, when it is a reading that may be judged
        self.doubtful: Reading | None = None  # the newest in doubt, also when it is not judged: it may be all there is
        self.days = PackedDays()
        self.day = -1
        self.checked_at: Millis = _LONG_AGO
        self.presence: Presence = "in"
        self.presence_at: Millis = _LONG_AGO
        self.answers: tuple[CheckIn, ...] = ()
        self.tests: tuple[TestResult, ...] = ()
        self.where = Where()
        self.unquiet_at: Millis = _LONG_AGO
        self._packed = PackedReadings()  # readings of earlier hours, then
        self._fresh: list[Reading] = []  # those of this one; together at least the newest 64 of 72 hours
        self._unpacked: list[Reading] | None = None  # the packed ones, while somebody asks for them
        self._was_unpacked = False
        self._beyond: Beyond | None = None  # what is left of those before them
        self._newest_of: Newest | None = None  # of the first `_seen` fresh ones
        self._seen = 0
        self._day_begins = self._day_ends = 0  # `day`, as `_day_of` counts days
        self._day_of: Profile | None = None
        self._today_from: Millis = _LONG_AGO  # readings from here on are of `day`
        self.gate: Gate | None = None  # of this day and profile
        self._baseline: tuple[int | None, int | None] = (None, None)
        self._baseline_day = -1
        self._baseline_of: Profile | None = None

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
                self.doubtful = element
                if element.is_quarantined:
                    self.latest = None
                    return
            self.latest = element
            self.checked_at = at
            fresh = self._fresh
            if fresh and (at - fresh[-1].at > FRESH or len(fresh) >= MOST_HELD):
                self._settle(at)
            fresh.append(element)
            return
        self.latest = None
        if type(element) is CheckIn:
            self.checked_at = at
            self.presence, self.presence_at = element.presence, at
            self.where.hears(element)
            if element.symptoms is not None or element.soft_signs is not None:
                self.answers = (*self.answers, element)[-ANSWER_COUNT:]
        elif type(element) is TestResult:
            self.hear_of(element)

    def hear_of(self, test: TestResult) -> None:
        """The test is the newest."""
        self.tests = (*self.tests, test)[-TEST_COUNT:]

    def pass_time(self, at: Millis) -> None:
        """A due time has come: nothing was observed."""
        self.at, self.element, self.latest = at, None, None
        self.memo.clear()

    def _settle(self, at: Millis) -> None:
        """Fresh readings are packed when they are of an earlier hour; too many of them all are let go."""
        fresh, packed = self._fresh, self._packed
        if at - fresh[-1].at > FRESH:
            for reading in fresh:
                packed.append(reading)
            if self._unpacked is not None:
                # Kept from reading to reading while somebody asks, else only when somebody does.
                self._unpacked = [*self._unpacked, *fresh] if self._was_unpacked else None
                self._was_unpacked = False
            fresh.clear()
            self._newest_of = None
            self.kept.clear()
        over = len(packed) + len(fresh) - RAW_COUNT
        if over >= RAW_COUNT:
            self._let_go(over)

    def _let_go(self, over: int) -> None:
        """So many of the oldest readings go beyond the newest 64."""
        fresh, packed = self._fresh, self._packed
        if self._beyond is None:
            self._beyond = Beyond()
        if packed:
            self._beyond.add(self._earlier()[:over], self._today_from)
            packed.forget(min(over, len(packed)))
            self._unpacked = None
            over = len(fresh) - RAW_COUNT
        if over > 0:
            self._beyond.add(fresh[:over], self._today_from)
            del fresh[:over]
            self._newest_of = None

    def _see_day(self, at: Millis) -> None:
        """The local day of a moment is today, and its bounds are known."""
        profile = self._day_of = self.profile
        self.gate = None
        day = profile.day_of(at)
        self._day_begins, self._day_ends = profile.midnight(day), profile.midnight(day + 1)
        if day != self.day:
            self._turn(day)

    def _turn(self, day: int) -> None:
        """A new local day begins: yesterday becomes a summary, and what no question reaches any more is dropped."""
        summary = self._day_so_far() if self.day >= 0 else None
        if summary is not None:
            self.days.put(self.day, summary)
        self.day, self._baseline_of, self._today_from = day, None, self.at
        self.days.forget_before(day - SUMMARY_DAYS)
        until = self.at - RAW_AGE
        self._packed.forget_until(until)
        self._unpacked = None
        if self._fresh and self._fresh[0].at <= until:
            self._fresh[:] = [reading for reading in self._fresh if reading.at > until]
            self._newest_of = None
        if self._beyond is not None:
            self._beyond.forget(until)
            if self._beyond.is_empty:
                self._beyond = None

    def _day_so_far(self) -> DaySummary | None:
        """What is known of the day; None: nothing that counts."""
        readings = [*self._packed.unnamed_since(self._today_from), *self._fresh]
        spo2 = {} if self._beyond is None else self._beyond.spo2_today
        temperatures = {} if self._beyond is None else self._beyond.temperature_today
        for reading in readings:
            if reading.at < self._today_from:
                continue
            percent, celsius = reading.spo2_tenths, reading.temperature_tenths
            if percent is not None and not reading.on_oxygen and not reading.after_activity:
                spo2[percent] = spo2.get(percent, 0) + 1
            if celsius is not None:
                temperatures[celsius] = temperatures.get(celsius, 0) + 1
        if not spo2 and not temperatures:
            return None
        begin = self.profile.midnight(self.day)
        return DaySummary(
            median(spo2),
            median(temperatures),
            temperature_highest=max(temperatures) if temperatures else None,
            news2_highest=highest_news2([reading for reading in readings[-RAW_COUNT:] if reading.at >= begin]),
        )

    # ------------------------------------------------------------ asking

    def _earlier(self) -> list[Reading]:
        """The readings that are packed, oldest first."""
        self._was_unpacked = True
        if self._unpacked is None:
            self._unpacked = self._packed.since(_LONG_AGO)
        return self._unpacked

    def _held(self) -> Iterator[Reading]:
        """All readings that are held one by one, newest first."""
        yield from reversed(self._fresh)
        if self._packed:
            yield from reversed(self._earlier())

    def recent(self, within: Millis = RAW_AGE) -> Iterator[Reading]:
        """Judged readings, newest first, at most 64, none older than `within` (inclusive) nor 72 h."""
        since, left = self.at - min(within, RAW_AGE - 1), RAW_COUNT
        for reading in reversed(self._fresh):
            if reading.at < since or not left:
                return
            left -= 1
            yield reading
        if left and self._packed and self._packed.newest_at() >= since:
            for reading in reversed(self._earlier()):
                if reading.at < since or not left:
                    return
                left -= 1
                yield reading

    def newest_within(self, vital: str, within: Millis) -> Reading | None:
        """The newest reading that has this vital, none older than `within`."""
        latest = self.latest
        if latest is not None and getattr(latest, vital) is not None:
            return latest
        since = self.at - min(within, RAW_AGE - 1)
        reading = self._newest_fresh().get(vital)
        if reading is None and self._packed and self._packed.newest_at() >= since:
            reading = next((one for one in reversed(self._earlier()) if getattr(one, vital) is not None), None)
        if reading is None and self._beyond is not None:
            reading = self._beyond.newest.get(vital)
        return reading if reading is not None and reading.at >= since else None

    def newest_of_all(self, within: Millis) -> Newest:
        """The newest reading of every vital that has one, none older than `within`."""
        latest = self.latest
        if latest is not None and latest.is_complete:
            return dict.fromkeys(KEPT_VITALS, latest)
        found = ((vital, self.newest_within(vital, within)) for vital in KEPT_VITALS)
        return {vital: reading for vital, reading in found if reading is not None}

    def _newest_fresh(self) -> Newest:
        if self._newest_of is None:
            self._newest_of, self._seen = {}, 0
        if self._seen < len(self._fresh):
            note_newest(self._newest_of, self._fresh[self._seen :])
            self._seen = len(self._fresh)
        return self._newest_of

    def doubtful_within(self, within: Millis) -> Reading | None:
        """The newest reading in doubt, judged or not, if it is not older than `within`."""
        found = self.doubtful
        return found if found is not None and self.at - found.at <= min(within, RAW_AGE - 1) else None

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

    def tests_within(self, within: Millis) -> Sequence[TestResult]:
        """Tests, newest first, at most 8 of 14 days."""
        if not self.tests:
            return ()
        since = self.at - min(within, TEST_AGE - 1)
        return [test for test in reversed(self.tests) if test.at >= since]

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

    def has_held(self, limit: int, lasting: Millis, *, at_rest: bool) -> bool:
        """Oxygen is at or above `limit` in every reading since `lasting` or longer, and they are at least two.

        At rest: only readings at rest on air count.
        """
        number = 0
        for reading in self.recent():
            spo2 = reading.spo2_tenths
            if spo2 is None or (at_rest and (reading.on_oxygen or reading.after_activity)):
                continue
            if spo2 < limit:
                return False
            number += 1
            if number >= 2 and self.at - reading.at >= lasting:
                return True
        if number < RAW_COUNT // 2:
            return False  # sparse: the first good reading must itself be that old
        below = self.last_below(limit, at_rest=at_rest)  # dense: the readings do not reach back far enough
        return below is None or self.at - below >= lasting

    def last_below(self, limit: int, *, at_rest: bool) -> Millis | None:
        """When oxygen was last below `limit`, as far as is known."""
        for reading in self._held():
            spo2 = reading.spo2_tenths
            if spo2 is not None and spo2 < limit and not (at_rest and (reading.on_oxygen or reading.after_activity)):
                return reading.at
        beyond = self._beyond
        return None if beyond is None else beyond.below(limit, beyond.rest_stair if at_rest else beyond.stair)

    def quarters(self, number: int = BUCKET_COUNT, before: int | None = None) -> list[Bucket]:
        """The last quarter hours, at most those of 72 h, with SpO2 at rest on air; oldest first.

        `before` leaves out that one, counted since 1970, and all later ones.
        """
        first = self.at // BUCKET - number
        held = self._held_since((first + 1) * BUCKET)
        found: list[Bucket] = []
        if self._beyond is not None and (buckets := self._beyond.buckets) and buckets[-1].number > first:
            end = len(buckets) if before is None else bisect.bisect_left(buckets, before, key=_number_of)
            found = buckets[bisect.bisect_right(buckets, first, key=_number_of) : end]
        if before is not None:
            held = [reading for reading in held if reading.at < before * BUCKET]
        if found and held:
            found[-1] = copy(found[-1])  # it may go on
        add_to_buckets(found, held)
        return found

    def _held_since(self, at: Millis) -> list[Reading]:
        """The readings that are held one by one and not older than `at`, oldest first."""
        fresh = self._fresh
        index = len(fresh)
        while index and fresh[index - 1].at >= at:
            index -= 1
        if index == 0 and self._packed and self._packed.newest_at() >= at:
            return [*(reading for reading in self._earlier() if reading.at >= at), *fresh]
        return fresh[index:]

    def known_days(self, column: int, first: int, last: int) -> list[int]:
        """What is known of the days from `first` to `last`, which are over."""
        self.today()
        return self.days.values(column, first, last)

    def days_of_baseline(self, column: int) -> list[int]:
        """What is known of D-35..D-8: nothing that may still arrive late can move them."""
        today = self.today()
        return self.days.values(column, today - SUMMARY_DAYS, today - BASELINE_GAP_DAYS)

    def today(self) -> int:
        """The local day; those before it are summed up."""
        if self.element is not None:
            return self.day  # an element has made its day today
        if self._day_begins <= self.at < self._day_ends and self._day_of is self.profile:
            return self.day  # the last one did
        today = self.profile.day_of(self.at)
        if self.day != today:
            self._turn(today)  # a due time on a day without a reading
        return today

    def baseline(self) -> tuple[int | None, int | None]:
        """The resident's usual (SpO2, temperature) in tenths, fixed for a local day and profile.

        Median of the daily medians of D-35..D-8, at least 7 of them; before
        that SpO2 is the registry's usual value and temperature is None.
        """
        today, profile = self.today(), self.profile
        if self._baseline_of is not profile or self._baseline_day != today:
            first, last = today - SUMMARY_DAYS, today - BASELINE_GAP_DAYS
            spo2 = self.days.median(SPO2_MEDIAN, first, last, BASELINE_LEAST_DAYS)
            temperature = self.days.median(TEMPERATURE_MEDIAN, first, last, BASELINE_LEAST_DAYS)
            self._baseline = (profile.usual_spo2_tenths if spo2 is None else spo2, temperature)
            self._baseline_of, self._baseline_day = profile, today
        return self._baseline


def _number_of(bucket: Bucket) -> int:
    return bucket.number
