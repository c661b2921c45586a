"""What becomes of a region's findings, day by day, under the rules in force on each day. Pure.

Several rules feed one condition. Who stood before the first day is given; all
else is a function of the days' counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from detectors.detector import Severity
from detectors.region_counts import DayCount, RegionDetector
from detectors.rules import Rule
from detectors.schedule import Schedule
from detectors.state import DUE, Change
from detectors.times import Millis

Midnight = Callable[[int], Millis]
HomesOf = Callable[[int], str]
"""The homes with the most cases of a day, ready to print."""


def region_rules(schedule: Schedule) -> dict[str, list[str]]:
    """Per condition the ids of the rules that ever judge regions."""
    found: dict[str, set[str]] = {}
    for period in schedule.periods:
        for rule in period.rules.rules:
            if isinstance(rule.detector, RegionDetector):
                found.setdefault(rule.condition, set()).add(rule.id)
    return {condition: sorted(ids) for condition, ids in sorted(found.items())}


def reach_of(schedule: Schedule) -> int:
    """How many days before a day its judgement may rest on, whatever the rule."""
    every = (rule.detector for period in schedule.periods for rule in period.rules.rules)
    return max((one.reach_days + one.quiet_days for one in every if isinstance(one, RegionDetector)), default=0)


def changes(
    condition: str,
    schedule: Schedule,
    counts: Sequence[DayCount],
    first: int,
    standing: Mapping[str, Severity],
    midnight: Midnight,
    homes: HomesOf,
) -> list[Change]:
    """Every change of what stands from the day `first` on; `counts` reach back `reach_of` days before it."""
    ids = region_rules(schedule).get(condition, [])
    stands = dict(standing)
    found: list[Change] = []
    for row, count in enumerate(counts):
        if count.day < first:
            continue
        at = midnight(count.day + 1)  # the day is over
        rules = schedule.at(at).by_id
        for rule_id in sorted({*ids, *stands}):
            rule = rules.get(rule_id)
            change = _judged(rule, condition, counts, row, rule_id in stands, homes)
            if change is None:
                continue
            because, facts, severity = change
            if severity is None:
                del stands[rule_id]
            else:
                stands[rule_id] = severity
            found.append(Change((at, DUE, rule_id), condition, tuple(sorted(stands.items())), rule_id, because, facts))
    return found


_Judgement = tuple[str, dict[str, str], Severity | None]
"""(why, facts, severity); no severity: it stands no more."""


def _judged(
    rule: Rule | None, condition: str, counts: Sequence[DayCount], row: int, stands: bool, homes: HomesOf
) -> _Judgement | None:
    """What changes on the day of this row; None: nothing."""
    if rule is None or rule.condition != condition or not isinstance(rule.detector, RegionDetector):
        return ("retired", {}, None) if stands else None
    detector = rule.detector
    if not stands:
        said = detector.says_of(counts, row)
        if not detector.opens(said):
            return None
        present = detector.found(said, homes(said.day))
        return present.because, present.facts, present.severity
    first = max(0, row - detector.quiet_days + 1)
    last = [detector.says_of(counts, one) for one in range(first, row + 1)]
    return ("absent", {}, None) if detector.is_over(last) else None
