"""The boards say what the figures say, at every level, and their role in the database reads nothing else."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from dashboards.grafana import queries
from dashboards.grafana.alerting import WATCHES
from dashboards.grafana.boards import boards
from dashboards.grafana.facility_queries import FACILITIES
from dashboards.rollup.following import follow
from dashboards.rollup.places import name_of, names
from store import boards as boards_store
from store import figures
from store.connection import Connection
from store.dictionary import FIGURES
from store.figures import NATION, UNPLACED, Figures, Grain, Setting, Value
from tests.integration.rollup.making import CALENDAR, DAY_0
from tests.integration.rollup.provinces import LAST, OF_OTHERS, filled, gone, role_that_views, three_provinces

PANELS = [
    (panel["title"], target["rawSql"])
    for name, board in boards().items()
    if name != "facility.json"
    for panel in board["panels"]
    for target in panel["targets"]
    if "rawSql" in target
]


def _same(row: dict[str, Any], expected: Figures) -> int:
    """Each column that is a figure, or its blanks, is the figure; how many there are."""
    compared = 0
    for column, shown in row.items():
        name = column.removesuffix("_blank")
        if name in FIGURES:
            value = expected[name]
            wanted = value.blank if column.endswith("_blank") else value.value
            assert (None if shown is None else float(shown)) == wanted, (column, expected.region)
            compared += 1
    return compared


OF_A_FACILITY = [
    (panel["title"], target["rawSql"]) for panel in boards()["facility.json"]["panels"] for target in panel["targets"]
]


@pytest.mark.parametrize("grain", ["day", "period"])
async def test_every_panel_is_planned_and_says_what_the_figures_say(
    connection: Connection, database: str, grain: Grain
) -> None:
    await three_provinces(connection)
    choices: list[tuple[Setting, ...]] = [("urban", "rural", "unknown"), ("rural",)]
    compared: dict[str, int] = {}
    async with await psycopg.AsyncConnection.connect(database, row_factory=dict_row) as reader:
        for region in (NATION, "510000", "510100", "429004", UNPLACED):
            (whole,) = [await figures.of_region(connection, region, grain, DAY_0, DAY_0 + LAST)]
            # Of this day no facility's time goes on.
            shown = max(one.day for one in whole if not one.running)
            for settings in choices:
                days = {
                    one.day: one
                    for one in await figures.of_region(connection, region, grain, DAY_0, DAY_0 + LAST, settings)
                }
                below = {
                    one.region: one for one in await figures.below(connection, region, grain, shown, shown, settings)
                }
                for title, sql in PANELS:
                    asked = filled(sql, region, grain, settings)
                    assert await (await reader.execute(f"explain {asked}".encode())).fetchall()
                    rows = await (await reader.execute(asked.encode())).fetchall()
                    compared[title] = compared.get(title, 0) + _compare(rows, days, below, shown)
    assert all(compared.values()), compared


def _compare(rows: list[dict[str, Any]], days: dict[int, Figures], below: dict[str, Figures], shown: int) -> int:
    """Against the days of the region, what lies below it, or the day that is shown."""
    if rows and "time" in rows[0]:
        found = {CALENDAR.day_of(round(row["time"].timestamp() * 1_000)): row for row in rows}
        assert found.keys() == days.keys()
        return sum(_same(row, days[day]) for day, row in found.items())
    if "region" in (rows[0] if rows else {}) or (not rows and not below):
        assert {row["region"] for row in rows} == below.keys()
        assert [row["name"] for row in rows] == [name_of(row["region"], shown)[0] for row in rows]
        if rows and "square" in rows[0]:
            assert all(row["square"] for row in rows)
            assert len({(row["longitude"], row["latitude"]) for row in rows}) == len(rows), "squares over another"
        return sum(_same(row, below[row["region"]]) for row in rows)
    (row,) = rows
    if "shown" in row:
        assert (datetime.fromisoformat(row["shown"]) - datetime(1970, 1, 1)).days == shown  # noqa: DTZ001
        return 1
    if shown in days:
        return _same(row, days[shown])
    assert set(row.values()) == {None}
    return 0


@pytest.mark.parametrize("grain", ["day", "period"])
async def test_the_board_of_a_facility_says_what_its_figures_say(
    connection: Connection, database: str, grain: Grain
) -> None:
    await three_provinces(connection)
    role, url = await role_that_views(connection, database, NATION)
    days = range(DAY_0, DAY_0 + LAST + 1)
    compared = dict.fromkeys((title for title, _ in OF_A_FACILITY), 0)
    try:
        async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as viewer:
            for region in ("510107", "441900", UNPLACED):
                known = {
                    (one.code, day): Figures(
                        region, grain, day, int(not one.is_over), {k: Value(v) for k, v in one.values.items()}
                    )
                    for day in days
                    for one in await figures.of_facilities(connection, [region, f"{region}-"], grain, day)
                }
                (whole,) = [await figures.of_region(connection, region, grain, DAY_0, DAY_0 + LAST)]
                shown = max(one.day for one in whole if not one.running)
                for code in sorted({code for code, _ in known}):
                    own = {day: one for (whose, day), one in known.items() if whose == code}
                    latest = max(day for day, one in own.items() if not one.running)
                    for title, sql in OF_A_FACILITY:
                        asked = filled(sql, region, grain, ("urban",), code)
                        assert await (await viewer.execute(f"explain {asked}".encode())).fetchall()
                        rows = await (await viewer.execute(asked.encode())).fetchall()
                        if rows and "code" in rows[0]:
                            assert {row["code"] for row in rows} == {whose for whose, day in known if day == shown}
                            compared[title] += sum(_same(row, known[row["code"], shown]) for row in rows)
                        else:
                            compared[title] += _compare(rows, own, {}, latest)
    finally:
        await gone(connection, role)
    assert all(compared.values()), compared


async def test_the_role_of_an_older_version_goes_on_seeing_the_nation(connection: Connection, database: str) -> None:
    """Made by a file for psql, before there were regions of viewers: it had these rights and no others."""
    await three_provinces(connection)
    role, url = await role_that_views(connection, database, NATION)
    try:
        await connection.execute(f"drop owned by {role}".encode())
        await connection.execute(f"grant select on region_figures, region_names to {role}".encode())
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as viewer:
            ((seen,),) = await _all(viewer, "select count(distinct region) from region_figures")
            assert seen == (await _all(connection, "select count(distinct region) from region_figures"))[0][0]
    finally:
        await gone(connection, role)


async def test_the_facilities_to_choose_from_are_those_of_the_region(connection: Connection, database: str) -> None:
    await three_provinces(connection)
    role, url = await role_that_views(connection, database, "510000")
    try:
        async with await psycopg.AsyncConnection.connect(url) as viewer:
            found = {
                region: [code for _, code in await _all(viewer, filled(FACILITIES, region, "day", ()))]
                for region in (NATION, "510000", "510107", "441900", "441900-")
            }
    finally:
        await gone(connection, role)
    everywhere = ["B-1", "B-2", "B-6"]
    assert found == {NATION: everywhere, "510000": everywhere, "510107": ["B-1", "B-6"], "441900": [], "441900-": []}


async def test_the_regions_to_choose_from_are_those_that_have_figures(connection: Connection, database: str) -> None:
    await three_provinces(connection)
    found: dict[str, dict[str, str]] = {}
    for region in (NATION, "510000"):
        role, url = await role_that_views(connection, database, region)
        try:
            async with await psycopg.AsyncConnection.connect(url) as reader:
                found[region] = {code: name for name, code in await _all(reader, queries.REGIONS)}
        finally:
            await gone(connection, role)
    assert set(found[NATION]) >= {NATION, UNPLACED, "510000", "510100", "510107", "441900-", "429004"}
    assert (found[NATION][NATION], found[NATION]["510107"]) == ("全国", "四川省成都市武侯区")
    assert set(found["510000"]) == {one for one in found[NATION] if one.startswith("51")}


@pytest.mark.parametrize("region", [NATION, "510000", "420000"])
async def test_a_viewer_reads_the_sums_of_its_own_region_and_nothing_else_whatever_it_says(
    connection: Connection, database: str, region: str
) -> None:
    await three_provinces(connection)
    role, url = await role_that_views(connection, database, region)
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as viewer:
            for _, sql in (*PANELS, *OF_A_FACILITY):
                await viewer.execute(filled(sql, region, "period", ("urban",)).encode())
            begins = boards_store.prefix_of(region)
            for table, column in (
                ("region_figures", "region"),
                ("facility_parts", "region"),
                ("board_facilities", "region"),
            ):
                seen = {one for (one,) in await _all(viewer, f"select distinct {column} from {table}")}
                every = {one for (one,) in await _all(connection, f"select distinct {column} from {_owners(table)}")}
                assert seen == {one for one in every if one.startswith(begins)}, table
                assert seen, table
            assert await _all(viewer, "select role::text, region from board_viewers") == [(role, region)]
            for watch in WATCHES:
                if "rawSql" in watch.query and region == NATION:
                    ((days,),) = await _all(viewer, watch.query["rawSql"])
                    assert days == CALENDAR.day_of(round(time.time() * 1_000)) - (DAY_0 + LAST)
            assert await _readable(viewer) == {
                "region_figures",
                "region_names",
                "facility_parts",
                "board_facilities",
                "board_viewers",
            }
            assert await _all(
                viewer,
                "select proname from pg_proc where pronamespace = 'public'::regnamespace"
                " and has_function_privilege(oid, 'execute')",
            ) == [("midnight_in_zone",)]
            for tried in OF_OTHERS:
                assert not await _may(viewer, tried), tried
            assert await _all(viewer, "select from region_figures where not starts_with(region, %s)", begins) == []
    finally:
        await gone(connection, role)


def _owners(table: str) -> str:
    """What the view of facilities is made from, as the owner sees it."""
    if table != "board_facilities":
        return table
    return (
        "(select coalesce(p.region, '') as region from facilities f join facility_profiles p on p.facility_id = f.id) x"
    )


async def _all(connection: Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return await (await connection.execute(sql.encode(), values or None)).fetchall()


async def _readable(viewer: Connection) -> set[str]:
    """What it can select from, whatever the schema; what PostgreSQL itself shows everybody aside."""
    tables = await _all(
        viewer,
        "select c.relname, c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " and (n.nspname !~ '^(pg_catalog|information_schema|_?timescaledb_.*)$' or c.relname ~ '_hyper_')",
    )
    return {name for name, whole in tables if await _may(viewer, f"select from {whole} limit 1")}


async def test_the_roll_up_names_the_regions_as_it_starts(connection: Connection, database: str) -> None:
    await three_provinces(connection)
    await connection.execute("delete from region_names where region <> '510107'")
    await connection.execute("update region_names set name = 'old'")
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, stopping.set)
    await follow(database, stopping)  # at least one turn
    found = await (await connection.execute("select region, name from region_names")).fetchall()
    assert dict(found) == names()


async def _may(viewer: Connection, sql: str) -> bool:
    """Nothing refused it, although the session was told to write; afterwards all is as it was."""
    try:
        await viewer.execute(f"begin read write; {sql}".encode())
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):  # or nobody may: it is not there
        return False
    finally:
        await viewer.execute("rollback")
    return True
