"""Week by week, what a facility's weekly rules find: the changes of what stands, as the fold of elements makes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from detectors.detector import Absent, Present, Severity
from detectors.rules import Rule
from detectors.schedule import Schedule
from detectors.state import DUE, LAPSE, Change, Key, RuleFailure
from detectors.weekly.week import Week, WeekDetector

Found = Mapping[str, tuple[str, Severity]]
"""Rule -> the condition it stands in, and how severe."""


def base_of(first: Week) -> Key:
    """Changes up to the midnight before the first week's last day are kept, the later ones are made again."""
    return first.profile.midnight(first.day), LAPSE, ""


def standing_after(changes: Iterable[Change]) -> Found:
    """What stands after these changes, in order."""
    last = {change.condition: change for change in changes}
    return {rule: (condition, severity) for condition, one in last.items() for rule, severity in one.standing}


def course(rules: Schedule, weeks: Iterable[Week], standing: Found) -> tuple[list[Change], list[RuleFailure]]:
    """The changes of what stands, in order; `standing` before the first week."""
    stands = dict(standing)
    changes: list[Change] = []
    failures: list[RuleFailure] = []
    for week in weeks:
        if week.is_empty:
            continue  # silence is not what these rules are about
        judging = _judging(rules, week)
        for rule_id in sorted({*judging, *stands}):
            key: Key = (week.ends, DUE, rule_id)
            rule = judging.get(rule_id)
            if rule_id in stands and (rule is None or rule.condition != stands[rule_id][0]):
                changes.append(_ended(key, stands, rule_id, "retired"))
            if rule is None:
                continue
            try:
                found = _detector(rule).judge_week(week)
            except Exception as error:  # a rule at fault does not silence the others
                failures.append(RuleFailure(key, rule_id, f"{type(error).__name__}: {error}"))
                continue
            if isinstance(found, Present) and stands.get(rule_id) != (rule.condition, found.severity):
                stands[rule_id] = (rule.condition, found.severity)
                changes.append(_change(key, rule.condition, stands, rule_id, found))
            elif isinstance(found, Absent) and rule_id in stands:
                changes.append(_ended(key, stands, rule_id, "absent"))
    return changes, failures


def conditions_of(rules: Schedule) -> frozenset[str]:
    """Every condition that weekly rules ever feed."""
    every = (rule for period in rules.periods for rule in period.rules.rules)
    return frozenset(rule.condition for rule in every if isinstance(rule.detector, WeekDetector))


def _detector(rule: Rule) -> WeekDetector:
    assert isinstance(rule.detector, WeekDetector)
    return rule.detector


def _judging(rules: Schedule, week: Week) -> dict[str, Rule]:
    """The weekly rules that run when a week is over."""
    return {
        rule.id: rule
        for rule in rules.at(week.ends).rules.rules
        if isinstance(rule.detector, WeekDetector) and (rule.modes is None or week.profile.mode in rule.modes)
    }


def _ended(key: Key, stands: dict[str, tuple[str, Severity]], rule_id: str, why: str) -> Change:
    condition, _ = stands.pop(rule_id)
    return Change(key, condition, _of(stands, condition), rule_id, why)


def _change(key: Key, condition: str, stands: Found, rule_id: str, found: Present) -> Change:
    return Change(key, condition, _of(stands, condition), rule_id, found.because, found.facts, found.evidence)


def _of(stands: Found, condition: str) -> tuple[tuple[str, Severity], ...]:
    return tuple(sorted((rule, severity) for rule, (where, severity) in stands.items() if where == condition))
