"""What would change for people, in figures: alarms then and now, by rule, by facility, by who is told."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from detectors.rules import Text
from detectors.times import Millis

MONTH_DAYS: Final = 30
Side = Literal["only_then", "only_now", "severity"]


class Feedback(Struct, frozen=True):
    """Somebody said whether an alert of a condition was true (属实) or false (误报)."""

    condition: str
    at: Millis  # a moment at which the alert stood
    is_true: bool


class Count(Struct):
    """How often then and now."""

    then: int = 0
    now: int = 0


class RuleFigures(Struct, frozen=True):
    """Alarms in which a rule stood; a rate is per 100 residents and month of 30 days."""

    rule: str
    then: int
    now: int
    rate_then: float | None  # None: nobody lived there
    rate_now: float | None


class FacilityFigures(Struct, frozen=True):
    """Alarms of a facility, and how many of them are in one set only."""

    facility: str
    then: int
    now: int
    only_then: int
    only_now: int


class ToldFigures(Struct, frozen=True):
    """How often somebody is told: of an alarm that opens, and of one that worsens."""

    channel: str  # "role": by the ladder, at the desk that is on duty
    address: str
    then: int
    now: int


class Precision(Struct, frozen=True):
    """Of the alarms that somebody judged: how many were true."""

    judged_then: int
    true_then: int
    judged_now: int
    true_now: int


class Example(Struct, frozen=True):
    """One alarm that is in one set only, or of another severity, with its evidence."""

    side: Side
    condition: str
    facility: str
    resident: str  # of a place: its kind and code
    began: str
    rule: str
    severity_then: str | None
    severity_now: str | None
    reason: Text
    evidence: list[dict[str, object]]


class Comparison(Struct, frozen=True):
    """The whole answer."""

    since: str
    until: str
    facilities: int
    residents: int
    resident_days: float
    conditions: list[str]  # in which the sets may differ; only these were judged
    not_compared: list[str]  # the sets may differ in them too; what they are judged from is not at hand
    then: int  # alarms
    now: int
    only_then: int
    only_now: int
    other_severity: int
    by_severity: dict[str, Count]
    rules: list[RuleFigures]
    by_facility: list[FacilityFigures]  # where they differ, the greatest difference first
    told: list[ToldFigures]  # where they differ
    precision: Precision | None  # None: no feedback is recorded
    examples: list[Example]
    by_day: dict[str, Count]  # alarms that began, by China's calendar
