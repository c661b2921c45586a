"""More cases than chance brings in one facility (D30): what becomes of its episodes, given its county's counts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from itertools import count

from msgspec import Struct

from alerts.reconcile import folded_since, reconcile
from detectors.clusters.counts import Series
from detectors.excess import CaseExcess, Score, WaveDay
from detectors.fold import DUE, LAPSE, Change, Key
from detectors.profile import Profile
from detectors.ranking import fastest, weeks_of
from detectors.rules import Rule
from detectors.schedule import Schedule
from detectors.times import DAY
from ingest import regions as codes
from store import episodes, excess, registry
from store.cases import CaseRow
from store.connection import Connection
from store.excess import Member
from streams.archive import Archive, stored_of
from streams.homes import Home
from streams.judging import Judged, judge
from streams.places import case_in, facility_of
from streams.regions import judge_wave
from streams.transaction import Transactions, Work

Newest = tuple[int, Score, bool]
"""(facility id, the score of the last day, whether the county was in a wave)."""


class Counted(Struct, frozen=True):
    """What is counted of a county's facilities, from `since` to `last`."""

    members: list[Member]
    rows: dict[int, list[CaseRow]]  # per facility its signs of illness
    series: Mapping[str, Series]  # by the facility's id
    begin: int  # the first day that is judged
    last: int
    calendar: Profile


class FacilityExcess:
    """Judges the facilities of a county by one rule."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def judge(
        self, connection: Connection, county: str, rules: Schedule, counted: Counted, rule: Rule, detector: CaseExcess
    ) -> tuple[list[Newest], list[Work]]:
        """The newest scores, and what becomes of the county's wave and of the facilities that are in excess or were."""
        every = detector.scores(counted.series, counted.begin - detector.wave_over_days)
        days = detector.wave_days(every)
        waves, wave = {one.day for one in days if detector.is_wave(one)}, None
        if codes.level(county) in ("county", "city"):  # else nobody knows whose wave it is
            course = functools.partial(_wave, rule, detector, days, counted)
            waves, wave = await judge_wave(connection, county, rules, rule, counted.begin, course)
        scores = {name: [one for one in known if one.day >= counted.begin] for name, known in every.items()}
        base: Key = (counted.calendar.midnight(counted.begin), LAPSE + 1, "")  # after what the day before came to
        ids = [one.id for one in counted.members]
        concerned = await excess.in_excess(connection, ids, rule.condition, base[0])
        concerned |= {
            one.id
            for one in counted.members
            if any(score.score is not None and score.score > detector.limit for score in scores[str(one.id)])
        }
        work = [] if wave is None else [wave]
        for one in counted.members:
            if one.id in concerned and one.partition is not None:
                changing = functools.partial(detector.course, scores[str(one.id)], frozenset(waves))
                work.append(await self._facility(connection, one, rule, base, changing, counted))
        newest = [
            (one.id, scores[str(one.id)][-1], counted.last in waves) for one in counted.members if counted.rows[one.id]
        ]
        return newest, work

    async def _facility(
        self,
        connection: Connection,
        member: Member,
        rule: Rule,
        base: Key,
        course: Callable[[bool], list[tuple[Score, bool]]],
        counted: Counted,
    ) -> Work:
        """What becomes of a facility's episodes; `course` says what changes after `base`, given whether one stands."""
        facility = (await registry.lock_facilities(connection, [member.code]))[member.code]
        home = await self._transactions.home(connection, facility)
        judged = []
        if facility.refold_from is not None:  # what is written here says that it has been
            again = home.to_judge_again(facility.refold_from)
            judged += await judge(home, {}, again, home.looked_until, Archive(connection))
        work = Work(home, judged, member.partition)
        person = facility_of(home)
        if person is None or (rule.modes is not None and home.calendar.mode not in rule.modes):
            return work
        found = await episodes.not_over(connection, home.id, base[0], [person.id])
        stored = [stored_of(one) for one in found if one.episode.condition == rule.condition]
        standing = any(one.episode.opened <= base for one in stored)
        rows = counted.rows[member.id]
        changes = [_change(home, rule, score, stands, rows, counted.calendar) for score, stands in course(standing)]
        reconciled = reconcile(stored, folded_since(stored, base, changes), count(-1, -1).__next__)
        if reconciled.transitions:
            work.judged.append(Judged(person, base, False, [], reconciled, [], False, apart=True))
        return work


def _change(home: Home, rule: Rule, score: Score, stands: bool, rows: list[CaseRow], calendar: Profile) -> Change:
    at = calendar.midnight(score.day + 1)
    key: Key = (at, DUE, rule.id)
    if not stands:
        return Change(key, rule.condition, (), rule.id, "absent")
    assert isinstance(rule.detector, CaseExcess)
    recent = [row for row in rows if at - score.days * DAY <= row.observed_at < at]
    found = rule.detector.found(score, tuple(case_in(home, row) for row in reversed(recent)))
    standing = ((rule.id, found.severity),)
    return Change(key, rule.condition, standing, rule.id, found.because, found.facts, found.evidence)


def _wave(
    rule: Rule, detector: CaseExcess, days: list[WaveDay], counted: Counted, stood: bool
) -> tuple[list[tuple[int, bool]], list[Change]]:
    """On which days the county's wave stands, and what changes."""
    course, found = detector.wave_course(days, counted.begin, stood), []
    for day, stands in course:
        if stands == stood:
            continue
        key: Key = (counted.calendar.midnight(day.day + 1), DUE, rule.id)
        if stands:
            weeks = [weeks_of(one.code, one.residents, counted.series[str(one.id)], day.day) for one in counted.members]
            said = detector.wave(day, fastest(weeks))
            found.append(Change(key, rule.condition, ((rule.id, said.severity),), rule.id, said.because, said.facts))
        else:
            found.append(Change(key, rule.condition, (), rule.id, "absent"))
        stood = stands
    return [(day.day, stands) for day, stands in course], found
