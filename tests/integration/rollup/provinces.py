"""Homes in three provinces for the boards, their queries as Grafana sends them, and what no viewer may do."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from dashboards.rollup.places import names
from dashboards.rollup.turn import sum_some
from detectors.times import Millis
from store import boards, figures
from store.connection import Connection, transaction
from store.dictionary import FIGURES, STORED
from tests.integration.rollup.making import County, at

LAST = 3

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


def filled(
    sql: str,
    region: str,
    grain: str,
    settings: tuple[str, ...],
    facility: str = "B-1",
    time: tuple[Millis, Millis] = (at(0, 0), at(LAST, 23)),
) -> str:
    """As Grafana sends it: its variables and macros filled in."""
    values = {"region": f"'{region}'", "grain": f"'{grain}'", "setting": ", ".join(f"'{one}'" for one in settings)}
    values["facility"] = f"'{facility}'"
    sql = re.sub(r"\$\{(\w+):sqlstring\}", lambda found: values[found[1]], sql)
    for macro, when in (("$__unixEpochFrom()", time[0]), ("$__unixEpochTo()", time[1])):
        sql = sql.replace(macro, str(when // 1_000))
    assert "$" not in sql
    return sql


async def role_that_views(connection: Connection, database: str, region: str) -> tuple[str, str]:
    """A role of this test alone that sees a region, and the address at which it signs in."""
    role = f"{boards.role_of(region)}_{uuid4().hex[:12]}"
    async with transaction(connection):
        for password in ("old", 'it\'s "secret"'):  # said again, the password is another
            await boards.make_role(connection, role, region, password)
    split = urlsplit(database)
    return role, urlunsplit(split._replace(netloc=f"{role}:it%27s%20%22secret%22@{split.hostname}:{split.port}"))


async def gone(connection: Connection, role: str) -> None:
    """The role is no more."""
    await connection.execute(f"drop owned by {role}".encode())
    await connection.execute(f"drop role {role}".encode())
    await connection.execute("delete from board_viewers where role = %s", (role,))


async def three_provinces(connection: Connection) -> None:
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
