"""What would other rules have found? The same timeline under two schedules, and what differs.

Both are folded over the same elements in one pass each. Only conditions that
may differ are judged: rules of one condition never look at another's findings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, Literal, get_args

from msgspec import Struct, structs

from detectors.days import DaySummary
from detectors.detector import Detector
from detectors.episodes import Episode, episodes_of
from detectors.excess import CaseExcess
from detectors.fold import Folder, fold
from detectors.history import SUMMARY_DAYS
from detectors.observations import Element
from detectors.places import CASES_KEPT, LOOK_BACK, SubjectKind
from detectors.profile import Profile
from detectors.region_counts import RegionDetector
from detectors.rule_changes import conditions_concerned
from detectors.rules import RuleSet
from detectors.schedule import Schedule
from detectors.state import Change
from detectors.times import DAY, Millis

LEAD: Final[Millis] = (SUMMARY_DAYS + 1) * DAY
"""So much of the past a judgement may rest on: it is read before the span that is compared."""


PLACE_LEAD: Final[Millis] = CASES_KEPT + LOOK_BACK
"""So much of a place's past: what it looks back on, and before that what may have stood."""

Judges = Literal["resident", "unit", "facility", "week", "statistics"]
KINDS: Final[tuple[Judges, ...]] = get_args(Judges)
"""Whom rules judge; weeks are those of a facility; statistics judge facilities and regions, county by county."""


class Span(Struct, frozen=True):
    """What is compared: what began at or after `since` and before `until`."""

    since: Millis
    until: Millis

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.until - self.since) / DAY


class Trial:
    """Two schedules, cut down to the conditions in which they may differ."""

    def __init__(self, old: Schedule, new: Schedule, kinds: Collection[Judges] = KINDS) -> None:
        """`kinds`: whose history there is to judge."""
        concerned = _concerned(old, new)
        self.conditions: Final = concerned & _comparable((old, new), kinds)
        self.not_compared: Final = concerned - self.conditions
        self._pairs: Final = {
            kind: tuple(changed(one.of_kind(kind), partial(_only, conditions=self.conditions)) for one in (old, new))
            for kind in KINDS
        }

    def schedules(self, kind: Judges = "resident") -> tuple[Schedule, Schedule]:
        """The old and the new schedule for one kind of subject."""
        old, new = self._pairs[kind]
        return old, new

    def concerns(self, kind: Judges) -> bool:
        """The schedules may differ for subjects of this kind."""
        return any(period.rules.rules for one in self._pairs[kind] for period in one.periods)

    def judge(
        self,
        profiles: tuple[Profile, ...],
        elements: Sequence[Element],
        span: Span,
        earlier: Mapping[int, DaySummary] | None = None,
        kind: Literal["resident", "unit", "facility"] = "resident",
    ) -> tuple[list[Episode], list[Episode]]:
        """The episodes that began in the span, under the old and under the new schedule; elements in order.

        `earlier` are the days of a stay that this one goes on from.
        """
        old, new = (
            began_in(span, fold(_folder(profiles, schedule, kind), elements, span.until - 1, earlier))
            for schedule in self.schedules(kind)
        )
        return old, new


def began_in(span: Span, changes: Iterable[Change]) -> list[Episode]:
    """The episodes of these changes that began in the span."""
    return [episode for episode in episodes_of(changes) if span.since <= episode.opened[0] < span.until]


def _folder(profiles: tuple[Profile, ...], schedule: Schedule, kind: SubjectKind) -> Folder:
    return Folder(profiles, schedule, gated=kind == "resident", kind=kind)


def _comparable(schedules: Iterable[Schedule], kinds: Collection[Judges]) -> frozenset[str]:
    """The conditions that can be judged from the history of these kinds."""
    every = (rule for one in schedules for period in one.periods for rule in period.rules.rules)
    return frozenset(rule.condition for rule in every if can_be_tried(rule.detector, kinds))


def can_be_tried(detector: Detector, kinds: Collection[Judges] = KINDS) -> bool:
    """It judges somebody of these kinds; of statistics those over the cases of a county or a city."""
    if "statistics" in detector.kinds:
        return "statistics" in kinds and isinstance(detector, CaseExcess | RegionDetector)
    return bool(detector.kinds & set(kinds))


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
