"""Moves between facilities: a new stay goes on from an old one, and reads its days (docs/decisions/0055)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from detectors.days import DaySummary, summarise
from detectors.profile import Profile
from detectors.times import Millis
from store import registered
from store.connection import Connection, Moment
from store.observations import window
from store.profiles import in_force
from store.registered import Key
from store.sql import statements

_SQL: Final = statements("moves")

Move = tuple[Key, int, Key, int, Millis]
"""(who, their number, who they were, that number, since when)"""


async def record(connection: Connection, moved: Sequence[Move], now: Millis) -> None:
    """The stays go on from the old ones, and the old ones are over; the caller has locked the facilities of both."""
    if not moved:
        return
    cursor = await connection.execute(_SQL["last_moves"], {"ids": [number for _, number, *_ in moved]})
    last: dict[int, int] = dict(await cursor.fetchall())
    fresh = [one for one in moved if last.get(one[1]) != one[3]]
    if not fresh:
        return
    values = {
        "residents": [one[1] for one in fresh],
        "origins": [one[3] for one in fresh],
        "times": [Moment(one[4]) for one in fresh],
        "now": Moment(now),
    }
    await connection.execute(_SQL["add_moves"], values)
    over = {one[2]: one[4] for one in fresh}
    ended = []
    for key, subject in (await registered.known(connection, "residents", over)).items():
        counting = in_force(subject.rows)
        if counting and counting[-1][1].left_on is None:
            facts = structs.replace(counting[-1][1], left_on=over[key])
            ended.append(({"resident_id": subject.id}, (max(over[key], counting[-1][0]), now, facts)))
    await registered.add(connection, "residents", ended)


async def earlier_days(
    connection: Connection, residents: Iterable[int], here: Profile
) -> dict[int, dict[int, DaySummary]]:
    """Per resident who moved in what baselines read of the days of the stays before: no presence, tests or fevers.

    `here` says where a day begins in the facility they live in now.
    """
    rows = await (await connection.execute(_SQL["earlier_stays"], {"residents": list(residents)})).fetchall()
    if not rows:
        return {}
    cursor = await connection.execute(_SQL["days_of_stays"], {"stays": [stay for _, stay, *_ in rows]})
    days: dict[int, dict[int, DaySummary]] = {}
    for stay, day, spo2, temperature, news2 in await cursor.fetchall():
        days.setdefault(stay, {})[day] = DaySummary(spo2, temperature, news2_highest=news2)
    homes = {stay: facility for _, stay, _, facility in rows}
    await _mend(connection, homes, days)
    found: dict[int, dict[int, DaySummary]] = {}
    for resident, stay, before, _ in rows:  # the latest stay first: its word counts
        until = here.day_of(before)
        mine = found.setdefault(resident, {})
        for day, summary in days.get(stay, {}).items():
            if day < until:
                mine.setdefault(day, summary)
    return found


async def _mend(connection: Connection, homes: dict[int, int], days: dict[int, dict[int, DaySummary]]) -> None:
    """Days that are not yet summed up are read from the observations: their facility is not ours to lock."""
    facilities = {"facilities": list(set(homes.values()))}
    cursor = await connection.execute(_SQL["dirty_days_of"], facilities)
    dirty = await cursor.fetchall()
    if not dirty:
        return
    zones = dict(await (await connection.execute(_SQL["zones_of"], facilities)).fetchall())
    for facility, day in dirty:
        profile = Profile(zone=zones.get(facility, Profile().zone))
        stays = [stay for stay, home in homes.items() if home == facility]
        lives = await window(connection, facility, stays, profile.midnight(day), profile.midnight(day + 1))
        for stay, elements in lives.items():
            days.setdefault(stay, {}).pop(day, None)
            if elements:
                summary = summarise(elements)
                days[stay][day] = DaySummary(
                    summary.spo2_median, summary.temperature_median, news2_highest=summary.news2_highest
                )
