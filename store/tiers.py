"""The tier of each resident over time, on record with its reason: 红, 黄, 绿, or the fact that is missing.

What is recorded later speaks from its first row on; what was recorded before
for later times, such as the turn of a year, is then overtaken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec
from msgspec import structs

from detectors.tier_changes import Cause
from detectors.tier_course import TierEntry
from detectors.times import Millis, to_text
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("tiers")


async def courses(connection: Connection, facility_id: int) -> dict[int, list[TierEntry]]:
    """Per resident of a facility the tiers as they count."""
    cursor = await connection.execute(_SQL["tiers_of_facility"], {"facility": facility_id})
    return _by_resident(await cursor.fetchall())


async def courses_of(connection: Connection, residents: Iterable[int]) -> dict[int, list[TierEntry]]:
    """Per resident the tiers as they count."""
    cursor = await connection.execute(_SQL["tiers_of_residents"], {"residents": list(residents)})
    return _by_resident(await cursor.fetchall())


def _by_resident(rows: list[Any]) -> dict[int, list[TierEntry]]:
    return {
        resident_id: counting([(recorded, _entry(*values)) for _, recorded, *values in mine])
        for resident_id, mine in groupby(rows, key=lambda row: row[0])
    }


def _entry(since: Millis, tier: Any, ours: Any, zh: str, en: str, cause: str | None, stale: Millis | None) -> TierEntry:
    return TierEntry(since, tier, ours, zh, en, None if cause is None else Cause(cause), stale)


def counting(recorded: Iterable[tuple[Millis, TierEntry]]) -> list[TierEntry]:
    """Of (recorded at, entry), ascending, what counts."""
    course: list[TierEntry] = []
    for _, group in groupby(recorded, key=lambda pair: pair[0]):
        entries = [entry for _, entry in group]
        course = [entry for entry in course if entry.since < entries[0].since] + entries
    return course


def news(recorded: Sequence[TierEntry], course: Sequence[TierEntry], since: Millis | None) -> list[TierEntry]:
    """What must be recorded so that the course counts from a time on (None: from ever); nothing if it does already."""
    if since is None or not recorded:
        return [] if list(recorded) == list(course) else list(course)
    old, new = _from(recorded, since), _from(course, since)
    if [_said(entry) for entry in old] == [_said(entry) for entry in new] or not new:
        return []
    was = recorded[-1] if not old else old[0]
    if was.tier == new[0].tier:
        new[0] = structs.replace(new[0], cause=None)
    elif new[0].cause in (None, Cause.FIRST):  # nothing happened to the resident: another table, or another word
        new[0] = structs.replace(new[0], cause=Cause.FIRST if was.tier is None else Cause.RECLASSIFIED)
    return new


def _from(course: Sequence[TierEntry], since: Millis) -> list[TierEntry]:
    standing = [entry for entry in course if entry.since <= since][-1:] or list(course[:1])
    held = [entry if entry.since == since else structs.replace(entry, since=since, cause=None) for entry in standing]
    return held + [entry for entry in course if entry.since > since]


def _said(entry: TierEntry) -> TierEntry:
    return structs.replace(entry, cause=None)


async def record(connection: Connection, new: Mapping[int, Sequence[TierEntry]], now: Millis) -> None:
    """These tiers are on record; the caller has locked the facilities."""
    rows = [
        {
            "resident_id": resident_id,
            "recorded_at": to_text(now),
            "since": to_text(entry.since),
            "tier": entry.tier,
            "ours": entry.ours,
            "zh": entry.zh,
            "en": entry.en,
            "cause": None if entry.cause is None else entry.cause.value,
            "stale_since": None if entry.stale_since is None else to_text(entry.stale_since),
        }
        for resident_id, entries in new.items()
        for entry in entries
    ]
    if rows:
        await connection.execute(_SQL["add_tiers"], {"rows": msgspec.json.encode(rows).decode()})


def at(course: Sequence[TierEntry], when: Millis) -> TierEntry:
    """The entry in force; the first one also before it."""
    return ([entry for entry in course if entry.since <= when] or course[:1])[-1]
