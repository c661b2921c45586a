"""Fever against the resident's own past: above the usual temperature (D14), and day after day (D15)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import (
    ABSENT,
    Absent,
    Ascending,
    Band,
    Baseline,
    Detector,
    Present,
    Says,
    Severity,
    printed,
    tenths,
)
from detectors.fever import LOWEST, site_of
from detectors.history import History
from detectors.observations import Reading
from detectors.packed import TEMPERATURE_HIGHEST
from detectors.profile import Profile
from detectors.times import HOUR


class FeverAboveUsual(Detector, frozen=True):
    """A temperature well above the resident's own usual one, measured at the facility's usual site.

    The usual temperature is the median of the days 35 to 8 before, at least
    seven of them. Other sites read otherwise and are not compared; a forehead
    reading may raise but never clear. Silent until the usual one is known.

    >>> from detectors.history import History
    >>> from detectors.observations import Reading
    >>> from detectors.times import DAY
    >>> view = History(Profile())
    >>> for day in [*range(10), 20]:
    ...     view.add(Reading(day * DAY, str(day), temperature_tenths=370 if day == 20 else 358))
    >>> FeverAboveUsual().judge(view).facts
    {'usual': '35.8', 'rise': '1.2'}
    """

    says: ClassVar[Says] = {"above_usual": ("usual", "rise")}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"temperature_celsius"})
    ascending: ClassVar[Ascending] = (("recovered_rise_degrees", "rise_degrees"),)

    rise_degrees: float = 1.1  # more than: revised McGeer criteria 2012 (2 F over baseline)
    recovered_rise_degrees: float = 0.6  # own choice
    severity: Severity = Severity.P3

    def applies(self, view: History) -> bool:
        latest, usual = view.latest, view.baseline()[1]
        if latest is None or latest.temperature_tenths is None or usual is None:
            return False
        return site_of(latest, view.profile) == view.profile.temperature_site

    def judge(self, view: History) -> Present | Absent | None:
        latest, usual = view.latest, view.baseline()[1]
        assert latest is not None
        assert latest.temperature_tenths is not None
        assert usual is not None
        rise = latest.temperature_tenths - usual
        if rise > tenths(self.rise_degrees):
            return Present(self.severity, "above_usual", (latest,), {"usual": printed(usual), "rise": printed(rise)})
        is_over = rise <= tenths(self.recovered_rise_degrees) and view.profile.temperature_site != "forehead"
        return ABSENT if is_over else None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        usual = baseline[1]
        return {} if usual is None else {"temperature_tenths": (LOWEST, usual + tenths(self.rise_degrees))}


class PersistentFever(Detector, frozen=True):
    """A high temperature on each of more than three days: called persistent fever, not high fever.

    High fever in common Chinese grading begins at 39.1 (domain.md 1.12.6). The
    day's highest counts, whatever the site. It is over after half a day below
    the recovered limit; a forehead reading never ends it. Silent for the first
    three days of a resident.

    >>> from detectors.history import History
    >>> from detectors.observations import Reading
    >>> from detectors.times import DAY
    >>> view = History(Profile(tier="yellow"))
    >>> for day in range(4):
    ...     view.add(Reading(day * DAY, str(day), temperature_tenths=386))
    >>> PersistentFever().judge(view).severity.name
    'P1'
    """

    says: ClassVar[Says] = {"persistent": ("limit", "days")}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"temperature_celsius"})
    ascending: ClassVar[Ascending] = (("recovered_below_celsius", "limit_celsius"),)

    limit_celsius: float = 38.5  # unsourced: configuration
    more_than_days: int = 3  # treatment protocol, 10th edition: fever for more than three days
    recovered_below_celsius: float = 37.5  # own choice
    recovered_for_hours: int = 12  # own choice
    severity: Severity = Severity.P1  # red and yellow tier, and where nobody knows the tier
    green_tier_severity: Severity = Severity.P2  # own choice

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.temperature_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        latest, limit = view.latest, tenths(self.limit_celsius)
        assert latest is not None
        assert latest.temperature_tenths is not None
        if latest.temperature_tenths < limit:
            return ABSENT if self._is_over(view) else None
        today = view.profile.day_of(view.at)
        before = view.known_days(TEMPERATURE_HIGHEST, today - self.more_than_days, today - 1)
        if len(before) < self.more_than_days or min(before) < limit:
            return None
        severity = self.green_tier_severity if view.profile.tier == "green" else self.severity
        facts = {"limit": printed(limit), "days": str(self.more_than_days + 1)}
        return Present(severity, "persistent", (latest,), facts)

    def _is_over(self, view: History) -> bool:
        latest, below = view.latest, tenths(self.recovered_below_celsius)
        if latest is None or site_of(latest, view.profile) == "forehead":
            return False
        for one in view.recent(self.recovered_for_hours * HOUR):
            if one.temperature_tenths is not None and one.temperature_tenths >= below:
                return False
        return True

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"temperature_tenths": (LOWEST, tenths(self.limit_celsius) - 1)}
