"""Test results: a positive antigen or PCR test (D19), and who is at high risk with one (D20)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Band, Baseline, Detector, Present, Says, Severity, tenths
from detectors.fever import SINGLE, SiteLimits, reaches
from detectors.history import History
from detectors.infection import courses, infected_by
from detectors.observations import Element, Reading, TestResult
from detectors.oxygen import altitude_shift
from detectors.profile import Profile
from detectors.repeated import HIGHEST
from detectors.times import HOUR, SECOND


class PositiveTest(Detector, frozen=True):
    """A positive test opens; a negative one of a later specimen ends it. Other results decide nothing.

    A negative test takes back its own pathogen only. A PCR that is negative
    within two days of a positive antigen test leaves it *mixed*: eased, and
    over with the next negative. It runs in the modes its rule names: in
    peacetime a positive test is a matter of care, not of outbreak control
    (domain.md 1.12.8). Silent until somebody is tested.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(TestResult(0, "a", "antigen", "positive"))
    >>> PositiveTest().judge(view).because
    'positive'
    >>> view.add(TestResult(HOUR, "b", "pcr", "negative"))
    >>> PositiveTest().judge(view).because
    'mixed'
    """

    says: ClassVar[Says] = {"positive": ("test", "pathogen"), "mixed": ("pathogen",)}
    hears: ClassVar[tuple[type, ...]] = (TestResult,)
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result"})

    severity: Severity = Severity.P2
    red_tier_severity: Severity = Severity.P1
    mixed_severity: Severity = Severity.P3  # own choice

    def applies(self, view: History) -> bool:
        return type(view.element) is TestResult and view.element.result in ("positive", "negative")

    def judge(self, view: History) -> Present | Absent | None:
        found = list(courses(view).values())
        positives = [one.test for one in found if one.state == "positive"]
        if positives:
            test = max(positives, key=lambda one: (one.at, one.id))
            severity = self.red_tier_severity if view.profile.tier == "red" else self.severity
            return Present(severity, "positive", (test,), {"test": test.test, "pathogen": test.pathogen})
        for one in found:
            if one.state == "mixed" and one.positive is not None:
                facts = {"pathogen": one.test.pathogen}
                return Present(self.mixed_severity, "mixed", (one.test, one.positive), facts)
        return ABSENT


class PositiveHighRisk(Detector, frozen=True):
    """An infected resident of the red tier with fever or amber oxygen: to be assessed for referral at once.

    Each of the two may come first, within a day of the other. Over after a day
    without fever and with oxygen well again, or when a negative test takes the
    infection back. Of scale 2 fever alone counts (domain.md 1.12.7). Silent
    until a resident of the red tier has a positive test.

    >>> from detectors.history import History
    >>> view = History(Profile(tier="red"))
    >>> for element in (Reading(0, "a", temperature_tenths=378), TestResult(HOUR, "t", "pcr", "positive")):
    ...     view.add(element)
    >>> PositiveHighRisk().judge(view).severity.name
    'P1'
    """

    says: ClassVar[Says] = {"high_risk": ("test", "pathogen")}
    hears: ClassVar[tuple[type, ...]] = (Reading, TestResult)
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result", "temperature_celsius", "spo2_percent"})
    needs: ClassVar[frozenset[str]] = frozenset({"test_result"})

    limits_celsius: SiteLimits = SINGLE  # fever as D12 has it
    amber_percent: float = 94.9  # below 95, as D03 has it
    recovered_for_seconds: int = 60
    within_hours: int = 24  # domain.md 1.11, D20
    altitude_from_m: int = 1_500
    severity: Severity = Severity.P1

    def applies(self, view: History) -> bool:
        latest = view.latest
        if type(view.element) is TestResult:
            return view.element.result in ("positive", "negative")
        return latest is not None and (latest.temperature_tenths is not None or latest.is_at_rest_on_air)

    def judge(self, view: History) -> Present | Absent | None:
        test = infected_by(view)
        if test is None or view.profile.tier != "red":
            return ABSENT
        fever, amber = self._fever(view), self._amber(view)
        signs = [one for one in (fever, amber) if one is not None]
        if not signs:
            return ABSENT if self._breathes_well(view) else None
        if type(view.element) is Reading and view.element not in signs:
            return None
        evidence: list[Element] = sorted([*signs, test], key=lambda one: (one.at, one.id), reverse=True)
        facts = {"test": test.test, "pathogen": test.pathogen}
        return Present(self.severity, "high_risk", tuple(dict.fromkeys(evidence)), facts)

    def _fever(self, view: History) -> Reading | None:
        for reading in view.recent(self.within_hours * HOUR):
            if reaches(reading, self.limits_celsius, view.profile):
                return reading
        return None

    def _amber(self, view: History) -> Reading | None:
        """The newest of two readings at rest on air that are both amber or worse."""
        if view.profile.spo2_scale == 2:
            return None
        readings = [one for one in view.recent(self.within_hours * HOUR) if one.is_at_rest_on_air][:2]
        low = [one for one in readings if one.spo2_tenths is not None and one.spo2_tenths <= self._limit(view.profile)]
        return low[0] if len(low) == 2 else None

    def _limit(self, profile: Profile) -> int:
        return tenths(self.amber_percent) + altitude_shift(profile, self.altitude_from_m)

    def _breathes_well(self, view: History) -> bool:
        newest = next((one for one in view.recent(self.within_hours * HOUR) if one.is_at_rest_on_air), None)
        if newest is None or view.profile.spo2_scale == 2:
            return True
        lasting = self.recovered_for_seconds * SECOND
        return view.has_held(self._limit(view.profile) + 1, lasting, at_rest=True)

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        band = {"temperature_tenths": (0, self.limits_celsius.lowest() - 1)}
        return band if profile.spo2_scale == 2 else band | {"spo2_tenths": (self._limit(profile) + 1, HIGHEST)}
