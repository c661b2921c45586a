"""Cannot be measured (D38): doubt must not mute the dying (domain.md 1.12.3)."""

from __future__ import annotations

from typing import ClassVar, Final

from detectors.detector import ABSENT, Absent, Band, Baseline, Detector, Present, Question, Says, Severity, tenths
from detectors.history import History
from detectors.observations import DEMO, Doubt, Reading
from detectors.profile import Profile
from detectors.times import MINUTE, Millis

REAL_BUT_DOUBTFUL: Final = int(
    Doubt.SPO2_VERY_LOW
    | Doubt.PULSE_VERY_LOW
    | Doubt.LOW_PERFUSION
    | Doubt.WEAK_SIGNAL
    | Doubt.NON_PULSATILE
    | Doubt.INVALID_DEVICE
    | Doubt.IMPOSSIBLE
)
"""Everything but demonstration and test data."""


class CannotBeMeasured(Detector, frozen=True):
    """A doubtful value asks for a repeat at once; no valid saturation in time opens P1.

    A steep fall from the previous reading asks for a repeat too, and opens
    nothing by itself: the resting limits judge the value that was reached.
    """

    says: ClassVar[Says] = {"not_repeated": ("minutes",)}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent", "perfusion_index_percent", "device_status"})

    repeat_within_minutes: int = 5  # domain.md 1.12.3
    fall_percent: float = 8  # between consecutive readings (domain.md 1.10, own)
    severity: Severity = Severity.P1

    def applies(self, view: History) -> bool:
        return type(view.element) is Reading

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT if is_valid(view.latest) else None

    def asks(self, view: History) -> Millis | None:
        reading = view.element
        if type(reading) is not Reading or reading.doubt & DEMO:
            return None
        if reading.doubt & REAL_BUT_DOUBTFUL or self._has_fallen(view):
            return view.at + self.repeat_within_minutes * MINUTE
        return None

    def _has_fallen(self, view: History) -> bool:
        latest = view.latest
        if latest is None or latest.spo2_tenths is None:
            return False
        for before in view.recent():
            if before is not latest and before.spo2_tenths is not None:
                return before.spo2_tenths - latest.spo2_tenths >= tenths(self.fall_percent)
        return False

    @property
    def asks_once(self) -> bool:
        return True

    def answered(self, view: History, question: Question) -> bool:
        if is_valid(view.latest):
            return view.at > question.cause_at
        # A doubtful value asks for its own repeat: the question of a steep fall, which opens nothing, must give way.
        cause = next((r for r in view.recent(view.at - question.cause_at) if r.id == question.cause_id), None)
        return cause is not None and not cause.doubt and type(view.element) is Reading and bool(view.element.doubt)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        assert question is not None
        doubtful = view.doubtful_within(view.at - question.cause_at)
        if doubtful is None or (doubtful.at, doubtful.id) < (question.cause_at, question.cause_id):
            return None  # a steep fall of plausible values
        return Present(self.severity, "not_repeated", (doubtful,), {"minutes": str(self.repeat_within_minutes)})

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        # A fall of 8 points from 100 % ends at 92 %: above it no fall can be steep.
        return {"doubt": (0, 0), "spo2_tenths": (1_000 - tenths(self.fall_percent) + 1, 1_000)}


def is_valid(reading: Reading | None) -> bool:
    """It has a saturation, and nothing casts doubt on it."""
    return reading is not None and reading.spo2_tenths is not None and not reading.doubt & REAL_BUT_DOUBTFUL
