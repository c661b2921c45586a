"""Tests that are due: after symptoms (D22), and twice a week (D23)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Band, Baseline, Detector, Present, Question, Says, Severity
from detectors.fever import LOWEST, SINGLE, SiteLimits, reaches
from detectors.history import SUMMARY_DAYS, TEST_AGE, History
from detectors.infection import infected_by
from detectors.missed_check import MissedCheck, next_cutoff
from detectors.observations import CheckIn, Element, Reading, Symptom, TestResult
from detectors.packed import SPO2_MEDIAN, TEMPERATURE_MEDIAN
from detectors.profile import Profile
from detectors.times import DAY, HOUR, Millis


def decides(element: Element | None) -> bool:
    """A test that was positive or negative; invalid and undetermined ones must be taken again."""
    return type(element) is TestResult and element.result in ("positive", "negative")


class SymptomaticUntested(Detector, frozen=True):
    """Symptoms or a fever, and no test within a day. Who is known to be infected needs none.

    The first sign counts, later ones put nothing off. The next test that
    decides ends it. Silent until symptoms or a fever are reported.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(CheckIn(0, "a", symptoms=("cough",)))
    >>> SymptomaticUntested().asks(view) == DAY
    True
    """

    says: ClassVar[Says] = {"untested": ("hours",)}
    hears: ClassVar[tuple[type, ...]] = (Reading, CheckIn, TestResult)
    inputs: ClassVar[frozenset[str]] = frozenset({"check_in", "temperature_celsius"})

    within_hours: int = 24  # testing plan of 27 December 2022: promptly; the number is domain.md 1.11, D22
    limits_celsius: SiteLimits = SINGLE  # fever as D12 has it
    symptoms: tuple[Symptom, ...] = (
        "fever",
        "cough",
        "dyspnoea",
        "sore_throat",
        "runny_nose",
        "muscle_pain",
        "fatigue",
        "loss_of_taste_or_smell",
    )  # own choice: the acute respiratory ones
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return decides(view.element) or self._is_sign(view)

    def _is_sign(self, view: History) -> bool:
        element = view.element
        if type(element) is CheckIn:
            return any(one in self.symptoms for one in element.symptoms or ())
        return view.latest is not None and reaches(view.latest, self.limits_celsius, view.profile)

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT if decides(view.element) else None

    def asks(self, view: History) -> Millis | None:
        within = self.within_hours * HOUR
        if not self._is_sign(view) or infected_by(view) is not None:
            return None
        return None if any(decides(test) for test in view.tests_within(within)) else view.at + within

    @property
    def asks_once(self) -> bool:
        return True

    def answered(self, view: History, question: Question) -> bool:
        return decides(view.element)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        return Present(self.severity, "untested", (), {"hours": str(self.within_hours)})

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"temperature_tenths": (LOWEST, self.limits_celsius.lowest() - 1)}


class TestOverdue(MissedCheck, frozen=True):
    """At the day's first cut-off, a present resident with fewer than two tests in seven days.

    Tests that decide count. Who had a positive one within 14 days is followed
    up instead. Silent until a resident has been measured for a week.

    >>> TestOverdue().next_due(Profile(), 0) // HOUR  # 10:00 in Shanghai
    2
    """

    __test__ = False  # not a test class, whatever pytest reads into the name

    says: ClassVar[Says] = {"overdue": ("tests", "days")}
    hears: ClassVar[tuple[type, ...]] = (TestResult,)
    inputs: ClassVar[frozenset[str]] = frozenset()

    tests: int = 2  # testing plan of 27 December 2022: twice a week
    days: int = 7

    def applies(self, view: History) -> bool:
        return decides(view.element)

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT if self._are_enough(view) else None

    def _are_enough(self, view: History) -> bool:
        number, since = 0, view.at - self.days * DAY
        for test in view.tests_within(TEST_AGE):
            if test.result == "positive":
                return True
            number += test.at >= since and decides(test)
        return number >= self.tests

    def next_due(self, profile: Profile, after: Millis) -> Millis:
        return next_cutoff(profile, profile.cutoffs[:1], after)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        if view.present_now() != "in" or self._are_enough(view) or not self._is_known(view):
            return None
        return Present(self.severity, "overdue", (), {"tests": str(self.tests), "days": str(self.days)})

    def _is_known(self, view: History) -> bool:
        """Somebody was measured a week ago or earlier."""
        today, days = view.today(), view.days
        since, last = today - SUMMARY_DAYS, today - self.days
        return days.knows(SPO2_MEDIAN, since, last) or days.knows(TEMPERATURE_MEDIAN, since, last)
