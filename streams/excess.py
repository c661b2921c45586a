"""Do facilities have more cases than chance brings? Judged by region and day, once the days are over and were seen.

A region is due when cases or reported days there have changed, or when a day
has ended since it was last judged; any worker takes it. The last 15 days are
judged anew each time: so long a case may come late.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from itertools import count
from typing import Final

from alerts.reconcile import folded_since, reconcile
from detectors.corrections import AHEAD
from detectors.excess import CaseExcess, Score, new_cases_by_day, series_of
from detectors.fold import DUE, Change, Key
from detectors.places import CASE_HORIZON
from detectors.profile import Profile
from detectors.rules import Rule
from detectors.times import DAY
from store import episodes, excess, registry, rules
from store.cases import CaseRow
from store.connection import Connection, transaction
from store.excess import Member, Region
from streams.archive import Archive, stored_of
from streams.catalogue import in_force
from streams.homes import Home
from streams.judging import Judged, judge
from streams.places import case_in, facility_of
from streams.transaction import Transactions, Work

AGAIN_DAYS: Final = CASE_HORIZON // DAY + 1
REGIONS_A_TURN: Final = 5
TURN_SECONDS: Final = 30.0
_CALENDAR: Final = Profile()
"""A region's day is that of Beijing time, whatever clock its facilities go by: no case of the day is still to come."""


class Excess:
    """Takes its turn within the sweep."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._again_at = 0.0

    async def run(self, connection: Connection) -> None:
        """Some regions that are due are judged."""
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + TURN_SECONDS
        async with transaction(connection):
            seen = [entry.seen_until for entry in (await self._transactions.ledger.read(connection)).values()]
            regions = await excess.regions(connection)
        if not seen or None in seen:
            return
        yesterday = _CALENDAR.day_of(min(at for at in seen if at is not None) - AHEAD) - 1
        due = [one for one in regions if one.is_dirty or (one.judged_until or 0) < yesterday]
        for region in due[:REGIONS_A_TURN]:
            await self.judge(connection, region, yesterday)

    async def judge(self, connection: Connection, region: Region, last: int) -> None:
        """The region is judged up to the day `last`, in one transaction."""
        async with transaction(connection):
            await rules.share(connection)
            if not await excess.claim(connection, region.code):
                return
            members = await excess.members(connection, region.code)
            known = await in_force(connection, region.code or None)
            work: list[Work] = []
            newest: list[tuple[int, Score, bool]] = []
            for rule in known.at(_CALENDAR.midnight(last)).rules.rules:
                if isinstance(rule.detector, CaseExcess):
                    newest, work = await self._judge(connection, region, members, rule, rule.detector, last)
            await self._transactions.write(connection, work, "live")
            await excess.judged(connection, region.code, last, newest, [one.id for one in members])
        self._transactions.homes.keep(item.home for item in work)

    async def _judge(
        self,
        connection: Connection,
        region: Region,
        members: list[Member],
        rule: Rule,
        detector: CaseExcess,
        last: int,
    ) -> tuple[list[tuple[int, Score, bool]], list[Work]]:
        begin = (
            last - AGAIN_DAYS + 1 if region.judged_until is None else min(last - AGAIN_DAYS, region.judged_until) + 1
        )
        since = begin - detector.reach_days
        ids = [one.id for one in members]
        days = await excess.days_of(connection, ids, since)
        rows: dict[int, list[CaseRow]] = {facility_id: [] for facility_id in ids}
        for row in await excess.cases_of(connection, ids, _CALENDAR.midnight(since) - CASE_HORIZON):
            rows[row.facility_id].append(row)
        series = {}
        for one in members:
            signs = ((row.observed_at, _person(row), _CALENDAR.day_of(row.observed_at)) for row in rows[one.id])
            series[str(one.id)] = series_of(new_cases_by_day(signs), days[one.id], one.residents, since, last)
        scores = detector.scores(series, begin)
        waves = frozenset(
            found[0].day for found in zip(*scores.values(), strict=True) if found and detector.is_wave(found)
        )
        base: Key = (_CALENDAR.midnight(begin), DUE, "")
        concerned = await excess.in_excess(connection, ids, rule.condition, base[0])
        concerned |= {
            one.id
            for one in members
            if any(score.score is not None and score.score > detector.limit for score in scores[str(one.id)])
        }
        work = []
        for one in members:
            if one.id in concerned and one.partition is not None:
                course = functools.partial(detector.course, scores[str(one.id)], waves)
                work.append(await self._facility(connection, one, rule, base, course, rows[one.id]))
        newest = [(one.id, scores[str(one.id)][-1], last in waves) for one in members if rows[one.id]]
        return newest, work

    async def _facility(
        self,
        connection: Connection,
        member: Member,
        rule: Rule,
        base: Key,
        course: Callable[[bool], list[tuple[Score, bool]]],
        rows: list[CaseRow],
    ) -> Work:
        """What becomes of a facility's episodes; `course` says what changes after `base`, given whether one stands."""
        facility = (await registry.lock_facilities(connection, [member.code]))[member.code]
        home = await self._transactions.home(connection, facility)
        judged = []
        if facility.refold_from is not None:  # what is written here says that it has been
            again = home.to_judge_again(facility.refold_from)
            judged += await judge(home, {}, again, home.looked_until, Archive(connection))
        work = Work(home, judged, member.partition or 0)
        person = facility_of(home)
        if person is None or (rule.modes is not None and home.calendar.mode not in rule.modes):
            return work
        found = await episodes.not_over(connection, home.id, base[0], [person.id])
        stored = [stored_of(one) for one in found if one.episode.condition == rule.condition]
        standing = any(one.episode.opened <= base for one in stored)
        changes = [_change(home, rule, score, stands, rows) for score, stands in course(standing)]
        reconciled = reconcile(stored, folded_since(stored, base, changes), count(-1, -1).__next__)
        if reconciled.transitions:
            work.judged.append(Judged(person, base, False, [], reconciled, [], False, apart=True))
        return work


def _change(home: Home, rule: Rule, score: Score, stands: bool, rows: list[CaseRow]) -> Change:
    at = _CALENDAR.midnight(score.day + 1)
    key: Key = (at, DUE, rule.id)
    if not stands:
        return Change(key, rule.condition, (), rule.id, "absent")
    assert isinstance(rule.detector, CaseExcess)
    recent = [row for row in rows if at - score.days * DAY <= row.observed_at < at]
    found = rule.detector.found(score, tuple(case_in(home, row) for row in reversed(recent)))
    standing = ((rule.id, found.severity),)
    return Change(key, rule.condition, standing, rule.id, found.because, found.facts, found.evidence)


def _person(row: CaseRow) -> str:
    return f"staff:{row.staff}" if row.resident_id is None else str(row.resident_id)
