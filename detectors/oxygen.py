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
from detectors.repeated import HIGHEST, LowAgain, dips
from detectors.times import HOUR, MINUTE, SECOND, Millis


def altitude_shift(profile: Profile, altitude_from_m: int) -> int:
    """By how many tenths the absolute SpO2 limits move for this resident: 0 below that altitude."""
    if profile.altitude_m < altitude_from_m or profile.usual_spo2_tenths is None:
        return 0
    return profile.usual_spo2_tenths - SEA_LEVEL_SPO2_TENTHS


def limit_for(profile: Profile, percent: float, scale_2_percent: float, altitude_from_m: int) -> int:
    """The limit that holds for this resident, in tenths: of scale 2 its own, at altitude moved."""
    if profile.spo2_scale == 2:
        return tenths(scale_2_percent)
    if profile.altitude_m < altitude_from_m:  # nearly everybody: a limit is asked for ten times a reading
        return tenths(percent)
    return tenths(percent) + altitude_shift(profile, altitude_from_m)


class AtRest(LowAgain, frozen=True):
    """Oxygen at rest on room air against absolute limits: of scale 2 their own, at altitude moved."""

    ascending: ClassVar[Ascending] = (
        ("limit_percent", "recovered_percent"),
        ("scale_2_limit_percent", "scale_2_recovered_percent"),
        *LowAgain.ascending,
    )

    limit_percent: float = 93  # severe at <= 93: diagnosis and treatment protocol, 10th edition
    recovered_percent: float = 95  # over only here, so that 93-94 does not flicker
    scale_2_limit_percent: float = 85  # the same NEWS2 score as 93 on scale 1 (domain.md 1.12.7)
    scale_2_recovered_percent: float = 88
    altitude_from_m: int = 1_500

    def limit(self, profile: Profile) -> int:
        """Low at or below this, in tenths."""
        return limit_for(profile, self.limit_percent, self.scale_2_limit_percent, self.altitude_from_m)

    def low_at(self, view: History) -> int:
        return self.limit(view.profile)

    def well_at(self, view: History) -> int:
        return limit_for(view.profile, self.recovered_percent, self.scale_2_recovered_percent, self.altitude_from_m)

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"spo2_tenths": (self.limit(profile) + 1, HIGHEST)}


class RestingHypoxia(AtRest, frozen=True):
    """Oxygen at rest on room air at or below the limit, and again: the severe case of the Chinese protocol.

    One low reading is a reason to measure again, not to call: a finger
    oximeter is accurate to +-2 points in about two thirds of its readings
    (ISO 80601-2-61). Not repeated at all, the finding opens *unconfirmed* when
    the confirming time is over, because homes measure twice a day (domain.md
    1.12.2). Who is still low on oxygen is worse off than on air; a good value
    on oxygen proves nothing. Judges from the first reading on.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", 910))
    >>> RestingHypoxia().judge(view) is None  # a reason to measure again
    True
    >>> view.add(Reading(2 * MINUTE, "b", 920))
    >>> RestingHypoxia().judge(view).because
    'confirmed'
    """

    says: ClassVar[Says] = dict.fromkeys(("confirmed", "unconfirmed", "on_oxygen"), ("limit", "minutes"))

    severity: Severity = Severity.P1
    unconfirmed_severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        latest = view.latest
        if latest is None or latest.spo2_tenths is None or latest.after_activity:
            return False
        return not latest.on_oxygen or self.is_low(view)

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        if not self.is_low(view):
            return ABSENT if self.is_well(view) else None
        earlier = self._low_before(view) if latest.on_oxygen else self.earlier_low(view)
        if earlier is None:
            return None
        if latest.on_oxygen:
            return self._present(view, self.severity, "on_oxygen", (latest, earlier))
        return self._present(view, self.severity, "confirmed", (latest, earlier))

    def _low_before(self, view: History) -> Reading | None:
        """The last reading at rest before, on air or oxygen, when that was low too."""
        latest = view.latest
        for reading in view.recent(self.again_within_hours * HOUR):
            alike = reading is not latest and reading.spo2_tenths is not None and not reading.after_activity
            if alike and view.at - reading.at >= self.apart_seconds * SECOND:
                is_low = reading.spo2_tenths is not None and reading.spo2_tenths <= self.limit(view.profile)
                return reading if is_low else None
        return None

    def asks(self, view: History) -> Millis | None:
        latest = view.latest
        if latest is None or latest.on_oxygen or not self.is_low(view):
            return None
        return view.at + self.confirm_within_minutes * MINUTE

    def answered(self, view: History, question: Question) -> bool:
        is_repeat = view.latest is not None and view.latest.is_at_rest_on_air
        return is_repeat and view.at - question.cause_at >= self.apart_seconds * SECOND

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


class CriticalHypoxia(Detector, frozen=True):
    """Oxygen so low that one valid reading is enough.

    On a continuous stream a single value may be a slip of the sensor: there
    it must last `sustained_seconds`. A repeat after a minute settles a single
    spot reading; at two checks a day it stands until the second good check.
    A fall to the last reading's own digits in the other order (97, then 79) is
    as likely typed as true: it is urgent at once, and critical unless a repeat
    comes in time. Judges from the first reading on.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", 970))
    >>> view.add(Reading(HOUR, "b", 790))
    >>> CriticalHypoxia().judge(view).because
    'swapped'
    >>> view.add(Reading(HOUR + MINUTE, "c", 790))
    >>> CriticalHypoxia().judge(view).because
    'single'
    """

    says: ClassVar[Says] = {
        **dict.fromkeys(("single", "sustained"), ("limit", "seconds")),
        "swapped": ("limit", "minutes"),
    }
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent"})

    limit_percent: float = 88  # NEWS2 3-point band and own choice (domain.md 1.11, D02)
    scale_2_limit_percent: float = 83  # NEWS2 scale 2, 3 points
    recovered_above: float = 2  # points above the limit that count as well again
    recovered_for_seconds: int = 60
    continuous_recovered_minutes: int = 10  # own choice: dips in sleep are one episode, as for the resting rules
    restless_quarters: int = 3
    restless_within_hours: int = 2
    restless_recovered_minutes: int = 30
    sustained_seconds: int = 10
    swapped_apart_percent: float = 2  # own choice: as far as two good readings of an oximeter lie apart
    swapped_within_hours: int = 24  # own choice
    swapped_repeat_minutes: int = 5  # as for other doubtful values (domain.md 1.12.3)
    altitude_from_m: int = 1_500
    severity: Severity = Severity.P1
    swapped_severity: Severity = Severity.P2

    def limit(self, profile: Profile) -> int:
        """Critical at or below this, in tenths."""
        return limit_for(profile, self.limit_percent, self.scale_2_limit_percent, self.altitude_from_m)

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.spo2_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        limit, latest = self.limit(view.profile), view.latest
        assert latest is not None
        if latest.spo2_tenths is not None and latest.spo2_tenths > limit:
            return ABSENT if self._is_well(view, limit) else None
        if self._may_be_swapped(view, limit):
            facts = {"limit": printed(limit), "minutes": str(self.swapped_repeat_minutes)}
            return Present(self.swapped_severity, "swapped", (latest,), facts)
        if not latest.continuous:
            return self._present(limit, "single", (latest,))
        first = self._sustained_since(view, limit)
        return None if first is None else self._present(limit, "sustained", (latest, first))

    def _may_be_swapped(self, view: History, limit: int) -> bool:
        """The two digits the other way round are the reading before, and nothing was critical in the last day."""
        latest = view.latest
        if latest is None or latest.spo2_tenths is None or latest.continuous or latest.spo2_tenths > limit:
            return False
        tens, units = divmod(latest.spo2_tenths // 10, 10)
        swapped, before = 10 * (10 * units + tens), None
        if tens >= units:
            return False
        for one in view.recent(self.swapped_within_hours * HOUR):
            if one is latest or one.spo2_tenths is None:
                continue
            before = one.spo2_tenths if before is None else before
            if one.spo2_tenths <= limit or abs(before - swapped) > tenths(self.swapped_apart_percent):
                return False
        return before is not None

    def asks(self, view: History) -> Millis | None:
        is_swapped = self._may_be_swapped(view, self.limit(view.profile))
        return view.at + self.swapped_repeat_minutes * MINUTE if is_swapped else None

    def answered(self, view: History, question: Question) -> bool:
        return True  # by any saturation

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        assert question is not None
        cause = next((one for one in view.recent(view.at - question.cause_at) if one.id == question.cause_id), None)
        return self._present(self.limit(view.profile), "single", () if cause is None else (cause,))

    def _is_well(self, view: History, limit: int) -> bool:
        well, lasting = limit + tenths(self.recovered_above), self.recovered_for_seconds * SECOND
        if not view.has_held(well, lasting, at_rest=False):
            return False
        if view.latest is None or not view.latest.continuous:
            return True
        is_restless = dips(view, limit, well, self.restless_within_hours) >= self.restless_quarters
        calm = self.restless_recovered_minutes if is_restless else self.continuous_recovered_minutes
        return view.has_held(limit + 1, calm * MINUTE, at_rest=False)

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
    hears: ClassVar[tuple[type, ...]] = (Reading,)
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
