"""The pulse: too slow or too fast (D17)."""

from __future__ import annotations

from typing import ClassVar

from detectors.days import RAW_COUNT
from detectors.detector import ABSENT, Absent, Ascending, Band, Baseline, Detector, Present, Says, Severity
from detectors.history import History
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.steady import has_lasted, since_when
from detectors.times import MINUTE, SECOND


class PulseOutOfRange(Detector, frozen=True):
    """A pulse at rest that scores three points in NEWS2, or two points when it is fast.

    On a continuous stream a beat may be missed or counted twice: there the
    pulse must stay out of range for `sustained_seconds`. It is over after two
    readings within the recovered range. Silent until a pulse is measured.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", pulse_per_min=131))
    >>> found = PulseOutOfRange().judge(view)
    >>> found.severity.name, found.because
    ('P2', 'fast')
    """

    says: ClassVar[Says] = dict.fromkeys(("slow", "fast", "raised"), ("limit",))
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"pulse_per_min"})
    ascending: ClassVar[Ascending] = (("slow_to", "recovered_from", "recovered_to", "raised_from", "fast_from"),)

    slow_to: int = 40  # three points in NEWS2
    fast_from: int = 131  # three points
    raised_from: int = 111  # two points
    recovered_from: int = 46  # own choice: a margin of five beats on either side
    recovered_to: int = 105
    recovered_for_minutes: int = 10  # own choice
    sustained_seconds: int = 60  # own choice
    severity: Severity = Severity.P2
    raised_severity: Severity = Severity.P3

    def applies(self, view: History) -> bool:
        latest = view.latest
        return latest is not None and latest.pulse_per_min is not None and not latest.after_activity

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        assert latest.pulse_per_min is not None
        pulse = latest.pulse_per_min
        if self.slow_to < pulse < self.raised_from:
            return ABSENT if has_lasted(view, self._is_well, self.recovered_for_minutes * MINUTE) else None
        if latest.continuous and not self._is_sustained(view, pulse):
            return None
        if pulse <= self.slow_to:
            return Present(self.severity, "slow", (latest,), {"limit": str(self.slow_to)})
        if pulse >= self.fast_from:
            return Present(self.severity, "fast", (latest,), {"limit": str(self.fast_from)})
        return Present(self.raised_severity, "raised", (latest,), {"limit": str(self.raised_from)})

    def _is_well(self, reading: Reading) -> bool | None:
        pulse = reading.pulse_per_min
        return None if pulse is None or reading.after_activity else self.recovered_from <= pulse <= self.recovered_to

    def _is_sustained(self, view: History, pulse: int) -> bool:
        """Every reading since `sustained_seconds` was at least as far out as the limit that this one is beyond."""

        def is_out(reading: Reading) -> bool | None:
            other = reading.pulse_per_min
            if other is None or reading.after_activity:
                return None
            if pulse <= self.slow_to:
                return other <= self.slow_to
            return other >= (self.fast_from if pulse >= self.fast_from else self.raised_from)

        found = since_when(view, is_out)
        assert found is not None
        oldest, number = found
        return view.at - oldest.at >= self.sustained_seconds * SECOND or number >= RAW_COUNT // 2

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"pulse_per_min": (self.slow_to + 1, self.raised_from - 1)}
