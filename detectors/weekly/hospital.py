"""Readings of a resident who is in hospital, by the facility's own word (D27f)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Says
from detectors.times import HOUR, NEVER
from detectors.weekly.chance import a_week_in, one_in
from detectors.weekly.week import CENTURIES, Centuries, Check, Stay, Week, WeekDetector, rounds, shown


class MeasuredInHospital(WeekDetector, frozen=True):
    """`least_checks` or more of a resident between the check-in "in hospital" and the next that says otherwise.

    The first `after_hours` of a stay are left out, and the last `before_hours`
    of one that is over: who leaves and comes back is not entered to the minute. A return that
    nobody entered is what chance brings: `forgotten` of the checks after it. Silent until
    somebody is said to be in hospital.
    """

    says: ClassVar[Says] = {"in_hospital": ("who", "checks", "residents", "one_in")}
    inputs: ClassVar[frozenset[str]] = frozenset({"check_in"})

    least_checks: Annotated[int, Meta(ge=1)] = 3  # own choice
    after_hours: Annotated[int, Meta(ge=0)] = 2  # own choice
    before_hours: Annotated[int, Meta(ge=0)] = 24  # own choice
    forgotten: Annotated[float, Meta(gt=0, lt=1)] = 0.02  # of the checks after a return (own choice, unsourced)
    centuries: Centuries = CENTURIES

    def judge_week(self, week: Week) -> Present | Absent | None:
        if not week.checks:
            return None
        lives = rounds(week.checks)
        found = [(stay, self._inside(stay, lives.get(stay.resident, []))) for stay in week.stays]
        found = [one for one in found if len(one[1]) >= self.least_checks]
        if not found:
            return ABSENT
        stay, checks = min(found, key=lambda one: (-len(one[1]), one[0].resident))
        chance = len(week.stays) * self.forgotten ** len(checks)
        if chance > a_week_in(self.centuries):
            return ABSENT
        facts = {"who": stay.resident, "checks": str(len(checks)), "one_in": one_in(chance)}
        residents = str(len({stay.resident for stay, _ in found}))
        return Present(self.severity, "in_hospital", shown(checks), facts | {"residents": residents})

    def _inside(self, stay: Stay, checks: list[Check]) -> list[Check]:
        begins = stay.since + self.after_hours * HOUR
        ends = NEVER if stay.until is None else stay.until - self.before_hours * HOUR
        return [one for one in checks if begins <= one.at < ends]
