"""Test results: a positive antigen or PCR test (D19)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Detector, Present, Says, Severity
from detectors.history import History
from detectors.observations import TestResult


class PositiveTest(Detector, frozen=True):
    """A positive test opens; a negative one of a later specimen ends it. Other results decide nothing.

    It runs in the modes its rule names: in peacetime a positive test is a
    matter of care, not of outbreak control (domain.md 1.12.8).
    """

    says: ClassVar[Says] = {"positive": ("test", "pathogen")}
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result"})

    severity: Severity = Severity.P2
    red_tier_severity: Severity = Severity.P1

    def applies(self, view: History) -> bool:
        return type(view.element) is TestResult and view.element.result in ("positive", "negative")

    def judge(self, view: History) -> Present | Absent | None:
        result = view.element
        assert type(result) is TestResult
        if result.result == "negative":
            return ABSENT
        severity = self.red_tier_severity if view.profile.tier == "red" else self.severity
        return Present(severity, "positive", (result,), {"test": result.test, "pathogen": result.pathogen})
