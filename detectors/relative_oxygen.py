"""Oxygen that others may have: amber in the infected (D03), below one's own usual value (D04), low in silence (D08)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Ascending, Band, Baseline, Present, Says, Severity, printed, tenths
from detectors.history import History
from detectors.infection import infected_by
from detectors.observations import Reading
from detectors.oxygen import AtRest
from detectors.profile import Profile
from detectors.repeated import HIGHEST, LowAgain
from detectors.times import HOUR


class AmberHypoxia(AtRest, frozen=True):
    """Of an infected resident, oxygen at rest on air below 95 %, twice: the middle band of oximetry at home.

    Infected is who had a positive test within 14 days that no negative one
    took back. Silent without one.

    >>> from detectors.history import History
    >>> from detectors.observations import TestResult
    >>> view = History(Profile())
    >>> for element in (TestResult(0, "t", "pcr", "positive"), Reading(HOUR, "a", 940), Reading(2 * HOUR, "b", 940)):
    ...     view.add(element)
    >>> AmberHypoxia().judge(view).because
    'amber'
    """

    says: ClassVar[Says] = {"amber": ("limit",)}
    needs: ClassVar[frozenset[str]] = frozenset({"test_result"})
    limit_percent: float = 94.9  # below 95: NHS oximetry at home (C0445), moderate
    scale_2_limit_percent: float = 87.9  # 86-87: own (domain.md 1.12.7)
    severity: Severity = Severity.P2

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        if infected_by(view) is None:
            return ABSENT
        if not self.is_low(view):
            return ABSENT if self.is_well(view) else None
        earlier = self.earlier_low(view)
        if earlier is None:
            return None
        return Present(self.severity, "amber", (latest, earlier), {"limit": printed(self.limit(view.profile) + 1)})


class SilentHypoxia(AtRest, frozen=True):
    """Severe resting hypoxia in somebody who neither breathes fast nor complains: it will not be noticed by looking.

    Breaths must have been counted and symptoms asked for; what nobody looked at
    is not called silent, and the resting rule calls anyway. Silent until both are known.

    >>> from detectors.history import History
    >>> from detectors.observations import CheckIn
    >>> view = History(Profile())
    >>> for element in (CheckIn(0, "c", symptoms=()), Reading(1, "a", 920), Reading(90_000, "b", 920, 80, 18)):
    ...     view.add(element)
    >>> SilentHypoxia().judge(view).because
    'silent'
    """

    says: ClassVar[Says] = {"silent": ("limit", "breaths")}
    needs: ClassVar[frozenset[str]] = frozenset({"respirations_per_min", "check_in"})

    breaths_below: int = 25  # domain.md 1.11, D08
    breaths_within_hours: int = 12  # own choice
    answer_within_hours: int = 24  # own choice
    severity: Severity = Severity.P1

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        if not self.is_low(view):
            return ABSENT if self.is_well(view) else None
        earlier, counted = self.earlier_low(view), self._calm_breathing(view)
        if earlier is None or counted is None or not self._denies_dyspnoea(view):
            return None
        facts = {"limit": printed(self.limit(view.profile)), "breaths": str(counted.respirations_per_min)}
        return Present(self.severity, "silent", (latest, earlier), facts)

    def _calm_breathing(self, view: History) -> Reading | None:
        counted = view.newest_within("respirations_per_min", self.breaths_within_hours * HOUR)
        if counted is None or counted.respirations_per_min is None:
            return None
        return counted if counted.respirations_per_min < self.breaths_below else None

    def _denies_dyspnoea(self, view: History) -> bool:
        if not view.answers:
            return False
        within = self.answer_within_hours * HOUR
        answers = [one.symptoms for one in view.answers_within(within) if one.symptoms is not None]
        return bool(answers) and not any("dyspnoea" in one for one in answers)


class BaselineDrop(LowAgain, frozen=True):
    """Oxygen at rest on air well below the resident's own usual value, twice.

    The usual value is the median of the days 35 to 8 before, at least seven of
    them, else the registry's. Silent until there is one.

    >>> from detectors.history import History
    >>> view = History(Profile(usual_spo2_tenths=980))
    >>> view.add(Reading(0, "a", 950))
    >>> view.add(Reading(2 * HOUR, "b", 950))
    >>> BaselineDrop().judge(view).severity.name
    'P2'
    """

    says: ClassVar[Says] = {"below_usual": ("usual", "drop")}
    ascending: ClassVar[Ascending] = (
        ("recovered_drop_percent", "drop_percent", "severe_drop_percent"),
        *LowAgain.ascending,
    )

    drop_percent: float = 3  # NHS oximetry guidance; unsourced: configuration
    severe_drop_percent: float = 4  # of the infected; unsourced: configuration
    recovered_drop_percent: float = 1  # own choice
    severity: Severity = Severity.P2
    severe_severity: Severity = Severity.P1

    def applies(self, view: History) -> bool:
        latest = view.latest
        return latest is not None and latest.is_at_rest_on_air and view.baseline()[0] is not None

    def low_at(self, view: History) -> int:
        return self._usual(view) - tenths(self.drop_percent)

    def well_at(self, view: History) -> int:
        return self._usual(view) - tenths(self.recovered_drop_percent)

    def _usual(self, view: History) -> int:
        usual = view.baseline()[0]
        assert usual is not None
        return usual

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        if not self.is_low(view):
            return ABSENT if self.is_well(view) else None
        earlier = self.earlier_low(view)
        if earlier is None or earlier.spo2_tenths is None or latest.spo2_tenths is None:
            return None
        drop = self._usual(view) - max(latest.spo2_tenths, earlier.spo2_tenths)
        is_severe = drop >= tenths(self.severe_drop_percent) and infected_by(view) is not None
        facts = {"usual": printed(self._usual(view)), "drop": printed(drop)}
        severity = self.severe_severity if is_severe else self.severity
        return Present(severity, "below_usual", (latest, earlier), facts)

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {} if baseline[0] is None else {"spo2_tenths": (baseline[0] - tenths(self.drop_percent) + 1, HIGHEST)}
