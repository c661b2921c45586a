"""Rule sets that change in the middle of a life, with a calendar that the national rules do not have."""

from __future__ import annotations

import random

from msgspec import structs

from detectors.detector import ABSENT, Absent, Detector, Present, Question, Severity
from detectors.history import History
from detectors.profile import Profile
from detectors.rules import Rule, RuleSet, Text
from detectors.schedule import Schedule
from detectors.times import HOUR, SECOND, Millis
from streams.catalogue import national


class EveryEvening(Detector, frozen=True):
    """A calendar of its own, six hours after the last check that may count."""

    def applies(self, view: History) -> bool:
        return view.checked_at == view.at

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT

    def next_due(self, profile: Profile, after: Millis) -> Millis:
        day = profile.day_of(after)
        evenings = (profile.midnight(one) + 20 * HOUR for one in (day, day + 1))  # days may have 23 or 25 hours
        return next(due for due in evenings if due > after)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        return None if view.at - view.checked_at < 6 * HOUR else Present(Severity.P3, "x")


def _rule(rule_id: str, condition: str, detector: Detector) -> Rule:
    text = Text("测试", "test")
    return Rule(rule_id, condition, text, "1", "tests", "tests", "tests", detector, {"x": text})


def harsh_rules() -> RuleSet:
    """The national rules: a schedule adds the one above."""
    return national()


def harsh_schedule(rng: random.Random, rules: RuleSet, first: Millis, last: Millis) -> Schedule:
    """Up to three sets in a row: limits, lapses and conditions change, rules come and go."""
    starts = sorted(rng.randint(first, last) // (10 * SECOND) * 10 * SECOND for _ in range(rng.choice((0, 1, 1, 2))))
    periods = [(first, rules)]
    for start in starts:
        periods.append((start, _other(rng, rules)))
    return Schedule(periods)


def _other(rng: random.Random, rules: RuleSet) -> RuleSet:
    made = [_varied(rng, rule) for rule in rules.rules if rng.random() > 0.15]
    if rng.random() < 0.3:
        made.append(_rule("X24", "evening", EveryEvening()))
    return structs.replace(rules, version="other", rules=tuple(sorted(made, key=lambda rule: rule.id)))


def _varied(rng: random.Random, rule: Rule) -> Rule:
    chance = rng.random()
    if chance < 0.1:
        return structs.replace(rule, condition="elsewhere")
    if chance < 0.2 and rule.lapses_after is not None:
        return structs.replace(rule, lapses_after=rng.choice((24 * HOUR, 100 * HOUR)))
    if chance < 0.3 and hasattr(rule.detector, "limit_percent"):
        return structs.replace(rule, detector=structs.replace(rule.detector, limit_percent=rng.choice((90, 93.5, 94))))
    if chance < 0.4 and hasattr(rule.detector, "over_days"):
        return structs.replace(rule, detector=structs.replace(rule.detector, over_days=rng.choice((5, 28))))
    return rule
