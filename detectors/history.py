"""What a rule may look back on: a bounded summary of a resident's timeline up to one moment.

It is a pure function of the profile and of the elements up to `at`: built in
order or rebuilt from the store at any cut, it answers the same (a test holds
it to that). Bounds, after docs/engine-semantics.md: the newest 64 readings of
72 hours, quarter-hour buckets of 72 hours, 12 check-ins that said something
of 72 hours, 8 tests of 14 days, day summaries of 35 days. What is held of
readings is `recent.py`'s matter.

Most residents are well, and nobody asks: what can be worked out from the
readings is worked out when somebody does. A resident at four checks a day
takes less than 2 kB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from detectors.days import TEST_COUNT, Where
from detectors.observations import CheckIn, Element, Presence, Reading, TestResult
from detectors.packed import SPO2_MEDIAN, TEMPERATURE_MEDIAN, PackedDays
from detectors.profile import Profile
from detectors.recent import FRESH, LONG_AGO, MOST_HELD, RAW_AGE, RecentReadings
from detectors.times import DAY, Millis

if TYPE_CHECKING:
    from detectors.gate import Gate

ANSWER_COUNT: Final = 12
TEST_AGE: Final = 14 * DAY
SUMMARY_DAYS: Final = 35
BASELINE_GAP_DAYS: Final = 8  # D-35..D-8: nothing within the late horizon of 7 days can move a baseline
BASELINE_LEAST_DAYS: Final = 7


class History(RecentReadings):
    """The view a detector judges: `element` is what just happened, None at a due time."""

    __slots__ = (
        "_baseline",
        "_baseline_day",
        "_baseline_of",
        "_day_begins",
        "_day_ends",
        "_day_of",
        "answers",
        "checked_at",
        "day",
        "days",
        "doubtful",
        "element",
        "gate",
        "memo",
        "presence",
        "presence_at",
        "profile",
        "tests",
        "unquiet_at",
        "where",
    )

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self.profile = profile
        self.element: Element | None = None
        self.memo: dict[object, object] = {}  # what detectors worked out about this moment, for each other
        self.doubtful: Reading | None = None  # the newest in doubt, also when it is not judged: it may be all there is
        self.days = PackedDays()
        self.day = -1
        self.checked_at: Millis = LONG_AGO
        self.presence: Presence = "in"
        self.presence_at: Millis = LONG_AGO
        self.answers: tuple[CheckIn, ...] = ()
        self.tests: tuple[TestResult, ...] = ()
        self.where = Where()
        self.unquiet_at: Millis = LONG_AGO
        self._day_begins = self._day_ends = 0  # `day`, as `_day_of` counts days
        self._day_of: Profile | None = None
        self.gate: Gate | None = None  # of this day and profile
        self._baseline: tuple[int | None, int | None] = (None, None)
        self._baseline_day = -1
        self._baseline_of: Profile | None = None

    # ------------------------------------------------------------ growing

    def add(self, element: Element) -> None:
        """The element has happened; it is later than everything added before."""
        at = self.at = element.at
        self.element = element
        if self.memo:
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
            fresh = self._fresh  # the reading is held, here and not in a function: this runs for every one
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
        if self.memo:
            self.memo.clear()

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
        summary = self._summed_up(self.profile.midnight(self.day)) if self.day >= 0 else None
        if summary is not None:
            self.days.put(self.day, summary)
        self.day, self._baseline_of, self._today_from = day, None, self.at
        self.days.forget_before(day - SUMMARY_DAYS)
        self._forget_until(self.at - RAW_AGE)

    # ------------------------------------------------------------ asking

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
