"""A facility whose checks stand in another facility too (D27g)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Says
from detectors.weekly.chance import BETWEEN, Spread, a_week_in, agreement, one_in
from detectors.weekly.chance import product as all_of
from detectors.weekly.week import CENTURIES, Centuries, Check, Triple, Week, WeekDetector, shown

LENGTH: Final = 6
"""Checks of a stretch, the least that chance does not bring together somewhere in the nation: `least_length`."""

DISTINCT: Final = 3
"""Different values in it: two homes that each write one value over and over have not copied one another."""

KEPT: Final = 8
"""Stretches kept of a facility's day, those with the smallest digests: the same ones of a day that is the same."""


class CopiedReadings(WeekDetector, frozen=True):
    """At least `least_stretches` of six checks, one after the other, stand in another facility's week as well.

    Both are told, and neither is said to have copied. Order counts, residents and
    times do not: a sheet that was typed again for other residents is found. Silent
    until a facility has six complete checks on a day, with three different values.
    """

    says: ClassVar[Says] = {"copied": ("other", "stretches", "length", "one_in")}

    between: Spread = BETWEEN
    facilities: Annotated[int, Meta(ge=2)] = 41_000  # with which a facility is compared (design.md 1)
    least_stretches: Annotated[int, Meta(ge=1)] = 1
    centuries: Centuries = CENTURIES

    def judge_week(self, week: Week) -> Present | Absent | None:
        checks = sum(one.triple is not None for one in week.checks)
        if checks < LENGTH:
            return None
        other = min(week.copied, key=lambda one: (-one.stretches, one.facility), default=None)
        chance = self.expected(checks, LENGTH)
        if other is None or other.stretches < self.least_stretches or chance > a_week_in(self.centuries):
            return ABSENT
        facts = {"other": other.facility, "stretches": str(other.stretches), "length": str(LENGTH)}
        return Present(self.severity, "copied", shown(other.evidence), facts | {"one_in": one_in(chance)})

    def expected(self, checks: int, length: int) -> float:
        """How often a stretch of so many checks stands elsewhere by chance, in a week and facilities of like size."""
        same = all_of(tuple(agreement(spread) for spread in self.between.steps))
        return checks * checks * self.facilities * same**length

    def least_length(self, checks: int) -> int:
        """The shortest stretch that chance does not bring to a facility of so many checks a week once in `centuries`.

        >>> CopiedReadings().least_length(750)
        6
        """
        length = 1
        while self.expected(checks, length) > a_week_in(self.centuries):
            length += 1
        return length


def stretches_of(day: Iterable[Check]) -> dict[int, tuple[Check, ...]]:
    """The digests of a day's stretches that are kept, with the checks of each; checks are in order of (at, id)."""
    complete = [one for one in day if one.triple is not None]
    found = {}
    for begins in range(len(complete) - LENGTH + 1):
        stretch = complete[begins : begins + LENGTH]
        triples = [one.triple for one in stretch if one.triple is not None]
        if len(set(triples)) >= DISTINCT:
            found[_digest(triples)] = tuple(stretch)
    return {digest: found[digest] for digest in sorted(found)[:KEPT]}


def _digest(triples: Sequence[Triple]) -> int:
    """A number of 63 bits."""
    written = ";".join(",".join(map(str, triple)) for triple in triples)
    return int.from_bytes(blake2b(written.encode(), digest_size=8).digest(), "big") >> 1
