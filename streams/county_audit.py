"""Counties and cities folded again: cases and reported days counted from raw rows, compared with what stands on record.

The last 15 days are compared, which is what may still change; what stood before
them is taken as it is on record. What waits to be judged is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from alerts.audit import Difference, compared
from alerts.reconcile import Stored, folded_since
from detectors.corrections import Arrival, is_in_time
from detectors.engine import what_counts
from detectors.excess import Score
from detectors.observations import Case
from detectors.places import CASE_HORIZON, case_of
from detectors.region_counts import DayCount
from detectors.schedule import Schedule
from detectors.state import Change
from detectors.subjects import SubjectName
from ingest.regions import city_of, county_of, level
from store import audit, episodes, excess, homes, profiles, ranking, regions
from store.cases import CaseRow
from store.connection import Connection, transaction
from store.excess import Member
from streams.archive import stored_of
from streams.catalogue import in_force
from streams.counting import AGAIN_DAYS, CALENDAR, Counted, counted, in_stretch, reach
from streams.excess_course import found, not_for
from streams.places import case_as
from streams.regions import after_day, region_changes, standing_in, wave_conditions


class AuditedCounty(Struct, frozen=True):
    """What was compared of a county, or of a city."""

    region: str
    facilities: int
    cases: int
    episodes: int
    waiting: str | None  # why nothing was compared
    differences: list[Difference]


async def audit_county(connection: Connection, county: str) -> AuditedCounty:
    """Counts one county again, in one snapshot, and compares its days, its facilities' excess and its own findings."""
    async with transaction(connection):
        await audit.take_snapshot(connection)
        registered = [one for one in await ranking.registered_regions(connection) if county_of(one) == county]
        members = await excess.members(connection, registered)
        judged = await excess.judged_with(connection, county)
        if judged is None or await excess.marks(connection, [one.id for one in members]):
            return AuditedCounty(county, len(members), 0, 0, "it waits to be judged", [])
        last, residents = judged
        if residents != sum(one.residents for one in members):
            return AuditedCounty(county, len(members), 0, 0, "who lives there has changed since it was judged", [])
        known = await in_force(connection, county)
        begin = last - AGAIN_DAYS + 1
        raw = await _raw(connection, members, begin - reach(known), begin, last)
        differences = _days(county, raw.counted, await regions.days_of(connection, [county], begin, last))
        facilities = await _facilities(connection, county, known, raw)
        region = await _region(connection, county, known, raw, facilities.wave)
    cases = sum(map(len, raw.counted.rows.values()))
    differences += [*facilities.differences, *region.differences]
    return AuditedCounty(county, len(members), cases, facilities.number + region.number, None, differences)


async def audit_city(connection: Connection, city: str) -> AuditedCounty:
    """Judges a city again by the days of its counties, as they are on record, and compares its findings."""
    async with transaction(connection):
        await audit.take_snapshot(connection)
        registered = [one for one in await ranking.registered_regions(connection) if city_of(county_of(one)) == city]
        last = await regions.settled_until(connection, city)
        if last is None:
            return AuditedCounty(city, 0, 0, 0, "it waits to be judged", [])
        known = await in_force(connection, city)
        begin = last - AGAIN_DAYS + 1
        counties = sorted({county_of(one) for one in registered})
        days = await regions.days_of(connection, counties, begin - reach(known), last)
        homes = await regions.cases_by_home(connection, registered, begin, last)
        place, base = await regions.home_of(connection, city), after_day(begin)
        every = [] if place is None else await _stored(connection, place.facility_id, place.subject_id, begin)
    stored = [one for one in every if one.episode.condition not in wave_conditions(known)]
    changes = region_changes(known, days, begin, standing_in(stored, base), homes)
    wanted = folded_since(stored, base, changes)
    texts = compared(wanted, [one.episode for one in stored])
    cases = sum(one.cases or 0 for one in days if one.day >= begin)
    return AuditedCounty(city, 0, cases, len(wanted), None, [Difference(city, city, text) for text in texts])


class _Raw(Struct):
    """What raw rows say, and where everybody lived."""

    counted: Counted
    people: dict[int, dict[int, homes.PersonRow]]  # per facility
    known: dict[int, profiles.Profiles]


class _Compared(Struct):
    number: int
    differences: list[Difference]
    wave: list[Change] = []


async def _raw(connection: Connection, members: list[Member], since: int, begin: int, last: int) -> _Raw:
    rows: list[CaseRow] = []
    reported: dict[int, list[int]] = {}
    everybody: dict[int, dict[int, homes.PersonRow]] = {}
    known: dict[int, profiles.Profiles] = {}
    horizon = CALENDAR.midnight(since) - CASE_HORIZON
    for one in members:
        people = everybody[one.id] = {row.id: row for row in await homes.people(connection, one.id)}
        known[one.id] = await profiles.profiles_of(connection, one.id)
        signs = await audit.signs(connection, one.id, one.code, {row.id: row.code for row in people.values()})
        numbers = {row.code: row.id for row in people.values() if row.kind == "resident"}
        rows += [row for row in _signs(signs, one.id, numbers) if row.observed_at >= horizon]
        zone = known[one.id].default[-1].zone
        days = await audit.reported_days(connection, one.id, zone)
        reported[one.id] = [day for day in days if day >= since]
    rows.sort(key=lambda row: (row.observed_at, row.event_id))
    tests = await excess.tests_of(connection, [one.id for one in members], since, last)
    return _Raw(counted(members, rows, reported, tests, since, begin, last), everybody, known)


def _signs(arrivals: Iterable[Arrival], facility_id: int, numbers: Mapping[str, int]) -> Iterable[CaseRow]:
    """The signs of illness that count."""
    for placed in what_counts(one for one in arrivals if is_in_time(one.event, one.received_at, CASE_HORIZON)):
        who = SubjectName.parse(placed.resident)
        case = case_of(placed.element, who.person, getattr(placed.element, "unit", None))
        if case is not None:
            resident = numbers[who.id] if who.kind == "resident" else None
            staff = who.id if resident is None else None
            yield CaseRow(facility_id, case.at, case.id, resident, staff, case.sign, case.said, case.unit)


def _days(county: str, again: Counted, stored: Iterable[DayCount]) -> list[Difference]:
    by_day = {one.day: one for one in again.days}
    return [
        Difference(county, "", f"day {one.day}: {one} stored, {by_day[one.day]} counted")
        for one in stored
        if one != by_day[one.day]
    ]


async def _facilities(connection: Connection, county: str, known: Schedule, raw: _Raw) -> _Compared:
    """The excess of each facility."""
    again, result = raw.counted, _Compared(0, [])
    base = after_day(again.begin)
    place = await regions.home_of(connection, county)
    of_county = [] if place is None else await _stored(connection, place.facility_id, place.subject_id, again.begin)

    def cases_of(facility_id: int, score: Score) -> tuple[Case, ...]:
        people, lived = raw.people[facility_id], raw.known[facility_id]
        return tuple(
            case_as(
                row,
                None if row.resident_id is None else people[row.resident_id].code,
                row.unit or lived.unit_of(row.resident_id, row.observed_at),
            )
            for row in reversed(in_stretch(again.rows[facility_id], score))
        )

    conditions = wave_conditions(known)
    stored = {one.id: await _of_facility(connection, one, raw, conditions, again.begin) for one in again.members}
    standing: dict[str, set[int]] = {}
    for number, mine in stored.items():
        for rules in standing_in(mine, base).values():
            for rule_id in rules:
                standing.setdefault(rule_id, set()).add(number)
    waves = {rule_id for name, rules in standing_in(of_county, base).items() if name in conditions for rule_id in rules}
    folded = found(again, known, cases_of, standing, waves)
    result.wave = folded.county
    for one in again.members:
        if one.partition is None:
            continue
        apart = not_for(known, raw.known[one.id].default[-1].mode)
        mine = [each for each in stored[one.id] if each.episode.condition not in apart]
        changes = [change for change in folded.facilities[one.id] if change.condition not in apart]
        wanted = folded_since(mine, base, changes)
        result.number += len(wanted)
        texts = compared(wanted, [each.episode for each in mine])
        result.differences += [Difference(one.code, one.code, text) for text in texts]
    return result


async def _of_facility(
    connection: Connection, member: Member, raw: _Raw, conditions: frozenset[str], begin: int
) -> list[Stored]:
    subject = next((row.id for row in raw.people[member.id].values() if row.kind == "facility"), None)
    if subject is None:
        return []
    stored = await _stored(connection, member.id, subject, begin)
    return [one for one in stored if one.episode.condition in conditions]


async def _stored(connection: Connection, facility_id: int, subject_id: int, begin: int) -> list[Stored]:
    """The episodes that had not ended when the day `begin` was judged."""
    base = after_day(begin)
    rows = await episodes.not_over(connection, facility_id, base[0], [subject_id])
    return [stored_of(one) for one in rows if one.episode.ended is None or one.episode.ended > base]


async def _region(connection: Connection, county: str, known: Schedule, raw: _Raw, wave: list[Change]) -> _Compared:
    """The county's own findings; those of a city are judged from the sums of its counties."""
    again = raw.counted
    base = after_day(again.begin)
    place = await regions.home_of(connection, county)
    stored = [] if place is None else await _stored(connection, place.facility_id, place.subject_id, again.begin)
    apart = wave_conditions(known)
    if level(county) != "county":
        stored = [one for one in stored if one.episode.condition in apart]
        changes = wave if city_of(county) == county else []
    else:
        standing = {name: now for name, now in standing_in(stored, base).items() if name not in apart}
        changes = [*wave, *region_changes(known, again.days, again.begin, standing, again.homes())]
    wanted = folded_since(stored, base, sorted(changes, key=lambda change: change.key))
    texts = compared(wanted, [one.episode for one in stored])
    return _Compared(len(wanted), [Difference(county, county, text) for text in texts])
