"""What becomes of a county's or a city's findings: counts by day, judged, reconciled, told to the region's desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

import structlog

from alerts.reconcile import Stored, folded_since, reconcile
from detectors.fold import DUE, Change, Key
from detectors.profile import Profile
from detectors.region_counts import DayCount, homes_named
from detectors.region_course import changes, region_rules
from detectors.schedule import Schedule
from ingest import regions as codes
from store import episodes, registry
from store import homes as store_homes
from store import regions as stored_regions
from store.connection import Connection
from store.profiles import FacilityFacts, Profiles
from store.regions import RegionHome
from streams.archive import stored_of
from streams.homes import Home
from streams.judging import Judged
from streams.transaction import Work

CALENDAR: Final = Profile()
"""A region's day is that of Beijing time, whatever clock its facilities go by: no case of the day is still to come."""

log = structlog.get_logger()


async def judge_region(
    connection: Connection,
    region: str,
    rules: Schedule,
    counts: Sequence[DayCount],
    first: int,
    homes: Mapping[int, Mapping[str, int]],
    *,
    is_over: bool = False,
) -> Work | None:
    """The region's findings from the day `first` on; None: there are none and were none.

    `counts` reach back before it as far as the rules look; `homes` are the new
    cases of each facility by day.
    """
    judges = rules.of_kind("nobody") if is_over else rules
    base: Key = (CALENDAR.midnight(first), DUE, "")
    place = await stored_regions.home_of(connection, region)
    stored = await _stored(connection, place, base)
    found = _found(judges, counts, first, stored, homes)
    if not stored and not found:
        return None
    if place is None:
        place = await stored_regions.make_home(connection, region, codes.full_name(region) or region)
        if place is None:
            log.warning("region_has_no_home", region=region, remedy="rename the facility that is called like it")
            return None
    home = await _home(connection, place, region, rules)
    work = Work(home, [], None)
    person = home.people[place.subject_id]
    again = await _stored(connection, place, base)  # under the lock: somebody may have judged it meanwhile
    after = _found(judges, counts, first, again, homes)
    reconciled = reconcile(again, folded_since(again, base, after), count(-1, -1).__next__)
    if reconciled.transitions:
        work.judged.append(Judged(person, base, False, [], reconciled, [], False, apart=True))
    return work


async def end_region(connection: Connection, region: str, rules: Schedule, day: int) -> Work | None:
    """Nobody is counted under this code any more: whatever stands there is followed no longer."""
    return await judge_region(connection, region, rules, [DayCount(day)], day, {}, is_over=True)


async def _home(connection: Connection, place: RegionHome, region: str, rules: Schedule) -> Home:
    facility = (await registry.lock_facilities(connection, [place.code]))[place.code]
    facts = FacilityFacts(place.code, region, CALENDAR.zone, 0, False, "axillary", (), CALENDAR.mode, "", False)
    home = Home(facility.id, facility.code, facility.version, Profiles(facts, (CALENDAR,), {}), rules)
    for row in await store_homes.people(connection, facility.id):
        home.add(row)
    return home


async def _stored(connection: Connection, place: RegionHome | None, base: Key) -> list[Stored]:
    """The region's episodes that had not ended at `base`."""
    if place is None:
        return []
    rows = await episodes.not_over(connection, place.facility_id, base[0], [place.subject_id])
    return [stored_of(one) for one in rows if one.episode.ended is None or one.episode.ended > base]


def _found(
    rules: Schedule,
    counts: Sequence[DayCount],
    first: int,
    stored: Sequence[Stored],
    homes: Mapping[int, Mapping[str, int]],
) -> list[Change]:
    """Every change after `first`, in order; what is judged no more ends too."""
    base: Key = (CALENDAR.midnight(first), DUE, "")
    known = region_rules(rules)
    found: list[Change] = []
    for condition in sorted(known.keys() | {one.episode.condition for one in stored}):
        before = [
            change
            for one in stored
            if one.episode.condition == condition
            for change in one.episode.trail
            if change.key <= base
        ]
        standing = dict(max(before, key=lambda change: change.key).standing) if before else {}
        found += changes(
            condition, rules, counts, first, standing, CALENDAR.midnight, lambda day: homes_named(homes.get(day, {}))
        )
    return sorted(found, key=lambda change: change.key)
