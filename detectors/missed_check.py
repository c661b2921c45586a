"""Missed checks (D24): a cut-off came, and nobody had looked since the one before."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Detector, Present, Question, Says, Severity
from detectors.history import History
from detectors.profile import Profile
from detectors.times import MINUTE, NEVER, Millis


class MissedCheck(Detector, frozen=True):
    """At each local cut-off, a present resident without a reading and a check-in since the previous one.

    Health monitoring is due at least twice a day (domain.md 1.6). The next
    reading or check-in ends it. A resident who is not in the home misses nothing.
    """

    says: ClassVar[Says] = {"missed": ()}

    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return view.checked_at == view.at

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT

    def next_due(self, profile: Profile, after: Millis) -> Millis:
        if not profile.cutoffs:
            return NEVER
        day = profile.day_of(after)
        due = min(due for d in (day, day + 1) for due in _cutoffs(profile, d) if due > after)
        return NEVER if _has_left(profile, due) else due

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        if view.present_now() != "in" or _has_left(view.profile, view.at):
            return ABSENT
        day = view.profile.day_of(view.at)
        previous = max(due for d in (day - 1, day) for due in _cutoffs(view.profile, d) if due < view.at)
        return ABSENT if view.checked_at > previous else Present(self.severity, "missed")


def _has_left(profile: Profile, at: Millis) -> bool:
    return profile.checks_until is not None and at >= profile.checks_until


def _cutoffs(profile: Profile, day: int) -> list[Millis]:
    midnight = profile.midnight(day)
    return [midnight + minutes * MINUTE for minutes in profile.cutoffs]
