"""Visits that are due to the infected (D21), and the end of their observation (D33)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Ascending, Detector, Present, Question, Says, Severity
from detectors.fever import SINGLE, SiteLimits, reaches
from detectors.history import TEST_AGE, History
from detectors.infection import infected_by
from detectors.observations import CheckIn, Symptom, TestResult, Visit
from detectors.testing import decides
from detectors.times import HOUR, Millis


class FollowUpDue(Detector, frozen=True):
    """An infected resident whom nobody came to see in the time of their tier.

    The clock runs from the positive test, then from visit to visit; a visit
    that did not find them, or was refused, is none. It ends with the next
    visit, or with the infection. Silent without a positive test.

    >>> from detectors.history import History
    >>> from detectors.observations import TestResult
    >>> from detectors.profile import Profile
    >>> view = History(Profile(tier="red"))
    >>> view.add(TestResult(0, "t", "pcr", "positive"))
    >>> FollowUpDue().asks(view) // HOUR
    24
    """

    says: ClassVar[Says] = {"due": ("hours",)}
    hears: ClassVar[tuple[type, ...]] = (TestResult, Visit)
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result", "visit"})
    needs: ClassVar[frozenset[str]] = frozenset({"test_result"})

    red_hours: int = 24  # the text of plan 509 is cut here: unsourced, configuration
    yellow_hours: int = 72  # 国卫明电〔2022〕509号: every three days
    green_hours: int = 0  # none
    unknown_hours: int = 72  # own choice: as yellow
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return decides(view.element) or self._is_seen(view)

    def _is_seen(self, view: History) -> bool:
        return type(view.element) is Visit and view.element.outcome in ("seen_ok", "seen_not_ok")

    def _hours(self, view: History) -> int:
        of_tier = {"red": self.red_hours, "yellow": self.yellow_hours, "green": self.green_hours}
        return self.unknown_hours if view.profile.tier is None else of_tier[view.profile.tier]

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT if self._is_seen(view) or infected_by(view) is None else None

    def asks(self, view: History) -> Millis | None:
        hours = self._hours(view)
        return view.at + hours * HOUR if hours and infected_by(view) is not None else None

    @property
    def asks_once(self) -> bool:
        return True

    def answered(self, view: History, question: Question) -> bool:
        return self._is_seen(view) or infected_by(view) is None

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        assert question is not None
        test = infected_by(view)
        if test is None:
            return None
        return Present(self.severity, "due", (test,), {"hours": str((question.due - question.cause_at) // HOUR)})


class RecoveryMet(Detector, frozen=True):
    """The local exit rule is met: isolation may end, if a doctor agrees. Information, in the least intrusive form.

    From day 5 with a negative antigen test, from day 7 without, in both cases
    somebody asked for symptoms within a day, none of those that count is left,
    and there was no fever within a day. Day 0 is that of the first positive
    test of a fortnight. Symptoms that return end it. Silent without a positive test.

    >>> from detectors.history import History
    >>> from detectors.observations import TestResult
    >>> from detectors.profile import Profile
    >>> view = History(Profile())
    >>> for element in (TestResult(0, "t", "pcr", "positive"), CheckIn(168 * HOUR, "c", symptoms=())):
    ...     view.add(element)
    >>> RecoveryMet().judge(view).facts
    {'days': '7'}
    """

    says: ClassVar[Says] = {"negative": ("days",), "later": ("days",)}
    hears: ClassVar[tuple[type, ...]] = (TestResult, CheckIn)
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result", "check_in"})
    needs: ClassVar[frozenset[str]] = inputs
    ascending: ClassVar[Ascending] = (("with_negative_days", "without_test_days"),)

    with_negative_days: int = 5  # local rule, Xiamen, December 2022
    without_test_days: int = 7  # the same, and Zhejiang
    well_for_hours: int = 24  # fever gone more than 24 h: Zhejiang, December 2022
    symptoms: tuple[Symptom, ...] = ("fever", "dyspnoea", "chest_pain")  # own choice: others are better, not gone
    limits_celsius: SiteLimits = SINGLE
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return decides(view.element) or (type(view.element) is CheckIn and view.element.symptoms is not None)

    def judge(self, view: History) -> Present | Absent | None:
        tests = view.tests_within(TEST_AGE)
        positives = [test for test in tests if test.result == "positive"]
        if not positives or not self._is_well(view):
            return ABSENT
        first = view.profile.day_of(positives[-1].at)
        days = view.profile.day_of(view.at) - first
        facts = {"days": str(days)}
        for test in tests:
            is_late = view.profile.day_of(test.at) - first >= self.with_negative_days
            if is_late and test.test == "antigen" and test.result == "negative" and test.at > positives[0].at:
                return Present(self.severity, "negative", (test,), facts)
        if days >= self.without_test_days:
            return Present(self.severity, "later", (positives[0],), facts)
        return ABSENT

    def _is_well(self, view: History) -> bool:
        within = self.well_for_hours * HOUR
        said = next((one.symptoms for one in view.answers_within(within) if one.symptoms is not None), None)
        if said is None or any(one in self.symptoms for one in said):
            return False
        return not any(reaches(one, self.limits_celsius, view.profile) for one in view.recent(within))
