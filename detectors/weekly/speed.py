"""More residents in a minute than one person can measure (D27e)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Says
from detectors.times import MINUTE, SECOND, Millis
from detectors.weekly.chance import a_week_in, one_in, poisson_tail
from detectors.weekly.week import CENTURIES, Centuries, Check, Week, WeekDetector, shown

Seconds = Annotated[float, Meta(gt=0)]

AS_IT_HAPPENS: Final[Millis] = 15 * MINUTE
"""What is older when it arrives was kept offline or typed in later (design.md 4: the backlog)."""


class TooManyAtOnce(WeekDetector, frozen=True):
    """More than `more_than_residents` were measured in under `within_seconds`, by one reporter.

    By the times of observation. Paper, entries that came late and whole sheets
    that came at once or under one time are left out: there the time says nothing about the
    measuring. Up to `shared_by` people may share a reporter's account. No reporter is
    named. Silent until somebody reports so many residents in the week.
    """

    says: ClassVar[Says] = {"too_many": ("residents", "seconds", "from", "one_in")}

    more_than_residents: Annotated[int, Meta(ge=2)] = 20  # domain.md 1.10
    within_seconds: Seconds = 60  # domain.md 1.10
    seconds_each: Seconds = 30  # at least, with an oximeter that settles for 8-16 s (domain.md 1.10; own choice)
    shared_by: Annotated[int, Meta(ge=1)] = 2  # own choice
    centuries: Centuries = CENTURIES

    def judge_week(self, week: Week) -> Present | Absent | None:
        mine: dict[str, list[Check]] = {}
        for check in as_they_happened(week.checks):
            mine.setdefault(check.reporter or "", []).append(check)
        if max((len({one.resident for one in checks}) for checks in mine.values()), default=0) <= 1:
            return None
        most = max((self._most(checks) for checks in mine.values()), key=len)
        residents = len({one.resident for one in most})
        mean = self.shared_by * self.within_seconds / self.seconds_each
        chance = sum(map(len, mine.values())) * poisson_tail(mean, residents - 1)
        if residents <= self.more_than_residents or chance > a_week_in(self.centuries):
            return ABSENT
        facts = {"residents": str(residents), "seconds": f"{self.within_seconds:g}", "one_in": one_in(chance)}
        return Present(self.severity, "too_many", shown(most), facts | {"from": week.profile.clock(most[0].at)})

    def _most(self, checks: list[Check]) -> list[Check]:
        """The checks of the stretch with the most residents."""
        best: list[Check] = []
        within: Counter[str] = Counter()
        most = first = 0
        for index, check in enumerate(checks):
            within[check.resident] += 1
            while check.at - checks[first].at >= self.within_seconds * SECOND:
                within[checks[first].resident] -= 1
                within += Counter()  # who is counted no more is not there
                first += 1
            if len(within) > most:
                most, best = len(within), checks[first : index + 1]
        return best


def as_they_happened(checks: Iterable[Check]) -> list[Check]:
    """With a reporter, and neither from paper nor late nor from a sheet of several residents."""
    kept = [one for one in checks if one.reporter and one.source != "paper" and not _is_late(one)]
    sheets: dict[tuple[str | None, str, Millis | None], set[str]] = {}
    for one in kept:
        for key in _sheets_of(one):
            sheets.setdefault(key, set()).add(one.resident)
    return [one for one in kept if all(len(sheets[key]) == 1 for key in _sheets_of(one))]


def _is_late(check: Check) -> bool:
    return check.received_at is not None and check.received_at - check.at > AS_IT_HAPPENS


def _sheets_of(check: Check) -> list[tuple[str | None, str, Millis | None]]:
    """One time for several residents, or one receipt."""
    sheets: list[tuple[str | None, str, Millis | None]] = [(check.reporter, "observed", check.at)]
    return sheets if check.received_at is None else [*sheets, (check.reporter, "received", check.received_at)]
