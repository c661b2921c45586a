"""Detectors that ask what the national rules do not: baselines, buckets.

They keep every part of the history under the laws.
"""

from __future__ import annotations

import random

from msgspec import structs

from detectors.detector import ABSENT, Absent, Band, Baseline, Detector, Present, Question, Severity
from detectors.history import BUCKET_COUNT, History
from detectors.profile import Profile
from detectors.rules import Rule, RuleSet, Text
from detectors.schedule import Schedule
from detectors.times import DAY, HOUR, MINUTE, SECOND, Millis
from streams.catalogue import national


class FeverDelta(Detector, frozen=True):
    """More than 1.1 degrees above the resident's own baseline."""

    rise: int = 11

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.temperature_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        usual = view.baseline()[1]
        if usual is None:
            return ABSENT
        up = view.latest.temperature_tenths - usual
        return Present(Severity.P3, "x", (view.latest,)) if up > self.rise else None if up > 6 else ABSENT

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"temperature_tenths": (0, 1_000 if baseline[1] is None else baseline[1] + self.rise)}


class TrendDown(Detector, frozen=True):
    """A falling robust slope over 6-hour blocks, only at or below a ceiling."""

    ceiling: int = 960

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.is_at_rest_on_air

    def judge(self, view: History) -> Present | Absent | None:
        if view.latest.spo2_tenths > self.ceiling:
            return ABSENT
        blocks: dict[int, list[int]] = {}
        first = view.at // (15 * MINUTE) - BUCKET_COUNT
        for bucket in view.buckets:
            if bucket.number > first:
                block = blocks.setdefault(bucket.number // 24, [0, 0])
                block[0] += bucket.count
                block[1] += bucket.total
        points = [(k, total / n) for k, (n, total) in sorted(blocks.items())]
        if len(points) < 4:
            return None
        slopes = sorted((y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(points) for x2, y2 in points[i + 1 :])
        per_day = slopes[(len(slopes) - 1) // 2] * 4
        return Present(Severity.P3, "x") if per_day <= -10 else ABSENT if per_day > -5 else None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"spo2_tenths": (self.ceiling + 1, 1_000)}


class EveryEvening(Detector, frozen=True):
    """A calendar of its own, six hours after the last check that may count."""

    def applies(self, view: History) -> bool:
        return view.checked_at == view.at

    def judge(self, view: History) -> Present | Absent | None:
        return ABSENT

    def next_due(self, profile: Profile, after: Millis) -> Millis:
        due = profile.midnight(profile.day_of(after)) + 20 * HOUR
        return due if due > after else due + DAY

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        return None if view.at - view.checked_at < 6 * HOUR else Present(Severity.P3, "x")


def _rule(rule_id: str, condition: str, detector: Detector) -> Rule:
    text = Text("测试", "test")
    return Rule(rule_id, condition, text, "1", "tests", "tests", "tests", detector, {"x": text})


def harsh_rules() -> RuleSet:
    """The national rules and the ones above."""
    extra = (
        _rule("X06", "trend", TrendDown()),
        _rule("X14", "fever", FeverDelta()),
    )
    shipped = national()
    rules = tuple(sorted((*shipped.rules, *extra), key=lambda rule: rule.id))
    return RuleSet(shipped.version, rules, shipped.texts)


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
