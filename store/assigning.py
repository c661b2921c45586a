"""Tiers computed anew when facts or tables change, in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from detectors.profile import Profile
from detectors.tier_course import Known, TableAt, TierEntry, course
from detectors.tiers import Condition
from detectors.times import Millis
from store import registered, registry, tiers
from store.connection import Connection
from store.profiles import Recorded, ResidentFacts, in_force, resident_rows
from store.registered import Key, Subject

TablesOf = Callable[[Connection, str | None], Awaitable[TableAt]]
"""The tier tables in force in a region."""


async def assign(
    connection: Connection,
    known: Mapping[Key, Subject],
    starts: Mapping[Key, Millis | None],
    now: Millis,
    tables_of: TablesOf,
    dry_run: bool,
) -> dict[Key, TierEntry]:
    """What the tiers of these residents are from now on, where they are other ones; on record, unless it is a dry run.

    `starts`: from when on other facts count. A dry run is silent about facilities that are not known yet.
    """
    numbers = [number for key in starts if (number := known[key].id) is not None]
    recorded = await tiers.courses_of(connection, numbers)
    homes = await _homes(connection, {facility for facility, _ in starts}, tables_of)
    new: dict[int, list[TierEntry]] = {}
    shown: dict[Key, TierEntry] = {}
    for key, start in starts.items():
        if key[0] not in homes:
            continue
        table_at, zone = homes[key[0]]
        number = known[key].id
        timeline = course(facts_of(known[key].rows), table_at, zone)
        found = tiers.news([] if number is None else recorded.get(number, []), timeline, start)
        if found:
            shown[key] = tiers.at(found, now)
        if found and number is not None:
            new[number] = found
    if not dry_run:
        await tiers.record(connection, new, now)
    return shown


async def assign_again(connection: Connection, codes: Iterable[str], now: Millis, tables_of: TablesOf) -> int:
    """Every tier in these facilities is from now on as the tables in force say; how many are other ones."""
    wanted = sorted(set(codes))
    locked = await registry.lock_facilities(connection, wanted)
    homes = await _homes(connection, wanted, tables_of)
    changed = 0
    for code, facility in locked.items():
        table_at, zone = homes[code]
        recorded = await tiers.courses(connection, facility.id)
        new = {}
        for number, rows in (await resident_rows(connection, facility.id)).items():
            timeline = course(facts_of(rows), table_at, zone)
            if found := tiers.news(recorded.get(number, []), timeline, now):
                new[number] = found
        await tiers.record(connection, new, now)
        if new:
            await registry.judge_again(connection, [(facility.id, now)], now)
        changed += len(new)
    return changed


async def _homes(
    connection: Connection, codes: Iterable[str], tables_of: TablesOf
) -> dict[str, tuple[TableAt, Profile]]:
    """Of each facility its tables, and where its year begins."""
    known = await registered.known(connection, "facilities", [(code, "") for code in codes])
    tables: dict[str | None, TableAt] = {}
    homes = {}
    for (code, _), subject in known.items():
        timed = in_force(subject.rows)
        region, zone = (timed[-1][1].region, Profile(zone=timed[-1][1].zone)) if timed else (None, Profile())
        if region not in tables:
            tables[region] = await tables_of(connection, region)
        homes[code] = (tables[region], zone)
    return homes


def facts_of(rows: Sequence[Recorded[ResidentFacts]]) -> list[Known]:
    """What a tier rests on, from when on."""
    first = min((recorded for _, recorded, _ in rows), default=0)
    return [
        Known(
            at,
            facts.birth_year,
            None if facts.conditions is None else Condition(facts.conditions),
            facts.conditions_stable,
            facts.vaccination,
            facts.tier,
            facts.tier_assessed_on,
            first,
        )
        for at, facts in in_force(rows)
    ]
