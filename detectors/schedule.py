"""Which rules judge when: rule sets in force, each from a moment of event time on.

A new set judges nothing again. What stands is judged by it at the next
element; a rule that is gone from it, or watches for another condition there,
stands no longer from the moment the set is in force.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import structs

from detectors.detector import KINDS, Detector
from detectors.observations import Reading
from detectors.rules import Rule, RuleSet
from detectors.times import NEVER, Millis

Bits = int
"""A set of the rules in force: bit 0 is the first of them."""


class Judge:
    """A rule at its place in the set, with what is asked of it for every element."""

    __slots__ = ("asks", "asks_once", "bit", "detector", "id", "modes", "rule")

    def __init__(self, rule: Rule, place: int) -> None:
        self.rule: Final = rule
        self.bit: Final[Bits] = 1 << place
        self.id: Final = rule.id
        self.modes: Final = rule.modes
        self.detector: Final = rule.detector
        self.asks: Final = type(rule.detector).asks is not Detector.asks  # it may ask for a repeat
        self.asks_once: Final = rule.detector.asks_once


class InForce:
    """One rule set in its time, made ready for judging."""

    __slots__ = (
        "_chosen",
        "after_hospital",
        "afterglow",
        "by_id",
        "glowing",
        "hearing",
        "judges",
        "listening",
        "rules",
        "since",
    )

    def __init__(self, since: Millis, rules: RuleSet) -> None:
        self.since: Final = since
        self.rules: Final = rules
        self.by_id: Final = {rule.id: rule for rule in rules.rules}
        self.judges: Final = tuple([Judge(rule, place) for place, rule in enumerate(rules.rules)])
        self.hearing: Final[dict[type, tuple[Judge, ...]]] = {
            kind: tuple([judge for judge in self.judges if judge.detector.hears_of(kind)]) for kind in KINDS
        }
        self.listening: Final = {judge.id: judge.bit for judge in self.hearing[Reading]}  # to readings
        self.glowing: Final = sum(judge.bit for judge in self.hearing[Reading] if judge.detector.afterglow)
        self.after_hospital: Final = sum(judge.bit for judge in self.judges if judge.detector.after_hospital)
        self.afterglow: Final = max((rule.detector.afterglow for rule in rules.rules), default=0)
        self._chosen: dict[Bits, tuple[Judge, ...]] = {}

    def chosen(self, bits: Bits) -> tuple[Judge, ...]:
        """The rules of a set, in their order."""
        found = self._chosen.get(bits)
        if found is None:
            found = self._chosen[bits] = tuple([judge for judge in self.judges if judge.bit & bits])
        return found


class Schedule:
    """Rule sets in force, ascending; the first also holds for everything before it."""

    __slots__ = ("_kinds", "_only", "_since", "clocked", "is_constant", "lapses", "periods", "shortest_lapse")

    def __init__(self, periods: Iterable[tuple[Millis, RuleSet]]) -> None:
        """Of each set: the moment it is in force from. There is at least one."""
        (_, rules), *later = periods
        self.periods: Final = tuple([InForce(at, one) for at, one in _with_validity([(-NEVER, rules), *later])])
        self._since: Final = [period.since for period in self.periods]
        self._only: Final = self.periods[0] if len(self.periods) == 1 else None
        self.is_constant: Final = self._only is not None  # one set for all times
        every = {rule.id: rule.detector for period in self.periods for rule in period.rules.rules}
        self.clocked: Final = tuple(sorted(rule_id for rule_id, one in every.items() if one.is_clocked))
        self.lapses: Final = {
            rule.id: NEVER if rule.lapses_after is None else rule.lapses_after for rule in self.periods[-1].rules.rules
        }
        self.shortest_lapse: Final = min(self.lapses.values(), default=NEVER)
        self._kinds: dict[str, Schedule] = {}

    def of_kind(self, kind: str) -> Schedule:
        """Only the rules that judge residents, units or facilities."""
        if kind not in self._kinds:
            self._kinds[kind] = Schedule([(period.since, _of_kind(period.rules, kind)) for period in self.periods])
        return self._kinds[kind]

    @property
    def apart(self) -> frozenset[str]:
        """The conditions that no fold judges: statistics over a region do, or the steps of a referral."""
        every = (rule for period in self.periods for rule in period.rules.rules)
        return frozenset(rule.condition for rule in every if rule.detector.kinds & {"statistics", "week", "referral"})

    @property
    def latest(self) -> RuleSet:
        """The set that is in force in the end."""
        return self.periods[-1].rules

    def at(self, when: Millis) -> InForce:
        """What is in force at a moment."""
        if self._only is not None:
            return self._only
        return self.periods[max(0, bisect.bisect_right(self._since, when) - 1)]

    def rule(self, rule_id: str, when: Millis) -> Rule:
        """The rule as it is in force at a moment, else as it last was before; KeyError: it never was."""
        if self._only is not None:
            return self._only.by_id[rule_id]
        for period in reversed(self.periods[: max(1, bisect.bisect_right(self._since, when))]):
            if rule_id in period.by_id:
                return period.by_id[rule_id]
        raise KeyError(rule_id)

    def is_still(self, rule: Rule, when: Millis) -> bool:
        """At a moment a rule of this id watches for the same condition."""
        if self._only is not None:
            return True
        now = self.at(when).by_id.get(rule.id)
        return now is not None and now.condition == rule.condition

    def starts_after(self, when: Millis) -> list[Millis]:
        """The moments later than `when` at which another set comes into force."""
        return self._since[max(1, bisect.bisect_right(self._since, when)) :]

    def retired_at(self, rule_id: str, when: Millis) -> Millis:
        """When a rule that judged at `when` is gone, or watches for another condition; NEVER: it stays."""
        if self._only is not None:
            return NEVER
        index = max(1, bisect.bisect_right(self._since, when))
        rule = self.rule(rule_id, when)
        return next((one.since for one in self.periods[index:] if not self.is_still(rule, one.since)), NEVER)


def _with_validity(periods: list[tuple[Millis, RuleSet]]) -> Iterator[tuple[Millis, RuleSet]]:
    """Each set in its time, divided where a rule's validity begins or ends."""
    ends = [at for at, _ in periods[1:]] + [NEVER]
    for (since, rules), end in zip(periods, ends, strict=True):
        for moment in (since, *(edge for edge in rules.edges if since < edge < end)):
            yield moment, rules.valid_at(moment)


def _of_kind(rules: RuleSet, kind: str) -> RuleSet:
    return structs.replace(rules, rules=tuple(rule for rule in rules.rules if kind in rule.detector.kinds))


Rules = RuleSet | Schedule
"""One set for all times is a schedule too."""


def scheduled(rules: Rules) -> Schedule:
    """The schedule; one set is in force for ever."""
    return rules if isinstance(rules, Schedule) else Schedule([(-NEVER, rules)])
