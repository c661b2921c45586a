"""The month of the homes in the database, summed up to the nation as the roll-up does it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import numpy as np
import psycopg

from dashboards.rollup.places import names
from dashboards.rollup.turn import sum_some
from detectors.profile import Profile
from detectors.times import HOUR, MINUTE, Millis, to_text
from store import figures
from store.connection import connect, transaction
from store.dictionary import STORED
from tests.pictures.homes import TODAY, Homes

DAYS: Final = 33
LAST: Final = 20_783  # 2026-11-26
NOW: Final[Millis] = Profile().midnight(LAST) + 20 * HOUR + 9 * MINUTE
_SETTING: Final = ("urban", "rural")
_OF_EACH: Final = ("axillary", "{600,1080}", "疫情期间", "", False)


def write(database: str) -> None:
    """The homes and their days stand in the database, summed up to the nation, and regions have their names."""
    with psycopg.connect(database) as connection:
        _write_parts(connection, Homes())
    asyncio.run(_sum_up(database))


async def _sum_up(database: str) -> None:
    connection = await connect(database, "pictures")
    try:
        while await sum_some(connection):
            pass
        async with transaction(connection):
            await figures.name_regions(connection, names())
    finally:
        await connection.close()


def _write_parts(connection: psycopg.Connection, homes: Homes) -> None:
    connection.execute(
        "insert into facilities (code, provisional, partition) select c, false, 0 from unnest(%s::text[]) c",
        (homes.codes,),
    )
    ids = dict(connection.execute("select code, id from facilities").fetchall())
    began = to_text(Profile().midnight(LAST - DAYS))
    with connection.cursor().copy(
        "copy facility_profiles (facility_id, valid_from, recorded_at, name, region, zone, altitude_m, rural,"
        " temperature_site, cutoffs, mode, phones, drill) from stdin"
    ) as copy:
        for code, name, region, rural in zip(homes.codes, homes.names, homes.regions, homes.rural, strict=True):
            copy.write_row((ids[code], began, began, name, region, "Asia/Shanghai", 40, bool(rural), *_OF_EACH))
    columns = [one.name for one in STORED]
    wanted = ", ".join(["facility_id", "day", "part", "since", "until", "is_over", "region", "parent", "setting"])
    with connection.cursor().copy(f"copy facility_parts ({wanted}, {', '.join(columns)}) from stdin") as copy:
        for day in range(LAST - DAYS + 1, LAST + 1):
            for part in (0, 1):
                midnight = Profile().midnight(day)
                since, until = midnight + part * 17 * HOUR, midnight + (17 + 7 * part) * HOUR
                times = to_text(since), to_text(until)
                given = homes.part(day - LAST + TODAY, part)
                rows = zip(*(_column(given.get(name, 0), len(homes.codes)) for name in columns), strict=True)
                for code, region, parent, rural, row in zip(
                    homes.codes, homes.regions, homes.parents, homes.rural, rows, strict=True
                ):
                    copy.write_row(
                        (ids[code], day, part, *times, until <= NOW, region, parent, _SETTING[int(rural)], *row)
                    )
    connection.execute("insert into stale_regions select distinct region, day from facility_parts")


def _column(given: Any, count: int) -> list[int | None]:
    """As many whole numbers, blank where there is none."""
    values = np.broadcast_to(np.asarray(given, float), count)
    return [None if np.isnan(one) else round(one) for one in values]
