"""Oxygen saturation: resting hypoxia (D01), critical hypoxia (D02), and where no limit can be set (D39).

All limits are for a resident whose usual saturation is 97 %. From
`altitude_from_m` on they move with the resident's usual value: healthy people
at 3,800-4,200 m have 89.8 % on average (domain.md 1.12.4).
"""

from __future__ import annotations

from typing import ClassVar

from detectors.days import RAW_COUNT
from detectors.detector import (
    ABSENT,
    Absent,
    Ascending,
    Band,
    Baseline,
    Detector,
    Present,
    Question,
    Says,
    Severity,
    printed,
    tenths,
)
from detectors.history import History
from detectors.observations import Reading
from detectors.profile import SEA_LEVEL_SPO2_TENTHS, Profile
from detectors.times import HOUR, MINUTE, SECOND, Millis

HIGHEST = 1_000
"""100 % in tenths."""


def altitude_shift(profile: Profile, altitude_from_m: int) -> int:
    """By how many tenths the absolute SpO2 limits move for this resident: 0 below that altitude."""
    if profile.altitude_m < altitude_from_m or profile.usual_spo2_tenths is None:
        return 0
    return profile.usual_spo2_tenths - SEA_LEVEL_SPO2_TENTHS


def _at_rest_on_air(reading: Reading) -> bool:
    return reading.is_at_rest_on_air


def _measured(reading: Reading) -> bool:
    return reading.spo2_tenths is not None


class RestingHypoxia(Detector, frozen=True):
    """Oxygen at rest on room air at or below the limit, and again: the severe case of the Chinese protocol.

    One low reading is a reason to measure again, not to call: a finger
    oximeter is accurate to +-2 points in about two thirds of its readings
    (ISO 80601-2-61). A repeat is any rest-on-air reading `apart_seconds` to
    `confirm_within_minutes` later: a low one confirms, a higher one refutes.
    Not repeated at all, the finding opens *unconfirmed* when the time is over,
    because homes measure twice a day (domain.md 1.12.2).
    """

    says: ClassVar[Says] = dict.fromkeys(("confirmed", "unconfirmed"), ("limit", "minutes"))
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent"})
    ascending: ClassVar[Ascending] = (
        ("limit_percent", "recovered_percent"),
        ("scale_2_limit_percent", "scale_2_recovered_percent"),
        ("apart_seconds", "confirm_within_minutes", "again_within_hours"),
    )

    limit_percent: float = 93  # severe at <= 93: diagnosis and treatment protocol, 10th edition
    recovered_percent: float = 95  # over only here, so that 93-94 does not flicker
    scale_2_limit_percent: float = 85  # the same NEWS2 score as 93 on scale 1 (domain.md 1.12.7)
    scale_2_recovered_percent: float = 88
    apart_seconds: int = 10
    confirm_within_minutes: int = 10
    again_within_hours: int = 24
    recovered_for_seconds: int = 60  # and for two readings: one good reading proves little
    altitude_from_m: int = 1_500
    severity: Severity = Severity.P1
    unconfirmed_severity: Severity = Severity.P2

    def limit(self, profile: Profile) -> int:
        """Low at or below this, in tenths."""
        if profile.spo2_scale == 2:
            return tenths(self.scale_2_limit_percent)
        return tenths(self.limit_percent) + altitude_shift(profile, self.altitude_from_m)

    def recovered(self, profile: Profile) -> int:
        """Well again at or above this, in tenths."""
        if profile.spo2_scale == 2:
            return tenths(self.scale_2_recovered_percent)
        return tenths(self.recovered_percent) + altitude_shift(profile, self.altitude_from_m)

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.is_at_rest_on_air

    def judge(self, view: History) -> Present | Absent | None:
        limit, latest = self.limit(view.profile), view.latest
        assert latest is not None
        if latest.spo2_tenths is not None and latest.spo2_tenths > limit:
            lasting = self.recovered_for_seconds * SECOND
            well = view.has_held(_at_rest_on_air, view.rest_stair, self.recovered(view.profile), lasting)
            return ABSENT if well else None
        earlier = self._earlier_low(view, limit)
        return None if earlier is None else self._present(view, self.severity, "confirmed", (latest, earlier))

    def _earlier_low(self, view: History, limit: int) -> Reading | None:
        """Another low reading that no higher one refuted in its own confirming time."""
        apart, within = self.apart_seconds * SECOND, self.confirm_within_minutes * MINUTE
        highs: list[Millis] = []
        for reading in view.recent(self.again_within_hours * HOUR):
            if reading is view.latest or reading.spo2_tenths is None or not reading.is_at_rest_on_air:
                continue
            if reading.spo2_tenths > limit:
                highs.append(reading.at)
            elif view.at - reading.at >= apart and not any(apart <= high - reading.at <= within for high in highs):
                return reading
        return None

    def asks(self, view: History) -> Millis | None:
        latest = view.latest
        if latest is None or latest.spo2_tenths is None or latest.spo2_tenths > self.limit(view.profile):
            return None
        return view.at + self.confirm_within_minutes * MINUTE

    def answered(self, view: History, question: Question) -> bool:
        return view.at - question.cause_at >= self.apart_seconds * SECOND

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        assert question is not None
        cause = None
        for reading in view.recent(view.at - question.cause_at):
            if reading.id == question.cause_id:
                cause = reading
            elif reading.is_at_rest_on_air and reading.at - question.cause_at >= self.apart_seconds * SECOND:
                return None
        evidence = () if cause is None else (cause,)
        return self._present(view, self.unconfirmed_severity, "unconfirmed", evidence)

    def _present(self, view: History, severity: Severity, because: str, evidence: tuple[Reading, ...]) -> Present:
        facts = {"limit": printed(self.limit(view.profile)), "minutes": str(self.confirm_within_minutes)}
        return Present(severity, because, evidence, facts)

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"spo2_tenths": (self.limit(profile) + 1, HIGHEST)}


class CriticalHypoxia(Detector, frozen=True):
    """Oxygen so low that one valid reading is enough.

    On a continuous stream a single value may be a slip of the sensor: there
    it must last `sustained_seconds`. A repeat after a minute settles a single
    spot reading; at two checks a day it stands until the second good check.
    """

    says: ClassVar[Says] = dict.fromkeys(("single", "sustained"), ("limit", "seconds"))
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent"})

    limit_percent: float = 88  # NEWS2 3-point band and own choice (domain.md 1.11, D02)
    scale_2_limit_percent: float = 83  # NEWS2 scale 2, 3 points
    recovered_above: float = 2  # points above the limit that count as well again
    recovered_for_seconds: int = 60
    sustained_seconds: int = 10
    altitude_from_m: int = 1_500
    severity: Severity = Severity.P1

    def limit(self, profile: Profile) -> int:
        """Critical at or below this, in tenths."""
        if profile.spo2_scale == 2:
            return tenths(self.scale_2_limit_percent)
        return tenths(self.limit_percent) + altitude_shift(profile, self.altitude_from_m)

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.spo2_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        limit, latest = self.limit(view.profile), view.latest
        assert latest is not None
        if latest.spo2_tenths is not None and latest.spo2_tenths > limit:
            lasting = self.recovered_for_seconds * SECOND
            well = view.has_held(_measured, view.stair, limit + tenths(self.recovered_above), lasting)
            return ABSENT if well else None
        if not latest.continuous:
            return self._present(limit, "single", (latest,))
        first = self._sustained_since(view, limit)
        return None if first is None else self._present(limit, "sustained", (latest, first))

    def _sustained_since(self, view: History, limit: int) -> Reading | None:
        """The reading since which all were critical, when that is long enough ago."""
        number, oldest = 0, None
        for reading in view.recent():
            if reading.spo2_tenths is None:
                continue
            if reading.spo2_tenths > limit:
                return None
            number, oldest = number + 1, reading
            if view.at - reading.at >= self.sustained_seconds * SECOND:
                return reading
        # Several devices at 1 Hz fill the 64 readings in less than the sustained time.
        return oldest if number >= RAW_COUNT // 2 else None

    def _present(self, limit: int, because: str, evidence: tuple[Reading, ...]) -> Present:
        facts = {"limit": printed(limit), "seconds": str(self.sustained_seconds)}
        return Present(self.severity, because, evidence, facts)

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"spo2_tenths": (self.limit(profile) + 1, HIGHEST)}


class LimitNotSet(Detector, frozen=True):
    """At altitude without a usual value no absolute limit is right: somebody must enter one.

    Meanwhile the most cautious limits, those of the lowlands, still run.
    """

    says: ClassVar[Says] = {"missing": ("altitude",)}
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent"})

    altitude_from_m: int = 1_500  # domain.md 1.12.4
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.spo2_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        assert view.latest is not None
        profile = view.profile
        if not self._is_missing(profile):
            return ABSENT
        return Present(self.severity, "missing", (view.latest,), {"altitude": str(profile.altitude_m)})

    def _is_missing(self, profile: Profile) -> bool:
        return (
            profile.altitude_m >= self.altitude_from_m and profile.usual_spo2_tenths is None and profile.spo2_scale == 1
        )

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"spo2_tenths": (HIGHEST + 1, HIGHEST + 1)} if self._is_missing(profile) else {}
