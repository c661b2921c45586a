"""Oxygen after slight activity (D05): the early sign of the Chinese plan for severe cases."""

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
from detectors.history import History
from detectors.observations import Reading
from detectors.oxygen import altitude_shift
from detectors.profile import Profile
from detectors.times import MINUTE


class ExertionalDesaturation(Detector, frozen=True):
    """After slight activity oxygen is below the limit, or has fallen from a reading at rest a few minutes before.

    Only another reading after activity can end it: rest proves nothing about
    exertion. Residents of scale 2 have no absolute limit, and a fall of their
    own (domain.md 1.12.7). Silent until somebody is measured after activity.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", 970))
    >>> view.add(Reading(5 * MINUTE, "b", 940, after_activity=True))
    >>> ExertionalDesaturation().judge(view).because
    'fallen'
    """

    says: ClassVar[Says] = {"low": ("limit",), "fallen": ("fall", "minutes")}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent", "activity"})
    needs: ClassVar[frozenset[str]] = inputs
    ascending: ClassVar[Ascending] = (
        ("limit_percent", "recovered_percent"),
        ("recovered_fall_percent", "fall_percent"),
    )

    limit_percent: float = 94  # below: early warning of severe cases, treatment plan, trial version 4 (January 2023)
    fall_percent: float = 3  # NHS oximetry guidance; the number is unsourced: configuration
    scale_2_fall_percent: float = 4  # own (domain.md 1.12.7)
    rest_within_minutes: int = 15
    recovered_percent: float = 95  # own choice, on scale 1
    recovered_fall_percent: float = 1  # own choice
    altitude_from_m: int = 1_500
    severity: Severity = Severity.P2

    def limit(self, profile: Profile) -> int:
        """Low after activity below this, in tenths; 0: this resident has no absolute limit."""
        if profile.spo2_scale == 2:
            return 0
        return tenths(self.limit_percent) + altitude_shift(profile, self.altitude_from_m)

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.after_activity and view.latest.spo2_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        latest, profile = view.latest, view.profile
        assert latest is not None
        assert latest.spo2_tenths is not None
        limit, before = self.limit(profile), self._at_rest_before(view)
        fallen = 0 if before is None or before.spo2_tenths is None else before.spo2_tenths - latest.spo2_tenths
        most = tenths(self.scale_2_fall_percent if profile.spo2_scale == 2 else self.fall_percent)
        if before is not None and fallen >= most:
            facts = {"fall": printed(fallen), "minutes": str((view.at - before.at) // MINUTE)}
            return Present(self.severity, "fallen", (latest, before), facts)
        if latest.spo2_tenths < limit:
            return Present(self.severity, "low", (latest,), {"limit": printed(limit)})
        well = latest.spo2_tenths >= limit + tenths(self.recovered_percent - self.limit_percent) or limit == 0
        return ABSENT if well and fallen <= tenths(self.recovered_fall_percent) else None

    def _at_rest_before(self, view: History) -> Reading | None:
        """The newest reading at rest in the same air or oxygen."""
        latest = view.latest
        assert latest is not None
        for reading in view.recent(self.rest_within_minutes * MINUTE):
            alike = bool(reading.on_oxygen) == bool(latest.on_oxygen)
            if reading.spo2_tenths is not None and not reading.after_activity and alike:
                return reading
        return None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"after_activity": (0, 0)}
