"""What is counted of a county: new cases of each facility by day, reported days, people, and the sums of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from detectors.clusters.counts import Series
from detectors.excess import CaseExcess, Score, new_cases_by_day, series_of
from detectors.places import CASE_HORIZON
from detectors.profile import Profile
from detectors.region_counts import DayCount, heard
from detectors.region_course import reach_of
from detectors.schedule import Schedule
from detectors.times import DAY
from store import excess
from store.cases import CaseRow
from store.connection import Connection
from store.excess import Member

AGAIN_DAYS: Final = CASE_HORIZON // DAY + 1
"""The last days are judged anew each time: so long a case may come late."""

CALENDAR: Final = Profile()
"""A region's day is that of Beijing time, whatever clock its facilities go by: no case of the day is still to come."""


class Counted(Struct, frozen=True):
    """What is counted of a county's facilities on the days from `since` to `last`."""

    members: list[Member]
    rows: dict[int, list[CaseRow]]  # per facility its signs of illness
    cases: dict[int, dict[int, int]]  # per facility its new cases by day
    series: Mapping[str, Series]  # by the facility's id
    days: list[DayCount]  # of all together
    since: int
    begin: int  # the first day that is judged
    last: int

    def homes(self) -> dict[int, dict[str, int]]:
        """Per judged day the new cases of each facility by its code."""
        found: dict[int, dict[str, int]] = {}
        for one in self.members:
            for day, number in self.cases[one.id].items():
                if self.begin <= day <= self.last:
                    found.setdefault(day, {})[one.code] = number
        return found


def reach(known: Schedule) -> int:
    """How many days before the first judged day are counted, whatever the rules."""
    every = [rule.detector for period in known.periods for rule in period.rules.rules]
    facilities = [one.reach_days + one.wave_over_days for one in every if isinstance(one, CaseExcess)]
    return max([reach_of(known), *facilities])


async def count(connection: Connection, members: list[Member], known: Schedule, begin: int, last: int) -> Counted:
    """What is stored of the facilities, as far back as the rules look."""
    since, ids = begin - reach(known), [one.id for one in members]
    reported = await excess.days_of(connection, ids, since)
    rows = await excess.cases_of(connection, ids, CALENDAR.midnight(since) - CASE_HORIZON)
    tests = await excess.tests_of(connection, ids, since, last)
    return counted(members, rows, reported, tests, since, begin, last)


def counted(
    members: list[Member],
    signs: Iterable[CaseRow],
    reported: Mapping[int, Iterable[int]],
    tests: Mapping[int, tuple[int, int]],
    since: int,
    begin: int,
    last: int,
) -> Counted:
    """The counts of these signs of illness, in order of time, and of these days."""
    rows: dict[int, list[CaseRow]] = {one.id: [] for one in members}
    for sign in signs:
        rows[sign.facility_id].append(sign)
    cases = {
        number: new_cases_by_day((row.observed_at, _person(row), CALENDAR.day_of(row.observed_at)) for row in mine)
        for number, mine in rows.items()
    }
    series = {str(one.id): series_of(cases[one.id], reported[one.id], one.residents, since, last) for one in members}
    people = sum(one.residents for one in members)
    days = []
    for row, day in enumerate(range(since, last + 1)):
        told = [counts[row] for counts in series.values() if counts[row].cases is not None]
        total, there = sum(one.cases or 0 for one in told), sum(one.population or 0 for one in told)
        days.append(heard(day, total, there, people, tests.get(day, (0, 0))))
    return Counted(members, rows, cases, series, days, since, begin, last)


def in_stretch(rows: Iterable[CaseRow], score: Score) -> list[CaseRow]:
    """The signs of a facility within the stretch that a score speaks of, in order of time."""
    at = CALENDAR.midnight(score.day + 1)
    return [row for row in rows if at - score.days * DAY <= row.observed_at < at]


def _person(row: CaseRow) -> str:
    return f"staff:{row.staff}" if row.resident_id is None else str(row.resident_id)
