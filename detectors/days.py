"""What is left of a day when it is over: a resident's local day in a few values.

`summarise` of all elements of a day equals what a history that saw them in
order keeps of it (a test holds both to that).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from detectors import news2
from detectors.observations import CheckIn, Element, Presence, Reading, TestResult
from detectors.times import Millis

RAW_COUNT: Final = 64
TEST_COUNT: Final = 8


class DaySummary(Struct, frozen=True, gc=False):
    """One local day of one resident. Vital signs in tenths; of those, only what is judged counts."""

    spo2_median: int | None = None  # at rest on air
    temperature_median: int | None = None
    presence: Presence | None = None  # last stated
    presence_at: Millis | None = None
    temperature_highest: int | None = None
    news2_highest: int | None = None  # of complete sets in one reading, on scale 1
    tests: tuple[TestResult, ...] = ()  # the newest 8
    hospital_at: Millis | None = None  # last said to be in hospital
    in_at: Millis | None = None  # first said to be in the home after that, or on a day without hospital


class Where:
    """The stay in hospital a resident was last said to be in, and the first time they were said to be back."""

    __slots__ = ("hospital_at", "in_at")

    def __init__(self) -> None:
        self.hospital_at: Millis | None = None
        self.in_at: Millis | None = None

    def hears(self, check_in: CheckIn) -> None:
        """The next check-in."""
        if check_in.presence == "hospital":
            self.hospital_at, self.in_at = check_in.at, None
        elif check_in.presence == "in" and self.in_at is None:
            self.in_at = check_in.at

    def follows(self, day: DaySummary) -> None:
        """The next day."""
        if day.hospital_at is not None:
            self.hospital_at, self.in_at = day.hospital_at, day.in_at
        elif self.in_at is None:
            self.in_at = day.in_at


def summarise(elements: Iterable[Element]) -> DaySummary:
    """The summary of one day's elements, in order."""
    spo2: dict[int, int] = {}
    temperatures: dict[int, int] = {}
    presence: Presence | None = None
    presence_at: Millis | None = None
    newest: deque[Reading] = deque(maxlen=RAW_COUNT)
    tests: deque[TestResult] = deque(maxlen=TEST_COUNT)
    where = Where()
    for element in elements:
        if type(element) is CheckIn:
            presence, presence_at = element.presence, element.at
            where.hears(element)
        elif type(element) is TestResult:
            tests.append(element)
        elif type(element) is Reading and not element.is_quarantined:
            newest.append(element)
            if element.spo2_tenths is not None and element.is_at_rest_on_air:
                spo2[element.spo2_tenths] = spo2.get(element.spo2_tenths, 0) + 1
            if element.temperature_tenths is not None:
                temperatures[element.temperature_tenths] = temperatures.get(element.temperature_tenths, 0) + 1
    return DaySummary(
        median(spo2),
        median(temperatures),
        presence,
        presence_at,
        max(temperatures, default=None),
        highest_news2(newest),
        tuple(tests),
        where.hospital_at,
        where.in_at,
    )


def highest_news2(readings: Iterable[Reading]) -> int | None:
    """The highest complete NEWS2 of single readings, on scale 1 at sea level; None: none is complete."""
    totals = [total for reading in readings if (total := news2.total_of(reading)) is not None]
    return max(totals) if totals else None


def median(counts: dict[int, int]) -> int | None:
    """The lower median of a histogram {value: how often}.

    >>> median({970: 2, 940: 1, 990: 1})
    970
    """
    left = (sum(counts.values()) + 1) // 2
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None
