"""Is the staff of a facility tested twice a week? (D23b)"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Says
from detectors.observations import TestResult
from detectors.times import DAY, Millis
from detectors.weekly.week import DAYS, Week, WeekDetector


class StaffTestsOverdue(WeekDetector, frozen=True):
    """When a day is over, members of staff have fewer than `tests` PCR results in the last seven days.

    Judged by facility: whole-staff testing is its duty and not a carer's. The staff is that of the
    registry, known for the whole week; where none is registered, at least so many as were last reported on duty.
    Tests that decide count. Who was positive within `positive_days` needs none. Silent where
    nobody says how many work there.
    """

    says: ClassVar[Says] = {
        "overdue": ("number", "staff", "tests", "days"),
        "too_few": ("number", "staff", "tests", "days"),
    }
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result"})

    tests: Annotated[int, Meta(ge=1)] = 2  # testing plan of 27 December 2022: whole-staff PCR twice a week
    positive_days: Annotated[int, Meta(ge=0, le=14)] = 14

    def judge_week(self, week: Week) -> Present | Absent | None:
        facts = {"tests": str(self.tests), "days": str(DAYS)}
        if week.staff:
            here = [
                one.code for one in week.staff if one.since <= week.begins and (one.until or week.ends) >= week.ends
            ]
            overdue = [code for code in here if not self._are_enough(week.staff_tests.get(code, ()), week)]
            if not here:
                return None
            if not overdue:
                return ABSENT
            return Present(self.severity, "overdue", (), facts | {"number": str(len(overdue)), "staff": str(len(here))})
        if week.staff_on_duty is None:
            return None
        enough = sum(self._are_enough(tests, week) for tests in week.staff_tests.values())
        if enough >= week.staff_on_duty:
            return ABSENT
        missing = {"number": str(week.staff_on_duty - enough), "staff": str(week.staff_on_duty)}
        return Present(self.severity, "too_few", (), facts | missing)

    def _are_enough(self, tests: Iterable[TestResult], week: Week) -> bool:
        decided = [one for one in tests if one.result in ("positive", "negative") and one.at < week.ends]
        if any(one.result == "positive" and one.at >= _days_before(week, self.positive_days) for one in decided):
            return True
        return sum(one.test == "pcr" and one.at >= week.begins for one in decided) >= self.tests


def _days_before(week: Week, days: int) -> Millis:
    return week.ends - days * DAY
