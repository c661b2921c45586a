"""More cases than chance brings in one facility (D30): what becomes of its episodes, given its county's counts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import count

from alerts.reconcile import folded_since, reconcile
from detectors.excess import CaseExcess, Score
from detectors.fold import LAPSE, Key
from detectors.observations import Case
from detectors.rules import Rule
from detectors.schedule import Schedule
from ingest import regions as codes
from store import episodes, excess, registry
from store.cases import CaseRow
from store.connection import Connection
from store.excess import Member
from streams.archive import Archive, stored_of
from streams.counting import CALENDAR, Counted, in_stretch
from streams.excess_course import change_of, wave_of
from streams.homes import Home
from streams.judging import Judged, judge
from streams.places import case_in, facility_of
from streams.regions import judge_wave
from streams.transaction import Transactions, Work

Newest = tuple[int, Score, bool]
"""(facility id, the score of the last day, whether the county was in a wave)."""


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
            course = functools.partial(wave_of, rule, detector, days, counted)
            waves, wave = await judge_wave(connection, county, rules, rule, counted.begin, course)
        scores = {name: [one for one in known if one.day >= counted.begin] for name, known in every.items()}
        base: Key = (CALENDAR.midnight(counted.begin), LAPSE + 1, "")  # after what the day before came to
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
        changes = [
            change_of(rule, score, stands, _cases(home, score, rows) if stands else ())
            for score, stands in course(standing)
        ]
        reconciled = reconcile(stored, folded_since(stored, base, changes), count(-1, -1).__next__)
        if reconciled.transitions:
            work.judged.append(Judged(person, base, False, [], reconciled, [], False, apart=True))
        return work


def _cases(home: Home, score: Score, rows: list[CaseRow]) -> tuple[Case, ...]:
    """The cases of a score's stretch, newest first."""
    return tuple(case_in(home, row) for row in reversed(in_stretch(rows, score)))
