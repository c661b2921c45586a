"""A facility whose values are too much alike: the same three for many residents (D27c), one last digit (D27d)."""

from __future__ import annotations

from collections import Counter
from math import ceil, floor
from typing import Annotated, ClassVar

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Says
from detectors.weekly.chance import BETWEEN, WITHIN, Spread, a_week_in, binomial_tail, clustering, most_likely, one_in
from detectors.weekly.chance import product as all_of
from detectors.weekly.week import CENTURIES, DAYS, Centuries, Check, Triple, Week, WeekDetector, date_of, shown

Share = Annotated[float, Meta(gt=0, le=1)]


class SharedValues(WeekDetector, frozen=True):
    """On one day `least_share` of the residents or more were said to have the same oxygen, pulse and temperature.

    Residents are counted and not readings: those of one resident hang together.
    Silent on days with fewer than `least_residents` measured; in a small home it
    takes more than the share, as many as chance reaches once in `centuries`.
    """

    says: ClassVar[Says] = {"shared": ("date", "residents", "measured", "one_in")}

    between: Spread = BETWEEN
    least_share: Share = 0.3  # domain.md 1.10
    least_residents: Annotated[int, Meta(ge=2)] = 5  # own choice
    centuries: Centuries = CENTURIES

    def judge_week(self, week: Week) -> Present | Absent | None:
        days: dict[int, list[Check]] = {}
        for check in week.checks:
            if check.triple is not None:
                days.setdefault(check.day, []).append(check)
        judged = [found for checks in days.values() if (found := self._of_day(checks)) is not None]
        if not judged:
            return None
        chance, measured, alike = min(judged, key=lambda one: (one[0], -one[1]))
        who = {one.resident for one in alike}
        if DAYS * chance > a_week_in(self.centuries) or len(who) < ceil(self.least_share * measured):
            return ABSENT
        facts = {"residents": str(len(who)), "measured": str(measured), "one_in": one_in(DAYS * chance)}
        return Present(self.severity, "shared", shown(alike), facts | {"date": date_of(alike[0].day)})

    def _of_day(self, checks: list[Check]) -> tuple[float, int, list[Check]] | None:
        """(chance, residents measured, the checks that are alike) of one day; None: too few."""
        whose: dict[Triple, dict[str, Check]] = {}
        times: Counter[str] = Counter()
        for check in checks:
            assert check.triple is not None
            whose.setdefault(check.triple, {})[check.resident] = check
            times[check.resident] += 1
        if len(times) < self.least_residents:
            return None
        alike = max(whose.values(), key=len)
        likeliest = all_of(tuple(most_likely(spread) for spread in self.between.steps))
        in_a_day = 1 - (1 - likeliest) ** max(times.values())
        # No triple is likelier than the likeliest, so there are about 1 / likeliest that could be the one.
        return binomial_tail(len(times), len(alike), in_a_day) / likeliest, len(times), list(alike.values())


class DigitExcess(WeekDetector, frozen=True):
    """One last digit of the pulse stands at least `least_share` of the time, where each stands in a tenth.

    Whoever counts half a minute writes even numbers, and that is honest: even
    and odd digits are looked at apart. The last digit of temperatures is not
    spread evenly in honest homes and says nothing. Silent until a facility has
    `least_readings` of oxygen and pulse in the week.
    """

    says: ClassVar[Says] = {"digit": ("digit", "times", "readings", "usual", "one_in")}
    inputs: ClassVar[frozenset[str]] = frozenset({"pulse_per_min"})

    pulse_spread_per_min: Annotated[float, Meta(gt=0)] = WITHIN.pulse_per_min
    least_share: Share = 0.25  # own choice: what is only significant in a large home accuses nobody
    least_readings: Annotated[int, Meta(ge=10)] = 100  # own choice
    centuries: Centuries = CENTURIES

    def judge_week(self, week: Week) -> Present | Absent | None:
        checks = [one for one in week.checks if one.pulse_per_min is not None and one.spo2_tenths is not None]
        if len(checks) < self.least_readings:
            return None
        digits = Counter(_digit(one) for one in checks)
        digit, times = max(digits.items(), key=lambda one: (one[1], -one[0]))
        of_its_kind = sum(number for one, number in digits.items() if one % 2 == digit % 2)
        each = len(checks) / len({one.resident for one in checks})
        weight = 1 + (each - 1) * clustering(self.pulse_spread_per_min / 2, 5)
        chance = 10 * binomial_tail(floor(of_its_kind / weight), floor(times / weight), 1 / 5)
        if chance > a_week_in(self.centuries) or times < self.least_share * len(checks):
            return ABSENT
        facts = {
            "digit": str(digit),
            "times": str(times),
            "readings": str(len(checks)),
            "usual": str(len(checks) // 10),
        }
        evidence = shown(one for one in checks if _digit(one) == digit)
        return Present(self.severity, "digit", evidence, facts | {"one_in": one_in(chance)})


def _digit(check: Check) -> int:
    assert check.pulse_per_min is not None
    return check.pulse_per_min % 10
