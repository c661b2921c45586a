"""What an excess of cases came to over a stretch of days, under the rules in force on each of them. Pure.

The worker judges the last 15 days by what stands on record; a trial or an audit
goes through a longer stretch with the same detectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from msgspec import Struct, structs

from detectors.excess import CaseExcess, Score, WaveDay
from detectors.fold import DUE, Change, Key
from detectors.observations import Case
from detectors.ranking import fastest, weeks_of
from detectors.rules import Rule
from detectors.schedule import Schedule
from streams.counting import CALENDAR, Counted

CasesOf = Callable[[int, Score], tuple[Case, ...]]
"""Of a facility the cases of a score's stretch, newest first."""


class Found(Struct):
    """What changed, of each facility and of the county itself."""

    facilities: dict[int, list[Change]]
    county: list[Change]


def found(
    counted: Counted,
    rules: Schedule,
    cases_of: CasesOf,
    standing: Mapping[str, frozenset[int]] | None = None,
    waves: frozenset[str] = frozenset(),
) -> Found:
    """Every change from `counted.begin` to its last day.

    Of what stood before: `standing` has per condition the facilities, `waves`
    the conditions in which the county's wave stood.
    """
    result = Found({one.id: [] for one in counted.members}, [])
    for rule_id in sorted({rule.id for period in rules.periods for rule in period.rules.rules if _is_excess(rule)}):
        stands = dict.fromkeys((standing or {}).get(rule_id, ()), True)
        wave = rule_id in waves
        for rule, part in _parts(counted, rules, rule_id):
            wave = _judged(part, rule, cases_of, stands, wave, result)
    return result


def _is_excess(rule: Rule) -> bool:
    return isinstance(rule.detector, CaseExcess)


def _parts(counted: Counted, rules: Schedule, rule_id: str) -> Iterator[tuple[Rule, Counted]]:
    """The stretches on which the rule is one and the same."""
    days = range(counted.begin, counted.last + 1)
    for rule, same in groupby(days, lambda day: rules.at(CALENDAR.midnight(day + 1)).by_id.get(rule_id)):
        mine = list(same)
        if rule is not None and _is_excess(rule):
            series = {
                name: [count for count in counts if count.day <= mine[-1]] for name, counts in counted.series.items()
            }
            yield rule, structs.replace(counted, series=series, begin=mine[0], last=mine[-1])


def _judged(
    counted: Counted, rule: Rule, cases_of: CasesOf, stands: dict[int, bool], wave: bool, result: Found
) -> bool:
    """Adds the changes of one stretch to the result; whether the county's wave stands at its end."""
    detector = rule.detector
    assert isinstance(detector, CaseExcess)
    every = detector.scores(counted.series, counted.begin - detector.wave_over_days)
    course, changes = wave_of(rule, detector, detector.wave_days(every), counted, wave)
    result.county += changes
    days = frozenset(day for day, standing in course if standing)
    for one in counted.members:
        scores = [score for score in every[str(one.id)] if score.day >= counted.begin]
        for score, now in detector.course(scores, days, stands.get(one.id, False)):
            stands[one.id] = now
            result.facilities[one.id].append(change_of(rule, score, now, cases_of(one.id, score) if now else ()))
    return course[-1][1] if course else wave


def wave_of(
    rule: Rule, detector: CaseExcess, days: list[WaveDay], counted: Counted, stood: bool
) -> tuple[list[tuple[int, bool]], list[Change]]:
    """On which days the county's wave stands, and what changes."""
    course, changes = detector.wave_course(days, counted.begin, stood), []
    for day, stands in course:
        if stands == stood:
            continue
        key: Key = (CALENDAR.midnight(day.day + 1), DUE, rule.id)
        if stands:
            weeks = [weeks_of(one.code, one.residents, counted.series[str(one.id)], day.day) for one in counted.members]
            said = detector.wave(day, fastest(weeks))
            changes.append(Change(key, rule.condition, ((rule.id, said.severity),), rule.id, said.because, said.facts))
        else:
            changes.append(Change(key, rule.condition, (), rule.id, "absent"))
        stood = stands
    return [(day.day, stands) for day, stands in course], changes


def change_of(rule: Rule, score: Score, stands: bool, cases: tuple[Case, ...]) -> Change:
    """The change that a day's score makes in a facility."""
    key: Key = (CALENDAR.midnight(score.day + 1), DUE, rule.id)
    if not stands:
        return Change(key, rule.condition, (), rule.id, "absent")
    assert isinstance(rule.detector, CaseExcess)
    said = rule.detector.found(score, cases)
    return Change(key, rule.condition, ((rule.id, said.severity),), rule.id, said.because, said.facts, said.evidence)
