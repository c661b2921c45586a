"""The boards say what the figures say, at every level, and their role in the database reads nothing else."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from dashboards.grafana import queries
from dashboards.grafana.boards import boards
from dashboards.rollup.following import follow
from dashboards.rollup.places import name_of, names
from dashboards.rollup.turn import sum_some
from store import boards as boards_store
from store import figures
from store.connection import Connection, transaction
from store.dictionary import FIGURES, STORED
from store.figures import NATION, UNPLACED, Figures, Grain, Setting
from tests.integration.rollup.making import CALENDAR, DAY_0, County, at

PANELS = [
    (panel["title"], target["rawSql"])
    for board in boards().values()
    for panel in board["panels"]
    for target in panel["targets"]
    if "rawSql" in target
]
LAST = 3


def _filled(sql: str, region: str, grain: str, settings: tuple[str, ...]) -> str:
    """As Grafana sends it: its variables and macros filled in."""
    values = {"region": f"'{region}'", "grain": f"'{grain}'", "setting": ", ".join(f"'{one}'" for one in settings)}
    sql = re.sub(r"\$\{(\w+):sqlstring\}", lambda found: values[found[1]], sql)
    for macro, when in (("$__unixEpochFrom()", at(0, 0)), ("$__unixEpochTo()", at(LAST, 23))):
        sql = sql.replace(macro, str(when // 1_000))
    assert "$" not in sql
    return sql


async def _homes(connection: Connection) -> None:
    """Three days of homes in three provinces: one falls silent, some lack checks, some report and leave blanks."""
    if await (await connection.execute("select 1 from region_names limit 1")).fetchone():
        return  # the tests of this module share a database
    county = County(connection, seed=11)
    homes = {"B-1": "510107", "B-2": "510104", "B-3": "441900", "B-4": "429004", "B-5": None, "B-6": "510107"}
    for number, (home, region) in enumerate(homes.items()):
        await county.home(home, region, rural=number % 2 == 1)
    for day in range(LAST):
        for number, home in enumerate(homes):
            if home == "B-6" and day:
                continue
            for resident in range(1 + number):
                who = f"R-{resident}"
                await county.said(home, county.reading(at(day, 8 + resident / 10)), resident=who)
                if resident % 3 == day % 3:
                    await county.said(home, county.reading(at(day, 17.5)), resident=who)
                    positive = "positive" if resident == 3 else "negative"
                    await county.said(home, county.test(at(day, 10), positive), resident=who)
        await county.report("B-1", day, at(day, 16), residents=9 + day, beds=12)
        await county.report("B-2", day, at(day, 15), nothing_to_report=True)
    county.now = at(LAST, 12)
    await county.settle()
    await _clocks(connection)
    async with transaction(connection):
        await figures.name_regions(connection, names())


async def _clocks(connection: Connection) -> None:
    """Alerts and referrals had these clocks: every number another one, none in whole minutes, one home blank."""
    counted = [
        one
        for one in FIGURES
        if re.match(r"alerts_|told|ackn|acce|recog|interv|referr|clusters|assess|nonact|false|bed_", one)
    ]
    columns = [one.name for one in STORED if one.name in counted]
    given = ", ".join(
        f"{name} = {7 + number} + facility_id * {7_919 if name.endswith('seconds') else 3} + day % 5"
        for number, name in enumerate(columns)
    )
    async with transaction(connection):
        await connection.execute(f"update facility_parts set {given} where facility_id <> 3".encode())
        await connection.execute("insert into stale_regions select distinct region, day from facility_parts")
    while await sum_some(connection):
        pass


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


@pytest.mark.parametrize("grain", ["day", "period"])
async def test_every_panel_is_planned_and_says_what_the_figures_say(
    connection: Connection, database: str, grain: Grain
) -> None:
    await _homes(connection)
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
                    asked = _filled(sql, region, grain, settings)
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


async def test_the_regions_to_choose_from_are_those_that_have_figures(connection: Connection, database: str) -> None:
    await _homes(connection)
    found: dict[str, dict[str, str]] = {}
    for region in (NATION, "510000"):
        role, url = await _viewer(connection, database, region)
        try:
            async with await psycopg.AsyncConnection.connect(url) as reader:
                found[region] = {code: name for name, code in await _all(reader, queries.REGIONS)}
        finally:
            await _gone(connection, role)
    assert set(found[NATION]) >= {NATION, UNPLACED, "510000", "510100", "510107", "441900-", "429004"}
    assert (found[NATION][NATION], found[NATION]["510107"]) == ("全国", "四川省成都市武侯区")
    assert set(found["510000"]) == {one for one in found[NATION] if one.startswith("51")}


OF_OTHERS = (
    "table observations",
    "table residents",
    "table alerts",
    "table accounts",
    "table facilities",
    "select left(string_agg(code, ','), 9) from residents",
    "select name from facility_profiles",
    "insert into region_names values ('x', 'x')",
    "delete from region_figures",
    "update board_viewers set prefix = ''",
    "insert into board_viewers values (current_user, '000000', '')",
    "create table mine (a int)",
    "create temporary table mine (a int)",
    "create schema mine",
    "create function f() returns int language sql as 'select 1'",
    "create extension dblink",
    "create role mine",
    "select lo_create(0)",
    "alter table region_figures disable row level security",
    "drop policy viewers_see_the_sums_of_their_region on region_figures",
    "create view mine as select 1",
    "set row_security = off; select from region_figures",
    "select pg_read_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "copy (select 1) to '/tmp/sizao-boards'",
    "copy (select 1) to program 'true'",
    "set role postgres",
    "set session authorization postgres",
    "select pg_advisory_lock(1)",
    "select pg_try_advisory_xact_lock(hashtext('region_figures'))",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' limit 1",
    "select passwd from pg_shadow",
    "select rolpassword from pg_authid",
    "select pg_reload_conf()",
    "load 'dblink'",
    "do $$ begin perform pg_read_file('PG_VERSION'); end $$",
    "alter role current_user connection limit 1000",
    "alter role current_user bypassrls",
    "set temp_file_limit = '-1'",
)
"""What somebody might try who may send any SQL as a viewer."""


async def _viewer(connection: Connection, database: str, region: str) -> tuple[str, str]:
    """A role of this test alone that sees a region, and the address at which it signs in."""
    role = f"{boards_store.role_of(region)}_{uuid4().hex[:12]}"
    async with transaction(connection):
        for password in ("old", 'it\'s "secret"'):  # said again, the password is another
            await boards_store.make_role(connection, role, region, password)
    split = urlsplit(database)
    return role, urlunsplit(split._replace(netloc=f"{role}:it%27s%20%22secret%22@{split.hostname}:{split.port}"))


async def _gone(connection: Connection, role: str) -> None:
    await connection.execute(f"drop owned by {role}".encode())
    await connection.execute(f"drop role {role}".encode())
    await connection.execute("delete from board_viewers where role = %s", (role,))


@pytest.mark.parametrize("region", [NATION, "510000", "420000"])
async def test_a_viewer_reads_the_sums_of_its_own_region_and_nothing_else_whatever_it_says(
    connection: Connection, database: str, region: str
) -> None:
    await _homes(connection)
    role, url = await _viewer(connection, database, region)
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as viewer:
            for _, sql in PANELS:
                await viewer.execute(_filled(sql, region, "period", ("urban",)).encode())
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
        await _gone(connection, role)


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
    await _homes(connection)
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
