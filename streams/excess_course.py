"""What an excess of cases came to over a stretch of days, under the rules in force on each of them. Pure.

The worker judges the last 15 days by what stands on record; an audit does the
same from raw rows, and a trial goes through a longer stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import groupby

from msgspec import Struct, structs

from detectors.excess import CaseExcess, Score, WaveDay
from detectors.observations import Case
from detectors.profile import Mode
from detectors.ranking import fastest, weeks_of
from detectors.rules import Rule
from detectors.schedule import Schedule
from detectors.state import DUE, Change, Key
from streams.counting import CALENDAR, Counted

CasesOf = Callable[[int, Score], tuple[Case, ...]]
"""Of a facility the cases of a score's stretch, newest first."""


class Found(Struct):
    """What changed, of each facility and of the county itself; and the last day's scores."""

    facilities: dict[int, list[Change]]
    county: list[Change]
    newest: dict[int, Score] = {}
    is_wave: bool = False  # on the last day


def found(
    counted: Counted,
    rules: Schedule,
    cases_of: CasesOf,
    standing: Mapping[str, Collection[int]],
    waves: Collection[str] = (),
) -> Found:
    """Every change from `counted.begin` to its last day.

    Of what stood before: per rule the facilities, and the rules by which the
    county's wave stood.
    """
    result = Found({one.id: [] for one in counted.members}, [])
    for rule_id in sorted({rule.id for period in rules.periods for rule in period.rules.rules if _is_excess(rule)}):
        stands, wave = dict.fromkeys(standing.get(rule_id, ()), True), rule_id in waves
        for rule, part in _parts(counted, rules, rule_id):
            if rule is None:
                _retired(part.begin, rules, rule_id, stands, wave, result)
                wave = False
            else:
                wave = _judged(part, rule, cases_of, stands, wave, result)
    return result


def _retired(day: int, rules: Schedule, rule_id: str, stands: dict[int, bool], wave: bool, result: Found) -> None:
    """The rule is gone: what stood by it is followed no longer."""
    key: Key = (CALENDAR.midnight(day + 1), DUE, rule_id)
    change = Change(key, rules.rule(rule_id, key[0]).condition, (), rule_id, "retired")
    for facility_id, stood in stands.items():
        if stood:
            stands[facility_id] = False
            result.facilities[facility_id].append(change)
    if wave:
        result.county.append(change)


def not_for(rules: Schedule, mode: Mode) -> frozenset[str]:
    """The conditions whose rule does not run in a mode."""
    every = [rule for rule in rules.latest.rules if _is_excess(rule)]
    return frozenset(rule.condition for rule in every if rule.modes is not None and mode not in rule.modes)


def _is_excess(rule: Rule) -> bool:
    return isinstance(rule.detector, CaseExcess)


def _parts(counted: Counted, rules: Schedule, rule_id: str) -> Iterator[tuple[Rule | None, Counted]]:
    """The stretches on which the rule is one and the same; None: it is not in force."""
    days = range(counted.begin, counted.last + 1)
    for rule, same in groupby(days, lambda day: rules.at(CALENDAR.midnight(day + 1)).by_id.get(rule_id)):
        mine = list(same)
        series = {name: [count for count in counts if count.day <= mine[-1]] for name, counts in counted.series.items()}
        part = structs.replace(counted, series=series, begin=mine[0], last=mine[-1])
        yield rule if rule is not None and _is_excess(rule) else None, part


def _judged(
    counted: Counted, rule: Rule, cases_of: CasesOf, stands: dict[int, bool], wave: bool, result: Found
) -> bool:
    """Adds the changes of one stretch to the result; whether the county's wave stands at its end."""
    detector = rule.detector
    assert isinstance(detector, CaseExcess)
    every = detector.scores(counted.series, counted.begin - detector.wave_over_days)
    course, changes = _wave_of(rule, detector, detector.wave_days(every), counted, wave)
    result.county += changes
    days = frozenset(day for day, standing in course if standing)
    for one in counted.members:
        scores = [score for score in every[str(one.id)] if score.day >= counted.begin]
        for score, now in detector.course(scores, days, stands.get(one.id, False)):
            stands[one.id] = now
            result.facilities[one.id].append(_change_of(rule, score, now, cases_of(one.id, score) if now else ()))
        if scores:
            result.newest[one.id] = scores[-1]
    result.is_wave = course[-1][1] if course else wave
    return result.is_wave


def _wave_of(
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


def _change_of(rule: Rule, score: Score, stands: bool, cases: tuple[Case, ...]) -> Change:
    """The change that a day's score makes in a facility."""
    key: Key = (CALENDAR.midnight(score.day + 1), DUE, rule.id)
    if not stands:
        return Change(key, rule.condition, (), rule.id, "absent")
    assert isinstance(rule.detector, CaseExcess)
    said = rule.detector.found(score, cases)
    return Change(key, rule.condition, ((rule.id, said.severity),), rule.id, said.because, said.facts, said.evidence)
