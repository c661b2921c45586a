"""Section f: figures of the nation from the roll-ups, and what it takes to count and to sum them.

The parts of 41,000 facilities and ten days are made directly, without the raw
rows they stand for; the sums above them are made by the roll-up itself, and
those of 50 days before are copies of them. What counting costs is measured on
raw rows of some homes.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import psycopg
from msgspec import Struct

from dashboards.dispatch.composing import compose
from dashboards.dispatch.keeping import keep
from dashboards.dispatch.reading import read_revision
from dashboards.dispatch.rendering import FORMATS
from dashboards.fonts import NoFont
from dashboards.rollup.turn import count_some, sum_some
from detectors.profile import Profile
from detectors.times import DAY, HOUR, Millis
from ingest import regions
from store import figures
from store.connection import Connection, connect, transaction
from store.dictionary import STORED
from store.dispatches import Unfrozen
from store.figures import NATION
from tests.support.databases import migrated_database

FACILITIES: Final = 41_000
DAYS: Final = 60
MADE_DAYS: Final = 10
COUNTED: Final = 300
RESIDENTS: Final = 54
REPEATS: Final = 5
_LAST: Final = 20_700  # 2026-09-04

_HOMES: Final = """
insert into facilities (code, provisional, partition)
select 'N-' || lpad(n::text, 5, '0'), false, n %% 24 from generate_series(1, %(facilities)s) n
"""
_MADE: Final = {
    "facilities": "1",
    "heard": "h",
    "silent": "1 - h",
    "unwatched": "0",
    **{f"reports_{name}": "case p when 0 then h end" for name in ("due", "given", "zero", "late", "unwatched")},
    "reports_missing": "case p when 0 then 1 - h end",
    **dict.fromkeys(("readings", "check_ins", "readings_compared", "checks_done", "occupants"), "54 * h"),
    **dict.fromkeys(("residents", "checks_due"), "54"),
    "tests": "15 * h",
    **dict.fromkeys(("antiviral_short", "antipyretic_short"), "(f.id %% 97 = 0)::int"),
    "to_verify": "(f.id %% 211 = 0)::int",
}
"""What a home's part says of some figures; of the others 0, and 1 on some days."""
_PARTS: Final = f"""
insert into facility_parts (
    facility_id, day, part, since, until, is_over, region, parent, setting, {", ".join(one.name for one in STORED)}
)
select f.id, d, p, midnight_in_zone(d, null), midnight_in_zone(d + 1, null), true, c.code, c.parent,
    case f.id %% 3 when 0 then 'rural' else 'urban' end, {", ".join(_MADE.get(one.name, "n") for one in STORED)}
from facilities f
join unnest(%(codes)s::text[], %(parents)s::text[]) with ordinality c (code, parent, number)
    on c.number = f.id %% cardinality(%(codes)s::text[]) + 1
cross join generate_series(%(first)s::int, %(last)s::int) d
cross join generate_series(0, 1) p
cross join lateral (select ((f.id + d) %% 7 = 0)::int as n, ((f.id * 31 + d * 7 + p) %% 50 <> 0)::int as h) v
"""  # names of the dictionary
_COPIED: Final = ", ".join(f"{one.name}, {one.name}_blank" for one in STORED)
_COPIES: Final = f"""
insert into region_figures (region, grain, day, setting, parent, running, {_COPIED})
select region, grain, day - %(back)s, setting, parent, running, {_COPIED}
from region_figures where day between %(first)s and %(first)s + {MADE_DAYS - 1}
"""  # names of the dictionary
_RAW: Final = """
insert into observations (
    observed_at, received_at, content, event_id, facility_id, resident_id, type, fate, spo2_tenths, pulse_per_min,
    temperature_tenths, presence
)
select at, at, 1, gen_random_uuid(), r.facility_id, r.id, t, 1, case t when 1 then 970 end, case t when 1 then 72 end,
    case t when 1 then 365 end, case t when 3 then 1 end
from residents r
cross join unnest('{1,3}'::int[]) t
cross join unnest('{7,16}'::int[]) hour
cross join lateral (
    select midnight_in_zone(%(day)s::int, null) + hour * interval '1 hour' + r.id * interval '1 millisecond' as at
) a
"""


class Timing(Struct, frozen=True):
    """One query, several times."""

    name: str
    rows: int
    median_ms: float
    worst_ms: float


class Dispatches(Struct, frozen=True):
    """The daily dispatch of the nation: every region frozen, from county to nation, and the nation's written."""

    regions: int
    facilities: int  # that the nation's names
    freeze_s: float  # of a day, with what changed on fourteen days before looked for
    read_s: float
    write_s: dict[str, float]  # by format


class FiguresFound(Struct, frozen=True):
    """What section f found."""

    stands_for_rows: int
    parts: int
    make_parts_s: float
    sum_a_day_s: float  # of the nation, every level, both grains
    count_facility_ms: float  # 54 residents with two readings and two check-ins, one day
    queries: list[Timing]
    dispatches: Dispatches


def run(server: str, say: Callable[[str], None]) -> FiguresFound:
    """The history is made, summed up and asked; then some homes are counted from raw rows."""
    with migrated_database(server, timescale=True) as database:
        started = time.monotonic()
        say(f"{FACILITIES:,} facilities x {DAYS} days")
        stands_for, parts = _history(database)
        made = time.monotonic() - started
        summed, queries = asyncio.run(_asked(database, say))
        frozen = asyncio.run(_frozen(database, say))
    with migrated_database(server, timescale=True) as database:
        say(f"raw rows of {COUNTED} homes")
        counted = asyncio.run(_counted(database))
    return FiguresFound(stands_for, parts, made, summed, counted, queries, frozen)


def _history(database: str) -> tuple[int, int]:
    codes = counties()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_HOMES, {"facilities": FACILITIES})
        connection.execute(
            _PARTS,
            {
                "codes": [code for code, _ in codes],
                "parents": [parent for _, parent in codes],
                "first": _LAST - MADE_DAYS + 1,
                "last": _LAST,
            },
        )
        connection.execute("insert into stale_regions select distinct region, day from facility_parts")
        connection.execute("analyze")
        found = connection.execute("select sum(readings + check_ins + tests)::bigint, count(*) from facility_parts")
        row = found.fetchone()
        assert row is not None
        return row[0] * DAYS // MADE_DAYS, row[1]


def counties() -> list[tuple[str, str]]:
    """Every county in force, with what it lies in."""
    every = (f"{number:06d}" for number in range(110_101, 660_000))
    return [
        (code, regions.parents(code, _LAST)[0])
        for code in every
        if not code.endswith("00") and regions.is_valid(code, _LAST)
    ]


async def _asked(database: str, say: Callable[[str], None]) -> tuple[float, list[Timing]]:
    connection = await connect(database, "bench")
    try:
        say("sums of every level")
        started, rounds = time.monotonic(), 0
        while await sum_some(connection):
            rounds += 1
        summed = (time.monotonic() - started) / MADE_DAYS
        for tens in range(1, DAYS // MADE_DAYS):
            await connection.execute(_COPIES, {"back": tens * MADE_DAYS, "first": _LAST - MADE_DAYS + 1})
        await connection.execute("vacuum analyze region_figures")
        say("questions")
        first, last = _LAST - DAYS + 1, _LAST
        return summed, [
            await _timed("nation, a period", lambda: figures.of_region(connection, NATION, "period", last, last)),
            await _timed(
                f"nation, {DAYS} periods", lambda: figures.of_region(connection, NATION, "period", first, last)
            ),
            await _timed("provinces, a period", lambda: figures.below(connection, NATION, "period", last, last)),
            await _timed(
                "cities of a province, 7 days", lambda: figures.below(connection, "510000", "day", last - 6, last)
            ),
            await _timed("counties of a city, a day", lambda: figures.below(connection, "510100", "day", last, last)),
            await _timed(
                "facilities of a county, a period",
                lambda: figures.of_facilities(connection, ["510107"], "period", last),
            ),
        ]
    finally:
        await connection.close()


async def _frozen(database: str, say: Callable[[str], None]) -> Dispatches:
    """The days before are frozen first: an ordinary day has them behind it."""
    connection = await connect(database, "bench")
    try:
        over = Profile().midnight(_LAST) + 17 * HOUR
        say("dispatches of the days before")
        await keep(connection, over - DAY)
        await connection.execute("analyze")  # as autovacuum has done by the next evening
        say("dispatches of a day")
        started = time.monotonic()
        regions_frozen = await keep(connection, over, _telling(say))
        froze = time.monotonic() - started
        started = time.monotonic()
        async with transaction(connection):
            basis = await read_revision(connection, NATION, _LAST)
        read = time.monotonic() - started
        assert basis is not None
        written = {}
        for kind, write in FORMATS.items():
            started = time.monotonic()
            with suppress(NoFont):
                write(compose(basis, "zh", over))
                written[kind] = time.monotonic() - started
        return Dispatches(regions_frozen, len(basis.facilities), froze, read, written)
    finally:
        await connection.close()


def _telling(say: Callable[[str], None]) -> Callable[[list[Unfrozen]], Iterator[Unfrozen]]:
    """A line for each 500 regions."""

    def taken(listed: list[Unfrozen]) -> Iterator[Unfrozen]:
        for number, one in enumerate(listed):
            if number % 500 == 0:
                say(f"dispatches: {number:,} of {len(listed):,} regions")
            yield one

    return taken


async def _timed(name: str, ask: Callable[[], Awaitable[list[Any]]]) -> Timing:
    times, rows = [], 0
    for _ in range(REPEATS):
        started = time.monotonic()
        rows = len(await ask())
        times.append((time.monotonic() - started) * 1_000)
    return Timing(name, rows, statistics.median(times), max(times))


async def _counted(database: str) -> float:
    """Milliseconds a facility."""
    day, zone = _LAST, Profile()
    with psycopg.connect(database, autocommit=True) as writer:
        writer.execute(_HOMES, {"facilities": COUNTED})
        writer.execute(
            "insert into residents (facility_id, code, provisional)"
            " select f.id, 'R-' || n, false from facilities f, generate_series(1, %s) n",
            (RESIDENTS,),
        )
        writer.execute(_RAW, {"day": day})
        writer.execute(
            "update facilities set partition = null, first_seen_at = midnight_in_zone(%s::int, null)", (day,)
        )
        writer.execute("analyze")
    connection = await connect(database, "bench")
    try:
        started = time.monotonic()
        await _until_counted(connection, zone.midnight(day) + 23 * HOUR)
        return (time.monotonic() - started) * 1_000 / COUNTED
    finally:
        await connection.close()


async def _until_counted(connection: Connection, now: Millis) -> None:
    while await count_some(connection, now):
        pass
