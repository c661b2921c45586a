"""When the next observation is due: by the NEWS2 band (D40), and after a return from hospital (D37)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Ascending, Detector, Present, Question, Says, Severity
from detectors.early_warning import EarlyWarning, FullNews2
from detectors.history import History
from detectors.observations import CheckIn, Reading
from detectors.profile import Profile
from detectors.times import DAY, MINUTE, Millis


class ObservationDue(EarlyWarning, frozen=True):
    """A complete NEWS2 was followed by no other in the time its band asks for.

    A score of 0 asks for nothing: the two checks of a day are another rule's
    matter. The next complete set ends it. Silent until a set is complete.

    >>> from detectors.beyond import KEPT_VITALS
    >>> from detectors.history import History
    >>> from detectors.observations import Reading
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", 970, 95, 16, 366, None, 120, "A", False))
    >>> ObservationDue().asks(view) == 360 * MINUTE
    True
    """

    says: ClassVar[Says] = {"overdue": ("minutes",)}
    needs: ClassVar[frozenset[str]] = FullNews2.needs
    ascending: ClassVar[Ascending] = (
        ("urgent", "emergency"),
        ("emergency_minutes", "urgent_minutes", "low_minutes"),
    )

    emergency: int = 7  # as D09 has it
    urgent: int = 5
    low_minutes: int = 360  # 1-4: every 4-6 hours (RCP 2017)
    urgent_minutes: int = 60  # 5-6, or one parameter at 3: every hour
    emergency_minutes: int = 30  # 7 or more: continuous; by hand own choice
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return self.is_full(view)

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT

    def asks(self, view: History) -> Millis | None:
        score = self.score(view)
        if score.lowest == 0:
            return None
        if score.lowest >= self.emergency:
            return view.at + self.emergency_minutes * MINUTE
        is_urgent = score.lowest >= self.urgent or score.has_single_three
        return view.at + (self.urgent_minutes if is_urgent else self.low_minutes) * MINUTE

    def answered(self, view: History, question: Question) -> bool:
        return True  # it is asked only of complete sets

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        assert question is not None
        return Present(self.severity, "overdue", (), {"minutes": str((question.due - question.cause_at) // MINUTE)})


class ReturnWatch(Detector, frozen=True):
    """Back from hospital, twice as many checks for a fortnight: one of the additional ones was missed.

    Each check asks for the next: between the facility's cut-offs there are
    others of this rule. Any check ends it. Silent until a check-in says that
    somebody who was in hospital is in the home.

    >>> from detectors.beyond import KEPT_VITALS
    >>> from detectors.history import History
    >>> from detectors.observations import CheckIn
    >>> view = History(Profile())
    >>> for element in (CheckIn(0, "a", "hospital"), CheckIn(DAY, "b", "in")):
    ...     view.add(element)
    >>> (ReturnWatch().asks(view) - DAY) // MINUTE  # 08:00: the 10:00 cut-off is met, 14:00 is next
    360
    """

    says: ClassVar[Says] = {"missed": ("days",)}
    after_hospital: ClassVar[bool] = True
    hears: ClassVar[tuple[type, ...]] = (Reading, CheckIn)
    inputs: ClassVar[frozenset[str]] = frozenset({"check_in"})

    days: int = 14  # unsourced: configuration
    additional_cutoffs: tuple[int, ...] = (14 * 60, 21 * 60)  # minutes after midnight; own choice
    severity: Severity = Severity.P3

    def applies(self, view: History) -> bool:
        return view.checked_at == view.at and view.element is not None

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT

    def asks(self, view: History) -> Millis | None:
        if view.returned_within(self.days * DAY) is None or view.present_now() != "in" or not view.profile.cutoffs:
            return None
        return self._cutoffs_from(view.profile, view.at)[1]

    def _cutoffs_from(self, profile: Profile, at: Millis) -> list[Millis]:
        day = profile.day_of(at)
        minutes = sorted({*profile.cutoffs, *self.additional_cutoffs})
        every = (profile.midnight(one) + minute * MINUTE for one in (day, day + 1, day + 2) for minute in minutes)
        return [due for due in every if due >= at]

    def answered(self, view: History, question: Question) -> bool:
        return True  # by any check

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        if view.returned_within(self.days * DAY) is None or view.present_now() != "in":
            return None
        return Present(self.severity, "missed", (), {"days": str(self.days)})
