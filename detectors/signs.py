"""Soft signs (D18): what a carer notices before any device does."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Ascending, Band, Baseline, Detector, Present, Says, Severity
from detectors.history import History
from detectors.observations import CheckIn, Element, Reading, SoftSign
from detectors.profile import Profile
from detectors.recent import RAW_AGE
from detectors.times import HOUR


class SoftSigns(Detector, frozen=True):
    """New soft signs within a day: one is watched, three or a new confusion are urgent.

    New is what no check-in of the two days before mentioned; what is always
    ticked is nobody's news. Consciousness that is not alert is a new confusion
    whoever says it. It is over with a check-in that asks and finds nothing,
    some hours after the last sign. Silent until check-ins ask for soft signs.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(CheckIn(0, "a", soft_signs=("withdrawn",)))
    >>> SoftSigns().judge(view).severity.name
    'P3'
    >>> view.add(CheckIn(HOUR, "b", soft_signs=("new_confusion",)))
    >>> SoftSigns().judge(view).because
    'confusion'
    """

    says: ClassVar[Says] = {"some": (), "several": ("number",), "confusion": ()}
    hears: ClassVar[tuple[type, ...]] = (Reading, CheckIn)
    inputs: ClassVar[frozenset[str]] = frozenset({"check_in", "consciousness"})
    ascending: ClassVar[Ascending] = (("recovered_for_hours", "within_hours"),)

    several: int = 3  # domain.md 1.11, D18
    within_hours: int = 24
    recovered_for_hours: int = 6  # own choice
    severity: Severity = Severity.P3
    several_severity: Severity = Severity.P2
    confusion_severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        element = view.element
        if type(element) is CheckIn:
            return element.soft_signs is not None
        return view.latest is not None and view.latest.consciousness is not None

    def judge(self, view: History) -> Present | Absent | None:
        element = view.element
        if isinstance(element, Reading):
            return None if element.consciousness == "A" else Present(self.confusion_severity, "confusion", (element,))
        assert type(element) is CheckIn
        if not element.soft_signs:
            return ABSENT if self._is_over(view) else None
        new, evidence = self._new(view)
        if "new_confusion" in new:
            return Present(self.confusion_severity, "confusion", evidence)
        if len(new) >= self.several:
            return Present(self.several_severity, "several", evidence, {"number": str(len(new))})
        return Present(self.severity, "some", evidence) if new else None

    def _new(self, view: History) -> tuple[set[SoftSign], tuple[Element, ...]]:
        """The new signs of the last day, and the check-ins that name them."""
        answers = list(view.answers_within(RAW_AGE))
        since = view.at - self.within_hours * HOUR
        before = {sign for one in answers if one.at < since for sign in one.soft_signs or ()}
        recent = [one for one in answers if one.at >= since and set(one.soft_signs or ()) - before]
        return {sign for one in recent for sign in one.soft_signs or ()} - before, tuple(recent)

    def _is_over(self, view: History) -> bool:
        within = self.recovered_for_hours * HOUR - 1
        if any(one.soft_signs for one in view.answers_within(within)):
            return False
        return not any(one.consciousness not in (None, "A") for one in view.recent(within))

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"consciousness": (0, 0)}
