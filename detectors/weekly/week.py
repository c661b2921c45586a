"""What a rule about a facility's week looks at: its checks of seven local days, and what else is known of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta, Struct

from detectors.detector import Absent, Present, Severity, Unfinished
from detectors.observations import Reading, TestResult
from detectors.places import PlaceDetector
from detectors.profile import Profile
from detectors.times import DAY, HOUR, Millis

DAYS: Final = 7
PRESENCE_KEPT: Final[Millis] = 35 * DAY
"""An older word about where somebody is says nothing (docs/decisions/0002)."""

TESTS_KEPT: Final[Millis] = 14 * DAY

SHOWN: Final = 6
"""Readings of which a finding speaks; it counts the others."""

Source = Literal["device", "manual", "paper"]
Triple = tuple[int, int, int]
"""SpO2, pulse and temperature, as they were written down."""


class Check(Struct, frozen=True, gc=False):
    """A spot reading as it was written down."""

    at: Millis
    id: str
    resident: str  # the code
    day: int  # local
    spo2_tenths: int | None = None
    pulse_per_min: int | None = None
    temperature_tenths: int | None = None
    device: str | None = None
    reporter: str | None = None
    source: Source | None = None
    received_at: Millis | None = None  # None: nobody knows
    is_faint: bool = False  # low perfusion, says the device or its index

    @property
    def triple(self) -> Triple | None:
        """All three values; None: one was not measured."""
        if self.spo2_tenths is None or self.pulse_per_min is None or self.temperature_tenths is None:
            return None
        return self.spo2_tenths, self.pulse_per_min, self.temperature_tenths

    def as_reading(self) -> Reading:
        """As evidence shows it."""
        return Reading(self.at, self.id, self.spo2_tenths, self.pulse_per_min, None, self.temperature_tenths)


class Stay(Struct, frozen=True):
    """A stay in hospital by the facility's own check-ins."""

    resident: str
    since: Millis
    until: Millis | None  # said to be elsewhere again; None: not yet


class StaffMember(Struct, frozen=True):
    """Somebody of the registry who works there."""

    code: str
    since: Millis
    until: Millis | None = None


class Copied(Struct, frozen=True):
    """Another facility in which the same stretches of checks stand."""

    facility: str
    stretches: int
    evidence: tuple[Check, ...] = ()


class Week(Struct, frozen=True):
    """Seven local days of a facility, the last of them `day`."""

    day: int
    profile: Profile = Profile()  # of the facility, when the last day is over
    checks: tuple[Check, ...] = ()  # in order of (at, id)
    stays: tuple[Stay, ...] = ()
    copied: tuple[Copied, ...] = ()
    staff: tuple[StaffMember, ...] = ()
    staff_tests: Mapping[str, Sequence[TestResult]] = {}  # of 14 days
    staff_on_duty: int | None = None  # as last reported; None: nobody said

    @property
    def is_empty(self) -> bool:
        """Nothing was heard that a weekly rule looks at: until something is, the next week says nothing else."""
        return not self.checks and not self.staff_tests and self.staff_on_duty is None

    @property
    def begins(self) -> Millis:
        """The midnight before the first day."""
        return self.profile.midnight(self.day - DAYS + 1)

    @property
    def ends(self) -> Millis:
        """The midnight after the last day: when it is judged."""
        return self.profile.midnight(self.day + 1)


class WeekDetector(PlaceDetector, frozen=True, metaclass=Unfinished):
    """A rule about a facility's week, judged when a day is over; its view is the week."""

    kinds: ClassVar[frozenset[str]] = frozenset({"week"})
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent", "pulse_per_min", "temperature_celsius"})

    severity: Severity = Severity.C

    @abstractmethod
    def judge_week(self, week: Week) -> Present | Absent | None:
        """What the week says; None: too little to say anything, what stands stays."""


Centuries = Annotated[int, Meta(ge=1)]
"""One false finding of a rule in one facility in so many centuries, at most."""

CENTURIES: Final = 10
"""Own choice: of 41,000 facilities fewer than one a week by each rule."""


def date_of(day: int) -> str:
    """A local day as people write it.

    >>> date_of(20_454)
    '2026-01-01'
    """
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def rounds(checks: Iterable[Check], apart: Millis = HOUR) -> dict[str, list[Check]]:
    """By resident the complete checks; a repeat within the hour belongs to the check before it."""
    found: dict[str, list[Check]] = {}
    for check in checks:
        mine = found.setdefault(check.resident, [])
        if check.triple is not None and (not mine or check.at - mine[-1].at >= apart):
            mine.append(check)
    return {who: mine for who, mine in found.items() if mine}


def runs(values: Sequence[object]) -> Iterator[tuple[int, int]]:
    """(where it begins, how long it is) of each stretch of equal values.

    >>> list(runs("aabccc"))
    [(0, 2), (2, 1), (3, 3)]
    """
    begins = 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[begins]:
            yield begins, index - begins
            begins = index


def shown(checks: Iterable[Check]) -> tuple[Reading, ...]:
    """The newest of them as evidence."""
    newest = sorted(checks, key=lambda one: (one.at, one.id), reverse=True)[:SHOWN]
    return tuple(one.as_reading() for one in newest)
