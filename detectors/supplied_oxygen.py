"""Oxygen that is given and not recorded, or given for days (D32)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Band, Baseline, Detector, Present, Says, Severity, tenths
from detectors.history import History
from detectors.observations import Reading
from detectors.oxygen import altitude_shift
from detectors.profile import Profile
from detectors.repeated import HIGHEST
from detectors.times import HOUR, MINUTE, SECOND, Millis


class OxygenWithoutRecord(Detector, frozen=True):
    """Oxygen was low twice and soon after much higher, and nobody says whether oxygen is given.

    Also somebody on oxygen for days who is judged on scale 1: a doctor should
    say which scale is right. Over when a reading says air or oxygen, or off
    oxygen. On a stream a dip in sleep comes back by itself: there no rise is
    asked about. Silent until oxygen is low or given.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> for minute, spo2 in ((0, 910), (2, 910), (12, 960)):
    ...     view.add(Reading(minute * MINUTE, str(minute), spo2))
    >>> OxygenWithoutRecord().judge(view).because
    'rise'
    """

    says: ClassVar[Says] = {"rise": ("minutes",), "long": ("hours",)}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent", "on_oxygen"})

    low_percent: float = 93  # as D01 has it
    rise_percent: float = 4  # domain.md 1.11, D32 (own)
    within_minutes: int = 30  # own choice
    apart_seconds: int = 10  # own choice, as D01
    long_hours: int = 48  # own choice
    altitude_from_m: int = 1_500
    severity: Severity = Severity.P3

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.spo2_tenths is not None and not view.latest.after_activity

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        if latest.on_oxygen is None:
            return None if latest.continuous else self._unexplained_rise(view, latest)
        since = self._on_oxygen_since(view) if latest.on_oxygen and view.profile.spo2_scale == 1 else None
        return (
            ABSENT
            if since is None
            else Present(self.severity, "long", (latest, since), {"hours": str(self.long_hours)})
        )

    def _unexplained_rise(self, view: History, latest: Reading) -> Present | None:
        low = tenths(self.low_percent) + altitude_shift(view.profile, self.altitude_from_m)
        before = [
            one for one in view.recent(self.within_minutes * MINUTE) if one.is_at_rest_on_air and one is not latest
        ]
        if len(before) < 2 or before[0].at - before[1].at < self.apart_seconds * SECOND:
            return None
        values = [one.spo2_tenths for one in (latest, *before[:2]) if one.spo2_tenths is not None]
        if max(values[1:]) > low or values[0] - values[1] < tenths(self.rise_percent):
            return None
        facts = {"minutes": str((latest.at - before[0].at) // MINUTE)}
        return Present(self.severity, "rise", (latest, before[0]), facts)

    def _on_oxygen_since(self, view: History) -> Reading | None:
        for reading in view.recent():
            if reading.on_oxygen is False:
                return None
            if reading.on_oxygen and view.at - reading.at >= self.long_hours * HOUR:
                return reading
        return None

    @property
    def afterglow(self) -> Millis:
        return self.within_minutes * MINUTE

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        low = tenths(self.low_percent) + altitude_shift(profile, self.altitude_from_m)
        return {"on_oxygen": (0, 0), "spo2_tenths": (low + 1, HIGHEST)}
