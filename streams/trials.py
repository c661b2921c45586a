"""Other rules over stored history: facility by facility, subject by subject, in one pass, changing nothing.

A shadow is judged here, on demand, and never inside the worker's transaction:
what tells nobody must not delay, lock or break what does (docs/decisions/0065).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final, Literal

from msgspec import structs

from alerts.comparison import Feedback
from alerts.rosters import desks_for
from alerts.tally import Lived, Tally
from detectors.days import DaySummary
from detectors.observations import Element, ReportedDay
from detectors.profile import Profile
from detectors.schedule import Schedule
from detectors.timeline import key_of
from detectors.times import DAY, NEVER
from detectors.trials import LEAD, PLACE_LEAD, Span, Trial, began_in
from detectors.weekly.course import course
from detectors.weekly.week import DAYS
from ingest.regions import city_of, county_of
from store import audit, cases, contacts, duty, equipment, feedback, homes, moves, observations, outages, profiles
from store import weeks as stored_weeks
from store.connection import Connection, transaction
from store.homes import PersonRow
from store.profiles import Profiles
from store.rules import RuleSetRow
from streams import weeks
from streams.catalogue import in_force, in_shadow
from streams.county_trials import compare_city, compare_county
from streams.places import case_as

WEEK_LEAD_DAYS: Final = 28
"""Before the span: what may have stood when it began."""

Other = Callable[[Schedule], Schedule]
"""The schedule to compare with, from the one in force."""


async def compare(
    connection: Connection,
    facilities: Iterable[tuple[int, str]],
    span: Span,
    tally: Tally,
    other: Other | RuleSetRow,
) -> None:
    """The tally knows these facilities, each in one snapshot; `other` is a change of the rules, or a shadow."""
    trials: dict[Schedule, Trial] = {}  # facilities of a region share their schedule
    counties: dict[str, list[int]] = {}
    for facility_id, code in facilities:
        async with transaction(connection):
            await audit.take_snapshot(connection)
            known = await profiles.profiles_of(connection, facility_id)
            old = await in_force(connection, known.region)
            if old not in trials:
                trials[old] = Trial(old, await _other(connection, known.region, old, other))
            await _compare_one(connection, facility_id, code, known, span, tally, trials[old])
            counties.setdefault(county_of(known.region or ""), []).append(facility_id)
    for county, chosen in counties.items():
        async with transaction(connection):
            await audit.take_snapshot(connection)
            old = await in_force(connection, county or None)
            trial = Trial(old, await _other(connection, county or None, old, other))
            if trial.concerns("statistics"):
                tally.begin(county, trial)
                await compare_county(connection, county, frozenset(chosen), trial, span, tally)
    for city in sorted({city for county in counties if (city := city_of(county)) is not None}):
        async with transaction(connection):
            await audit.take_snapshot(connection)
            old = await in_force(connection, city)
            trial = Trial(old, await _other(connection, city, old, other))
            if trial.concerns("statistics"):
                await compare_city(connection, city, trial, span, tally)


async def _other(connection: Connection, region: str | None, old: Schedule, other: Other | RuleSetRow) -> Schedule:
    return await in_shadow(connection, region, other) if isinstance(other, RuleSetRow) else other(old)


async def _compare_one(
    connection: Connection,
    facility_id: int,
    code: str,
    known: Profiles,
    span: Span,
    tally: Tally,
    trial: Trial,
) -> None:
    tally.begin(code, trial)
    looked = await homes.looked_until(connection, facility_id)
    seen = Span(span.since, min(span.until, -NEVER if looked is None else looked + 1))
    if not trial.conditions or seen.until <= seen.since:
        return
    people = {row.id: row for row in await homes.people(connection, facility_id)}
    rosters = await duty.read(connection, [code], [known.region], looked or 0)
    told = structs.replace(
        Lived(code, facility_id, known.region, "", 0.0, [], []),
        has_roster=bool(desks_for(rosters, code, known.region)),
    )
    if trial.concerns("resident"):
        earlier = await moves.earlier_days(connection, people, known.default[-1])
        residents = [number for number, row in people.items() if row.kind == "resident"]
        begins = seen.since - LEAD
        said = await feedback.of_facility(connection, facility_id, begins)
        async for number, elements in observations.lives(connection, facility_id, residents, begins, seen.until):
            words = [Feedback(one.condition, one.at, one.is_true) for one in said.get(number, ()) if one.is_judged]
            mine = structs.replace(told, feedback=words)
            lived = _resident(people[number], elements, earlier.get(number), known, mine, seen, trial)
            tally.add(lived, trial.schedules())
    await _compare_places(connection, people, known, told, seen, trial, tally)
    if trial.concerns("week"):
        tally.add(await _weeks(connection, known, told, seen, trial), trial.schedules("week"))


async def _compare_places(
    connection: Connection,
    people: dict[int, PersonRow],
    known: Profiles,
    told: Lived,
    span: Span,
    trial: Trial,
    tally: Tally,
) -> None:
    """Units and the facility itself, from their signs of illness, and what was heard of it while we listened."""
    places = [row for row in people.values() if row.kind in ("unit", "facility") and trial.concerns(row.kind)]
    if not places:
        return
    since, calendar = span.since - PLACE_LEAD, known.default[-1]
    rows = [row for row in await cases.of_facility(connection, told.facility_id, since) if row.observed_at < span.until]
    days = await cases.reported_days(connection, told.facility_id, calendar.day_of(since))
    heard: list[Element] = [*await contacts.of_facility(connection, told.facility_id, since)]
    heard += await equipment.of_facility(connection, told.facility_id, since)
    heard += [one.outage for one in await outages.long_ones(connection, round(time.time() * 1_000))]
    for place in places:
        elements: list[Element] = [ReportedDay(calendar.midnight(day), "day") for day in days]
        elements += heard if place.kind == "facility" else ()
        for row in rows:
            unit = row.unit or known.unit_of(row.resident_id, row.observed_at)
            if place.kind == "facility" or unit == place.code:
                who = None if row.resident_id is None else people[row.resident_id].code
                elements.append(case_as(row, who, unit))
        kind: Literal["unit", "facility"] = "unit" if place.kind == "unit" else "facility"
        profiles = known.places(place.code if kind == "unit" else None)
        then, now = trial.judge(profiles, sorted(elements, key=key_of), span, kind=kind)
        lived = structs.replace(told, resident=place.code, then=then, now=now, kind=kind)
        tally.add(lived, trial.schedules(kind))


def _resident(
    row: PersonRow,
    elements: list[Element],
    earlier: dict[int, DaySummary] | None,
    known: Profiles,
    told: Lived,
    span: Span,
    trial: Trial,
) -> Lived:
    begins = max(row.known_from, span.since - LEAD)
    judged: tuple[Profile, ...] = tuple(
        structs.replace(profile, checks_from=begins) for profile in known.residents.get(row.id, known.default)
    )
    then, now = trial.judge(judged, elements, span, earlier)
    known_from = min(row.known_from, elements[0].at) if elements else row.known_from
    days = max(0, span.until - max(span.since, known_from)) / DAY
    return structs.replace(told, resident=row.code, days=days, then=then, now=now)


async def _weeks(connection: Connection, known: Profiles, told: Lived, span: Span, trial: Trial) -> Lived:
    """What both schedules find in the weeks of the facility that were over in the span."""
    calendar = known.default[-1]
    first, last = calendar.day_of(span.since) - WEEK_LEAD_DAYS, calendar.day_of(span.until) - 1
    mine = await weeks.known_of(connection, told.facility_id, calendar, first, last)
    digests = {digest for day in mine.stretches.values() for digest in day}
    elsewhere = await stored_weeks.elsewhere(connection, told.facility_id, digests, first - DAYS + 1)
    for one in elsewhere if digests else ():
        mine.elsewhere.setdefault(one.digest, []).append((one.facility, one.day))
    each = [mine.week(day, known.places(None)) for day in range(first, last + 1)]
    then, now = (began_in(span, course(one, each, {})[0]) for one in trial.schedules("week"))
    return structs.replace(told, resident=told.facility, then=then, now=now, kind="facility")
