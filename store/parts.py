"""Parts of facility-days: the grain of every figure, counted from what is stored, and counted again when it changes.

A day is two parts, before and after its cut-off. Whatever is counted of a
facility depends on what is stored of it and on how far its partition has been
seen, so counting twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from detectors.times import DAY, Millis, to_text
from store.codes import PRESENCES, RESULTS
from store.connection import Connection, Moment
from store.dictionary import STORED
from store.sql import statements

_SQL: Final = statements("parts")
_COUNTING: Final = statements("counting")
_MAKE: Final = ("make_asked_parts", "make_asked_elements", "make_asked_people", "make_asked_stays")
_TAKE: Final = ("take_elements", "take_people", "take_stays")
_COUNT: Final = (
    "elements",
    "unwatched",
    "people",
    "turns",
    "checks",
    "baselines",
    "cases",
    "alerts",
    "open_alerts",
    "clusters",
    "cluster_events",
    "to_verify",
    "feedback",
    "reports",
    "difficulties",
    "referral_steps",
    "beds",
    "open_referrals",
    "interventions",
)
DAYS_AT_ONCE: Final = 40
"""Of a facility whose past has changed more is counted in the next turn."""
KEPT_DAYS: Final = 731
"""Raw checks are kept for two years (design.md 9)."""
REPORTED_LATE_DAYS: Final = 14
"""A facility report may be about a day this long ago."""


class Claimed(Struct, frozen=True):
    """A facility that is ours until the transaction ends."""

    facility_id: int
    good_until: Millis
    clock: Millis  # how far it was seen


class Stretch(Struct, frozen=True):
    """Days of a facility that are counted again, up to how far it was seen."""

    facility_id: int
    since: int
    until: int
    clock: Millis


class Place(Struct, frozen=True):
    """Where a facility's figures count on a day, and what that lies in."""

    region: str
    parent: str


class Part(Struct):
    """A part of a facility's day; the figures by name, blank ones left out."""

    facility_id: int
    day: int
    part: int
    since: Millis
    until: Millis
    is_over: bool
    stated_region: str | None
    setting: str
    is_registered: bool
    figures: dict[str, int] = msgspec.field(default_factory=lambda: {"facilities": 1})


async def meet(connection: Connection, now: Millis) -> None:
    """Every facility is known to be counted."""
    await connection.execute(_SQL["meet_facilities"], {"now": Moment(now)})


async def mark_stale(connection: Connection, days: Iterable[tuple[int, int]]) -> None:
    """These (facility id, day) and all later days are to be counted again."""
    if pairs := sorted(set(days)):
        values = {"facilities": [one for one, _ in pairs], "days": [day for _, day in pairs]}
        await connection.execute(_SQL["mark_stale"], values)


async def claim(connection: Connection, now: Millis, limit: int) -> list[Claimed]:
    """Some facilities whose figures are others now, in the caller's transaction; nobody else takes them meanwhile."""
    clocks = dict(await (await connection.execute(_SQL["clocks"])).fetchall())
    values = {
        "partitions": list(clocks),
        "clocks": [Moment(at) for at in clocks.values()],
        "now": Moment(now),
        "limit": limit,
    }
    rows = await (await connection.execute(_SQL["claim_facilities"], values)).fetchall()
    return [Claimed(*row) for row in rows]


async def stretches(connection: Connection, claimed: Sequence[Claimed], now: Millis) -> list[Stretch]:
    """The days of these facilities that are to be counted; what was marked of them is marked no more."""
    ids = [one.facility_id for one in claimed]
    stale = dict(await (await connection.execute(_SQL["take_stale"], {"facilities": ids})).fetchall())
    moments = {
        "facilities": ids,
        "was": [Moment(one.good_until) for one in claimed],
        "clocks": [Moment(one.clock) for one in claimed],
    }
    days = {row[0]: row[1:] for row in await (await connection.execute(_SQL["days_of_clocks"], moments)).fetchall()}
    firsts = await _first_days(connection, stale, {one: first for one, (_, _, first) in days.items()}, now)
    found, later = [], []
    for one in claimed:
        was, today, _ = days[one.facility_id]
        since = min(was, today, max(stale.get(one.facility_id, today), firsts.get(one.facility_id, today)))
        found.append(Stretch(one.facility_id, since, min(today, since + DAYS_AT_ONCE), one.clock))
        if found[-1].until < today:
            later.append((one.facility_id, found[-1].until + 1))
    await mark_stale(connection, later)
    return await _with_reports(connection, found)


async def _first_days(
    connection: Connection, stale: Mapping[int, int], known: Mapping[int, int | None], now: Millis
) -> dict[int, int]:
    """Nothing is counted before the first event or the registration: a date of 1970 makes no fifty years of blanks."""
    found = {one: day for one, day in known.items() if day is not None}
    early = [one for one, day in stale.items() if day < found.get(one, day + 1)]
    if early:
        values = {"facilities": early, "first": Moment(now - KEPT_DAYS * DAY)}
        for facility_id, day in await (await connection.execute(_SQL["first_days"], values)).fetchall():
            if day is not None:
                found[facility_id] = min(day, found.get(facility_id, day))
    return found


async def _with_reports(connection: Connection, stretches: list[Stretch]) -> list[Stretch]:
    """Facility reports are as the observations are; one about an earlier day makes that day counted again."""
    values = {"facilities": [one.facility_id for one in stretches], "sinces": [one.since for one in stretches]}
    found = dict(await (await connection.execute(_SQL["drop_reports"], values)).fetchall())
    first = {"first": Moment((min(one.since for one in stretches) - 1) * DAY)}
    for facility_id, day in await (await connection.execute(_SQL["add_reports"], values | first)).fetchall():
        found[facility_id] = min(day, found.get(facility_id, day))
    return [
        msgspec.structs.replace(
            one, since=max(min(one.since, found.get(one.facility_id, one.since)), one.since - REPORTED_LATE_DAYS)
        )
        for one in stretches
    ]


async def count(connection: Connection, stretches: Iterable[Stretch], now: Millis) -> list[Part]:
    """The parts of these facilities that have begun, counted from what is stored; once in a transaction."""
    days = [(one.facility_id, day, one.clock) for one in stretches for day in range(one.since, one.until + 1)]
    facilities, numbers, clocks = zip(*days, strict=True)
    values = {
        "facilities": list(facilities),
        "days": list(numbers),
        "clocks": [Moment(at) for at in clocks],
        "first": Moment((min(numbers) - 3) * DAY),
        "last": Moment((max(numbers) + 3) * DAY),
        "now": Moment(now),
        "presences": [word for word in PRESENCES.number if word],
        "results": [word for word in RESULTS.number if word],
    }
    for name in _MAKE:
        await connection.execute(_SQL[name])
    await connection.execute(_SQL["ask"], values)
    for name in _TAKE:
        await connection.execute(_SQL[name], values)
    asked = await (await connection.execute(_SQL["asked"])).fetchall()
    parts = {(row[0], row[1], row[2]): Part(*row) for row in asked}
    for name in _COUNT:
        cursor = await connection.execute(_COUNTING[name], values)
        names = [column.name for column in cursor.description or ()][3:]
        for facility_id, day, number, *found in await cursor.fetchall():
            mine = parts[facility_id, day, number].figures
            mine.update((key, value) for key, value in zip(names, found, strict=True) if value is not None)
    for part in parts.values():
        _fill(part.figures)
    return [parts[key] for key in sorted(parts)]


def _fill(figures: dict[str, int]) -> None:
    """What was not counted is zero where we know that it is, else it stays blank."""
    heard = figures.setdefault("heard", 0)
    figures["unwatched"] = 0 if heard else figures.get("unwatched", 0)
    figures["silent"] = int(not heard and not figures["unwatched"])
    for figure in STORED:
        if figure.blank == "never" or (figure.blank == "unheard" and heard):
            figures.setdefault(figure.name, 0)
        elif figure.blank == "unheard":
            figures.pop(figure.name, None)


async def save(
    connection: Connection, stretches: Sequence[Stretch], parts: Iterable[Part], places: Mapping[tuple[str, int], Place]
) -> None:
    """The parts are on record, and the regions marked whose sums change; each facility's next moment is known.

    `places` says for each (stated region, day) where it counts.
    """
    rows = [
        {
            "facility_id": part.facility_id,
            "day": part.day,
            "part": part.part,
            "since": to_text(part.since),
            "until": to_text(part.until),
            "is_over": part.is_over,
            "region": places[part.stated_region or "", part.day].region,
            "parent": places[part.stated_region or "", part.day].parent,
            "setting": part.setting,
            **part.figures,
        }
        for part in parts
    ]
    days = [(one.facility_id, day) for one in stretches for day in range(one.since, one.until + 1)]
    encoded = {"rows": msgspec.json.encode(rows).decode()}
    named = {"facilities": [one for one, _ in days], "days": [day for _, day in days]}
    await connection.execute(_SQL["save_parts"], encoded | named)
    await connection.execute(_SQL["put_parts"], encoded)
    clocks = {
        "facilities": [one.facility_id for one in stretches],
        "clocks": [Moment(one.clock) for one in stretches],
    }
    moments = await (await connection.execute(_SQL["next_moments"], clocks)).fetchall()
    values = {"facilities": [row[0] for row in moments], "times": [Moment(row[1]) for row in moments]}
    await connection.execute(_SQL["summed_up"], values)


async def put_off(connection: Connection, facility_id: int) -> None:
    """The facility waits until all others had their turn; what is marked of it stays marked."""
    await connection.execute(_SQL["put_off"], {"facility": facility_id})


async def backlog(connection: Connection) -> tuple[int, Millis | None]:
    """How many marks of changed facilities wait, and when any facility was counted last; None: never."""
    row = await (await connection.execute(_SQL["backlog"])).fetchone()
    assert row is not None
    return row[0], row[1]


async def waiting(connection: Connection) -> dict[str, int]:
    """How many marks of changed facilities and regions wait to be counted."""
    row = await (await connection.execute(_SQL["waiting"])).fetchone()
    assert row is not None
    return {"facilities": row[0], "regions": row[1]}
