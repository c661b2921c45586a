"""One resident whose values do not move: the same three in check after check (D27), or one all week (D27b)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Says, printed
from detectors.times import DAY
from detectors.weekly.chance import (
    VITALS,
    WITHIN,
    Spread,
    a_week_in,
    agreement,
    most_likely,
    one_in,
    poisson_tail,
    product,
)
from detectors.weekly.week import CENTURIES, Centuries, Check, Week, WeekDetector, rounds, runs, shown

Share = Annotated[float, Meta(ge=0, le=1)]
Steps = Annotated[float, Meta(gt=0)]


class _OfOneResident(WeekDetector, frozen=True):
    """Honest values of one resident move by at least `within`, and of those with a pacemaker the pulse by less."""

    within: Spread = WITHIN
    paced_share: Share = 0.03  # residents whose pulse a pacemaker holds (own choice, unsourced)
    paced_pulse_per_min: Steps = 0.6  # how far it still moves (own choice, unsourced)
    centuries: Centuries = CENTURIES

    def expected(self, again: int, of: tuple[float, ...], paced: tuple[float, ...]) -> float:
        """The probability that as likely values come `again` times, by residents without and with a pacemaker."""
        return (1 - self.paced_share) * product(of) ** again + self.paced_share * product(paced) ** again


class RepeatedTriples(_OfOneResident, frozen=True):
    """The same oxygen, pulse and temperature of one resident in at least `least_checks` checks one after the other.

    Checks are complete and an hour apart. Silent until a resident has
    `least_checks` of them in the week; how many more it takes is what chance
    reaches in a facility of this size once in `centuries`.
    """

    says: ClassVar[Says] = {"repeated": ("who", "checks", "residents", "one_in")}

    least_checks: Annotated[int, Meta(ge=2)] = 5  # domain.md 1.10

    def judge_week(self, week: Week) -> Present | Absent | None:
        lives = rounds(week.checks)
        if max((len(mine) for mine in lives.values()), default=0) < self.least_checks:
            return None
        found = [
            mine[begins : begins + length]
            for mine in lives.values()
            for begins, length in runs([one.triple for one in mine])
            if length >= self.least_checks
        ]
        if not found:
            return ABSENT
        longest = min(found, key=lambda run: (-len(run), run[0].resident))
        residents = {run[0].resident for run in found}
        checks = sum(len(mine) for mine in lives.values())
        # Two questions, the longest and how many, so either may be half as likely.
        chance = 2 * min(
            checks * self.of(len(longest)),
            poisson_tail(checks * self.of(self.least_checks), len(residents)),
        )
        if chance > a_week_in(self.centuries):
            return ABSENT
        facts = {"who": longest[0].resident, "checks": str(len(longest)), "residents": str(len(residents))}
        return Present(self.severity, "repeated", shown(longest), facts | {"one_in": one_in(chance)})

    def of(self, checks: int) -> float:
        """The probability that this many checks begin here that are all the same."""
        agree = tuple(agreement(spread) for spread in self.within.steps)
        paced = (agree[0], agreement(self.paced_pulse_per_min), agree[2])
        return self.expected(checks - 1, agree, paced)


class ConstantVital(_OfOneResident, frozen=True):
    """One vital sign of a resident had one value all week.

    What a single device always shows is the device's (D26b): oxygen and pulse
    of residents with one device only are left out. Silent until a resident has
    `least_checks` checks over `least_days` days; how many more checks or how
    many residents it takes is what chance reaches once in `centuries`.
    """

    says: ClassVar[Says] = {"constant": ("who", "vital", "value", "checks", "residents", "one_in")}

    least_checks: Annotated[int, Meta(ge=2)] = 14  # two a day for seven days (domain.md 1.10)
    least_days: Annotated[int, Meta(ge=0, le=7)] = 6  # from the first to the last

    def judge_week(self, week: Week) -> Present | Absent | None:
        lives = [
            mine
            for mine in rounds(week.checks).values()
            if len(mine) >= self.least_checks and mine[-1].at - mine[0].at >= self.least_days * DAY - DAY // 2
        ]
        if not lives:
            return None
        found = [one for index in range(len(VITALS)) if (one := self._constant(index, lives)) is not None]
        if not found:
            return ABSENT
        chance, vital, still = min(found, key=lambda one: one[0])
        # Three vital signs are looked at.
        if 3 * chance > a_week_in(self.centuries):
            return ABSENT
        first = min(still, key=lambda mine: (-len(mine), mine[0].resident))
        facts = {
            "who": first[0].resident,
            "vital": vital,
            "value": _written(first[0], vital),
            "checks": str(len(first)),
        }
        facts |= {"residents": str(len(still)), "one_in": one_in(3 * chance)}
        return Present(self.severity, "constant", shown(first), facts)

    def _constant(self, index: int, lives: Iterable[list[Check]]) -> tuple[float, str, list[list[Check]]] | None:
        """(chance, which, whose) of one vital sign; None: it moves in everybody."""
        vital = list(VITALS)[index]
        mine = [life for life in lives if vital == "temperature" or not _is_of_one_device(life)]
        still = [life for life in mine if len({getattr(one, VITALS[vital]) for one in life}) == 1]
        if not still:
            return None
        likely = (most_likely(self.within.steps[index]),)
        paced = (most_likely(self.paced_pulse_per_min),) if vital == "pulse" else likely
        expected = sum(self.expected(len(life), likely, paced) for life in mine)
        longest = len(mine) * self.expected(max(len(life) for life in still), likely, paced)
        return 2 * min(longest, poisson_tail(expected, len(still))), vital, still


def _written(check: Check, vital: str) -> str:
    value: int = getattr(check, VITALS[vital])
    return str(value) if vital == "pulse" else printed(value)


def _is_of_one_device(life: Iterable[Check]) -> bool:
    """Everything comes from one device, and nobody wrote it down."""
    devices = {None if one.source in ("manual", "paper") else one.device for one in life}
    return len(devices) == 1 and None not in devices
