"""What becomes of a county's or a city's findings: counts by day, judged, reconciled, told to the region's desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count

import structlog

from alerts.reconcile import Stored, folded_since, reconcile
from detectors.detector import Severity
from detectors.excess import CaseExcess
from detectors.region_counts import DayCount, homes_named
from detectors.region_course import changes, region_rules
from detectors.schedule import Schedule
from detectors.state import LAPSE, Change, Key
from ingest import regions as codes
from store import episodes, registry
from store import homes as store_homes
from store import regions as stored_regions
from store.connection import Connection
from store.profiles import FacilityFacts, Profiles
from store.regions import RegionHome
from streams.archive import stored_of
from streams.counting import CALENDAR
from streams.homes import Home
from streams.judging import Judged
from streams.transaction import Work

log = structlog.get_logger()


async def judge_region(
    connection: Connection,
    region: str,
    rules: Schedule,
    counts: Sequence[DayCount],
    first: int,
    homes: Mapping[int, Mapping[str, int]],
) -> Work | None:
    """The region's findings from the day `first` on; None: there are none and were none.

    `counts` reach back before it as far as the rules look; `homes` are the new
    cases of each facility by day.
    """
    base = after_day(first)
    apart = wave_conditions(rules)

    def judged(stored: Sequence[Stored]) -> list[Change]:
        standing = {condition: now for condition, now in standing_in(stored, base).items() if condition not in apart}
        return region_changes(rules, counts, first, standing, homes)

    return await _reconciled(connection, region, rules, base, judged, lambda condition: condition not in apart)


async def reconcile_wave(
    connection: Connection, region: str, rules: Schedule, base: Key, changes: list[Change]
) -> Work | None:
    """What becomes of the finding that many homes of the county are in outbreak."""
    apart = wave_conditions(rules)
    return await _reconciled(connection, region, rules, base, lambda stored: changes, lambda one: one in apart)


async def stored_of_region(connection: Connection, region: str, base: Key, conditions: frozenset[str]) -> list[Stored]:
    """The region's episodes of these conditions that had not ended at `base`."""
    place = await stored_regions.home_of(connection, region)
    if place is None:
        return []
    rows = await episodes.not_over(connection, place.facility_id, base[0], [place.subject_id])
    known = [stored_of(one) for one in rows if one.episode.condition in conditions]
    return [one for one in known if one.episode.ended is None or one.episode.ended > base]


async def end_region(connection: Connection, region: str, rules: Schedule, day: int) -> Work | None:
    """Nobody is counted under this code any more: what stands there when the day is over is followed no longer."""
    at = CALENDAR.midnight(day + 1)
    base: Key = (at, LAPSE, "")

    def ended(stored: Sequence[Stored]) -> list[Change]:
        return [
            Change((at, LAPSE, rule_id), condition, tuple(left[number + 1 :]), rule_id, "retired")
            for condition, standing in standing_in(stored, base).items()
            for left in [sorted(standing.items())]
            for number, (rule_id, _) in enumerate(left)
        ]

    return await _reconciled(connection, region, rules, base, ended, lambda condition: True)


async def _reconciled(
    connection: Connection,
    region: str,
    rules: Schedule,
    base: Key,
    found: Callable[[Sequence[Stored]], list[Change]],
    is_mine: Callable[[str], bool],
) -> Work | None:
    """What becomes of the region's episodes of some conditions, given what is found after `base`."""
    place = await stored_regions.home_of(connection, region)
    if place is None:
        if not found([]):
            return None
        place = await stored_regions.make_home(connection, region, codes.full_name(region) or region)
        if place is None:
            log.warning("region_has_no_home", region=region, remedy="rename the facility that is called like it")
            return None
    home = await _home(connection, place, region, rules)
    rows = await episodes.not_over(connection, place.facility_id, base[0], [place.subject_id])
    known = [stored_of(one) for one in rows if is_mine(one.episode.condition)]
    stored = [one for one in known if one.episode.ended is None or one.episode.ended > base]
    reconciled = reconcile(stored, folded_since(stored, base, found(stored)), count(-1, -1).__next__)
    person = home.people[place.subject_id]
    judged = [Judged(person, base, False, [], reconciled, [], False, apart=True)] if reconciled.transitions else []
    return Work(home, judged, None)


def wave_conditions(rules: Schedule) -> frozenset[str]:
    """The conditions in which a county has a finding when many of its homes are in outbreak."""
    every = (rule for period in rules.periods for rule in period.rules.rules)
    return frozenset(rule.condition for rule in every if isinstance(rule.detector, CaseExcess))


def after_day(first: int) -> Key:
    """After all that the day before `first` came to: from here on it is judged anew."""
    return (CALENDAR.midnight(first), LAPSE + 1, "")


async def _home(connection: Connection, place: RegionHome, region: str, rules: Schedule) -> Home:
    facility = (await registry.lock_facilities(connection, [place.code]))[place.code]
    facts = FacilityFacts(place.code, region, CALENDAR.zone, 0, False, "axillary", (), CALENDAR.mode, "", False)
    home = Home(facility.id, facility.code, facility.version, Profiles(facts, (CALENDAR,), {}), rules)
    for row in await store_homes.people(connection, facility.id):
        home.add(row)
    return home


def standing_in(stored: Sequence[Stored], base: Key) -> dict[str, dict[str, Severity]]:
    """Per condition which rules stood at `base`."""
    found: dict[str, dict[str, Severity]] = {}
    for one in stored:
        before = [change for change in one.episode.trail if change.key <= base]
        if before and before[-1].standing:
            found[one.episode.condition] = dict(before[-1].standing)
    return found


def region_changes(
    rules: Schedule,
    counts: Sequence[DayCount],
    first: int,
    standing: Mapping[str, Mapping[str, Severity]],
    homes: Mapping[int, Mapping[str, int]],
) -> list[Change]:
    """Every change from the day `first` on, in order."""

    def named(day: int) -> str:
        return homes_named(homes.get(day, {}))

    found: list[Change] = []
    for condition in sorted(region_rules(rules).keys() | standing.keys()):
        found += changes(condition, rules, counts, first, standing.get(condition, {}), CALENDAR.midnight, named)
    return sorted(found, key=lambda change: change.key)
