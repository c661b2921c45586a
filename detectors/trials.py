"""What would other rules have found? The same timeline under two schedules, and what differs.

Both are folded over the same elements in one pass each. Only conditions that
may differ are judged: rules of one condition never look at another's findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from msgspec import Struct, structs

from detectors.days import DaySummary
from detectors.detector import Detector
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.history import SUMMARY_DAYS
from detectors.observations import Element
from detectors.profile import Profile
from detectors.rule_changes import conditions_concerned
from detectors.rules import RuleSet
from detectors.schedule import Schedule
from detectors.times import DAY, Millis

LEAD: Final[Millis] = (SUMMARY_DAYS + 1) * DAY
"""So much of the past a judgement may rest on: it is read before the span that is compared."""


class Span(Struct, frozen=True):
    """What is compared: what began at or after `since` and before `until`."""

    since: Millis
    until: Millis

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.until - self.since) / DAY


class Trial:
    """Two schedules for residents, cut down to the conditions in which they may differ."""

    def __init__(self, old: Schedule, new: Schedule) -> None:
        residents = old.of_kind("resident"), new.of_kind("resident")
        self.conditions: Final = _concerned(*residents)
        self.not_compared: Final = _concerned(old, new) - self.conditions  # units and facilities are judged in them
        old, new = residents
        self.old: Final = changed(old, partial(_only, conditions=self.conditions))
        self.new: Final = changed(new, partial(_only, conditions=self.conditions))

    def judge(
        self,
        profiles: tuple[Profile, ...],
        elements: Sequence[Element],
        span: Span,
        earlier: Mapping[int, DaySummary] | None = None,
    ) -> tuple[list[Episode], list[Episode]]:
        """The episodes that began in the span, under the old and under the new schedule; elements in order.

        `earlier` are the days of a stay that this one goes on from.
        """
        old, new = (
            [
                episode
                for episode in episodes_of(fold(Folder(profiles, schedule), elements, span.until - 1, earlier))
                if span.since <= episode.opened[0] < span.until
            ]
            for schedule in (self.old, self.new)
        )
        return old, new


def _concerned(old: Schedule, new: Schedule) -> frozenset[str]:
    """The conditions in which the schedules may ever differ."""
    moments = {period.since for schedule in (old, new) for period in schedule.periods}
    found = [conditions_concerned(old.at(moment).rules, new.at(moment).rules) for moment in moments]
    return frozenset[str]().union(*found)


def changed(schedule: Schedule, change: Callable[[RuleSet], RuleSet]) -> Schedule:
    """The schedule with each of its sets changed."""
    return Schedule([(period.since, change(period.rules)) for period in schedule.periods])


def _only(rules: RuleSet, conditions: frozenset[str]) -> RuleSet:
    return structs.replace(rules, rules=tuple(rule for rule in rules.rules if rule.condition in conditions))


def with_detector(rules: RuleSet, rule_id: str, detector_of: Callable[[Detector], Detector]) -> RuleSet:
    """The set with one rule's detector changed; a set without the rule stays as it is."""
    return structs.replace(
        rules,
        rules=tuple(
            structs.replace(rule, version=f"{rule.version}*", detector=detector_of(rule.detector))
            if rule.id == rule_id
            else rule
            for rule in rules.rules
        ),
    )


class Pair(Struct, frozen=True):
    """An episode then and now; None: it is not there."""

    then: Episode | None
    now: Episode | None


def paired(then: Iterable[Episode], now: Iterable[Episode]) -> list[Pair]:
    """Episodes of one condition that overlap are the same one, the eldest first; each stands in one pair.

    Where one then is two now, the second is one more alarm, and stands alone.
    """
    left = sorted(now, key=lambda episode: episode.opened)
    pairs = []
    for old in sorted(then, key=lambda episode: episode.opened):
        match = next((new for new in left if old.overlaps(new)), None)
        if match is not None:
            left.remove(match)
        pairs.append(Pair(old, match))
    return pairs + [Pair(None, new) for new in left]
