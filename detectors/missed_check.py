"""Missed checks (D24): a cut-off came, and nobody had looked since the one before."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import ClassVar

from detectors.detector import ABSENT, Absent, Detector, Present, Question, Says, Severity
from detectors.history import History
from detectors.observations import CheckIn, Reading
from detectors.profile import Profile, midnight
from detectors.times import DAY, MINUTE, NEVER, Millis


class MissedCheck(Detector, frozen=True):
    """At each local cut-off, a present resident without a reading and a check-in since the previous one.

    Health monitoring is due at least twice a day (domain.md 1.6). The next
    reading or check-in ends it. A resident who is not in the home misses nothing.
    """

    says: ClassVar[Says] = {"missed": ()}
    hears: ClassVar[tuple[type, ...]] = (Reading, CheckIn)

    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return view.checked_at == view.at

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT

    def next_due(self, profile: Profile, after: Millis) -> Millis:
        return next_cutoff(profile, profile.cutoffs, after)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        if view.present_now() != "in" or not self.is_missed(view.profile, view.checked_at, view.at):
            return ABSENT
        return Present(self.severity, "missed")

    def is_missed(self, profile: Profile, checked_at: Millis, cutoff: Millis) -> bool:
        """At this cut-off nobody had looked since the one before."""
        return not _has_left(profile, cutoff) and checked_at <= _before(profile, cutoff)

    def waits_until(self, profile: Profile, checked_at: Millis, now: Millis) -> Millis | None:
        """The next cut-off, if a check is still to come before it; None: somebody has looked, or they left."""
        due = next_cutoff(profile, profile.cutoffs, now)
        return due if due < NEVER and self.is_missed(profile, checked_at, due) else None

    def missed_at(self, profile: Profile, checked_at: Millis, now: Millis) -> Millis | None:
        """The last cut-off, if it was missed and nobody has looked since; None: it was not, or before their time."""
        if not profile.cutoffs:
            return None
        cutoff = _before(profile, now + 1)
        began = profile.checks_from is None or profile.checks_from < cutoff
        return cutoff if began and self.is_missed(profile, checked_at, cutoff) else None


def _has_left(profile: Profile, at: Millis) -> bool:
    return profile.checks_until is not None and at >= profile.checks_until


def _before(profile: Profile, at: Millis) -> Millis:
    """The last cut-off before a moment."""
    dues = _cutoffs_about(profile.zone, profile.cutoffs, at // DAY)
    return dues[bisect_left(dues, at) - 1]


def next_cutoff(profile: Profile, cutoffs: tuple[int, ...], after: Millis) -> Millis:
    """The first of these minutes after a local midnight that is later than `after`; NEVER: the resident has left."""
    if not cutoffs:
        return NEVER
    dues = _cutoffs_about(profile.zone, cutoffs, after // DAY)
    due = dues[bisect_right(dues, after)]
    return NEVER if _has_left(profile, due) else due


@lru_cache(maxsize=4_096)
def _cutoffs_about(zone: str, cutoffs: tuple[int, ...], utc_day: int) -> tuple[Millis, ...]:
    """The cut-offs around a day, ascending: at every moment of it the one before and the one after.

    By the day in UTC, because that is asked for every due time and needs no
    look at the zone; the local day is the same or a neighbour. Residents of a facility share them.
    """
    midnights = [midnight(zone, day) for day in range(utc_day - 2, utc_day + 3)]
    return tuple(sorted(since + minutes * MINUTE for since in midnights for minutes in cutoffs))
