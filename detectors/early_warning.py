"""Early warning by NEWS2: the full score (D09) and the lower bound of a partial one (D10)."""

from __future__ import annotations

from typing import ClassVar

from msgspec import structs

from detectors import news2
from detectors.beyond import KEPT_VITALS
from detectors.detector import ABSENT, Absent, Ascending, Band, Baseline, Detector, Present, Says, Severity
from detectors.history import History
from detectors.observations import Reading
from detectors.oxygen import altitude_shift
from detectors.profile import Profile
from detectors.times import MINUTE, Millis

_QUIET_BAND: Band = {
    "pulse_per_min": (51, 90),
    "respirations_per_min": (12, 20),
    "temperature_tenths": (361, 380),
    "systolic_mmhg": (111, 219),
    "consciousness": (0, 0),  # only A
    "on_oxygen": (0, 0),  # only on air
}
"""Where every parameter scores 0 (domain.md 1.1)."""


class EarlyWarning(Detector, frozen=True):
    """What both share: the newest value of each parameter within the window makes one set."""

    inputs: ClassVar[frozenset[str]] = frozenset(
        {
            "spo2_percent",
            "pulse_per_min",
            "respirations_per_min",
            "temperature_celsius",
            "systolic_mmhg",
            "consciousness",
        }
    )

    hears: ClassVar[tuple[type, ...]] = (Reading,)

    window_minutes: int = 30  # domain.md 1.11, D09 and D10
    altitude_from_m: int = 1_500

    @property
    def afterglow(self) -> Millis:
        return self.window_minutes * MINUTE

    def known(self, view: History) -> dict[str, Reading]:
        """The newest reading of every parameter measured within the window."""
        known = view.memo.get(("news2", self.window_minutes))
        if known is None:
            known = view.memo["news2", self.window_minutes] = view.newest_of_all(self.window_minutes * MINUTE)
        assert isinstance(known, dict)
        return known

    def is_full(self, view: History) -> bool:
        """Every parameter was measured within the window; nearly always at once, or not."""
        latest = view.latest
        return latest is not None and (latest.is_complete or len(self.known(view)) == len(KEPT_VITALS))

    def score(self, view: History) -> news2.Score:
        """The score of these readings."""
        key = ("score", self.window_minutes, self.altitude_from_m)
        score = view.memo.get(key)
        if score is None:
            score = view.memo[key] = self._scored(view)
        assert isinstance(score, news2.Score)
        return score

    def evidence(self, view: History) -> tuple[Reading, ...]:
        """These readings, newest first."""
        latest = view.latest
        if latest is not None and latest.is_complete:
            return (latest,)
        unique = {reading.id: reading for reading in self.known(view).values()}
        return tuple(sorted(unique.values(), key=lambda reading: (reading.at, reading.id), reverse=True))

    def _scored(self, view: History) -> news2.Score:
        latest, profile = view.latest, view.profile
        if latest is not None and latest.is_complete:
            values = news2.vitals_of(latest)
        else:
            values = news2.Vitals(**{vital: getattr(one, vital) for vital, one in self.known(view).items()})
        if profile.altitude_m >= self.altitude_from_m and profile.spo2_scale == 1 and values.spo2_tenths is not None:
            # The published bands are for a usual value of 97 %: at altitude they move with the resident's own.
            shift = altitude_shift(profile, self.altitude_from_m)
            values = structs.replace(values, spo2_tenths=values.spo2_tenths - shift)
        return news2.score(values, profile.spo2_scale)

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        if profile.spo2_scale == 2:
            return {**_QUIET_BAND, "spo2_tenths": (880, 1_000)}
        shown_from = 955 + altitude_shift(profile, self.altitude_from_m)  # displayed as 96 % or more
        return {**_QUIET_BAND, "spo2_tenths": (shown_from, 1_000)}


class FullNews2(EarlyWarning, frozen=True):
    """A complete NEWS2 at the emergency (7) or urgent (5, or one parameter at 3) threshold."""

    says: ClassVar[Says] = dict.fromkeys(("emergency", "urgent", "single"), ("total", "minutes"))
    needs: ClassVar[frozenset[str]] = EarlyWarning.inputs | {"on_oxygen"}
    ascending: ClassVar[Ascending] = (("recovered", "urgent", "emergency"),)

    emergency: int = 7  # [U2]; assessment within 30 min [U3]
    urgent: int = 5  # [U2]; assessment within 1 hour [U3]
    recovered: int = 3  # 4 keeps what stands
    emergency_severity: Severity = Severity.P1
    urgent_severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        return self.is_full(view)

    def judge(self, view: History) -> Present | Absent | None:
        score = self.score(view)
        total, evidence = score.lowest, self.evidence(view)
        facts = {"total": str(total), "minutes": str(self.window_minutes)}
        if total >= self.emergency:
            return Present(self.emergency_severity, "emergency", evidence, facts)
        if total >= self.urgent:
            return Present(self.urgent_severity, "urgent", evidence, facts)
        if score.has_single_three:
            return Present(self.urgent_severity, "single", evidence, facts)
        return ABSENT if total <= self.recovered else None


class PartialNews2(EarlyWarning, frozen=True):
    """Parameters are missing, and what is known already reaches the urgent threshold."""

    says: ClassVar[Says] = {"partial": ("lowest", "highest", "known")}
    ascending: ClassVar[Ascending] = (("recovered", "urgent"),)

    urgent: int = 5  # own (domain.md 1.11, D10)
    recovered: int = 2  # with at least `recovered_parameters` known; else it lapses
    recovered_parameters: int = 3
    severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        return view.latest is not None and not self.is_full(view) and bool(self.known(view))

    def judge(self, view: History) -> Present | Absent | None:
        parts, score = self.known(view), self.score(view)
        if score.lowest >= self.urgent:
            facts = {"lowest": str(score.lowest), "highest": str(score.highest), "known": str(len(parts))}
            return Present(self.severity, "partial", self.evidence(view), facts)
        return ABSENT if score.lowest <= self.recovered and len(parts) >= self.recovered_parameters else None
