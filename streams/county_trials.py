"""Other rules over a county's stored counts: the excess of cases in its facilities, its wave, and its own findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from alerts.rosters import desks_for
from alerts.tally import Lived, Tally
from detectors.excess import Score
from detectors.observations import Case
from detectors.region_counts import DayCount, homes_named
from detectors.region_course import changes, region_rules
from detectors.schedule import Schedule
from detectors.state import Change
from detectors.trials import Span, Trial, began_in
from ingest.regions import city_of, county_of
from store import duty, excess, homes, ranking, regions
from store.connection import Connection
from store.excess import Member
from streams.counting import CALENDAR, Counted, count, in_stretch, reach
from streams.excess_course import found
from streams.places import case_as

LEAD_DAYS: Final = 28
"""Before the span: what may have stood when it began."""


async def compare_county(
    connection: Connection, county: str, chosen: Collection[int], trial: Trial, span: Span, tally: Tally
) -> None:
    """The tally knows the chosen facilities of the county, and the county itself, under both schedules."""
    until = (await excess.judged_until(connection)).get(county)
    if until is None:
        return
    first, last = CALENDAR.day_of(span.since) - LEAD_DAYS, min(until, CALENDAR.day_of(span.until - 1))
    members = await excess.members(connection, await _registered(connection, county) or [county])
    if last < first or not members:
        return
    old, new = trial.schedules("statistics")
    looks = max((old, new), key=reach)
    counted = await count(connection, members, looks, first, last)
    sides = [_Side(county, one, counted, await _codes(connection, members)) for one in (old, new)]
    rosters = await duty.read(connection, [one.code for one in members], [county], span.until)
    for one in members:
        if one.id in chosen:
            then, now = (began_in(span, side.of_facilities[one.id]) for side in sides)
            has_roster = bool(desks_for(rosters, one.code, county))
            lived = Lived(one.code, one.id, county, one.code, 0.0, then, now, has_roster=has_roster, kind="facility")
            tally.add(lived, (old, new))
    then, now = (began_in(span, side.of_county) for side in sides)
    has_desk = bool(desks_for(rosters, "", county))
    tally.add(Lived(county, 0, county, county, 0.0, then, now, has_roster=has_desk, kind="region"), (old, new))


async def compare_city(connection: Connection, city: str, trial: Trial, span: Span, tally: Tally) -> None:
    """The tally knows the city under both schedules, from what is stored of its counties."""
    until = {code: day for code, day in (await excess.judged_until(connection)).items() if city_of(code) == city}
    if not until:
        return
    first, last = CALENDAR.day_of(span.since) - LEAD_DAYS, min(*until.values(), CALENDAR.day_of(span.until - 1))
    old, new = trial.schedules("statistics")
    days = await regions.days_of(connection, until, first - max(reach(old), reach(new)), last)
    homes = await regions.cases_by_home(connection, await _registered(connection, *until), first, last)
    then, now = (began_in(span, _of_region(one, days, first, homes)) for one in (old, new))
    has_desk = bool(desks_for(await duty.read(connection, [], [city], span.until), "", city))
    tally.add(Lived(city, 0, city, city, 0.0, then, now, has_roster=has_desk, kind="region"), (old, new))


async def _registered(connection: Connection, *counties: str) -> list[str]:
    return [one for one in await ranking.registered_regions(connection) if county_of(one) in counties]


def _of_region(
    rules: Schedule, days: list[DayCount], first: int, homes: Mapping[int, Mapping[str, int]]
) -> list[Change]:
    """What the rules of regions find, in order."""

    def named(day: int) -> str:
        return homes_named(homes.get(day, {}))

    every = [changes(one, rules, days, first, {}, CALENDAR.midnight, named) for one in region_rules(rules)]
    return sorted((change for found in every for change in found), key=lambda change: change.key)


class _Side:
    """What one schedule finds in the county."""

    def __init__(self, county: str, rules: Schedule, counted: Counted, codes: dict[int, str]) -> None:
        def cases_of(facility_id: int, score: Score) -> tuple[Case, ...]:
            rows = in_stretch(counted.rows[facility_id], score)
            return tuple(
                case_as(row, None if row.resident_id is None else codes[row.resident_id], row.unit)
                for row in reversed(rows)
            )

        excesses = found(counted, rules, cases_of, {})
        self.of_facilities = excesses.facilities
        of_region = [] if city_of(county) == county else _of_region(rules, counted.days, counted.begin, counted.homes())
        self.of_county = sorted([*excesses.county, *of_region], key=lambda change: change.key)


async def _codes(connection: Connection, members: list[Member]) -> dict[int, str]:
    found: dict[int, str] = {}
    for one in members:
        found |= {row.id: row.code for row in await homes.people(connection, one.id)}
    return found
