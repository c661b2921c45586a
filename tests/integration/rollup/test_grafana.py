"""A province has its own organisation in Grafana, and its viewers get its figures whatever SQL they send.

SIZAO_TEST_GRAFANA and SIZAO_TEST_GRAFANA_PASSWORD name a real Grafana; else one that
answers as the HTTP documentation says stands in for it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from click.testing import CliRunner, Result
from msgspec import Struct

from dashboards.grafana.boards import boards
from dashboards.grafana.marks import DISPATCH, OUTAGE
from dashboards.grafana.provinces import FIRST, boards_of
from ingest import regions
from sizao.boards import boards_group
from store.connection import Connection, transaction
from tests.integration.rollup.making import DAY_0
from tests.integration.rollup.provinces import OF_OTHERS, filled, three_provinces
from tests.support.grafana import FakeGrafana, serving


class Standing(Struct):
    """A Grafana for these tests."""

    url: str
    password: str
    fake: FakeGrafana | None

    def ask(self, verb: str, path: str, login: str, password: str, **more: Any) -> httpx.Response:
        return httpx.request(verb, self.url + path, auth=(login, password), timeout=20, **more)


@pytest.fixture
def grafana() -> Iterator[Standing]:
    given = os.environ.get("SIZAO_TEST_GRAFANA")
    if given:
        yield Standing(given.rstrip("/"), os.environ["SIZAO_TEST_GRAFANA_PASSWORD"], None)
        return
    fake = FakeGrafana()
    with serving(fake) as url:
        yield Standing(url, fake.passwords["admin"], fake)


@pytest.fixture
async def role(connection: Connection) -> Any:
    """A name for a role of this test alone; the role is gone afterwards."""
    name = f"sizao_boards_51_{uuid4().hex[:12]}"
    yield name
    if await (await connection.execute("select 1 from pg_roles where rolname = %s", (name,))).fetchone():
        await connection.execute(f"drop owned by {name}".encode())
        await connection.execute(f"drop role {name}".encode())
    await connection.execute("delete from board_viewers where role = %s", (name,))


async def _say(grafana: Standing, *words: str, database: str | None = None, password: str | None = None) -> Result:
    """`sizao boards ...` in a thread: it has an event loop of its own."""
    own = ["--grafana", grafana.url, "--grafana-password", password or grafana.password]
    own += ["--database-url", database] if database else []
    return await asyncio.to_thread(CliRunner().invoke, boards_group, [*words, *own])


async def test_a_viewer_of_a_province_gets_its_figures_alone_whatever_it_posts(
    connection: Connection, database: str, grafana: Standing, role: str
) -> None:
    await three_provinces(connection)
    for _ in range(2):  # said again, everything is brought up to date
        done = await _say(grafana, "province", "51", "--role", role, database=database)
        assert done.exit_code == 0, done.output
    login = f"zhao-{uuid4().hex[:6]}"
    added = await _say(grafana, "viewer", "51", login, "--name", "赵强")
    assert added.exit_code == 0, added.output
    password = added.stdout.strip()
    again = await _say(grafana, "viewer", "51", login, "--name", "赵强")
    assert (again.exit_code, again.stdout) == (0, "")

    def asked(sql: str, **more: Any) -> httpx.Response:
        query = {"refId": "A", "datasource": {"uid": "sizao-figures"}, "format": "table", "rawSql": sql}
        body = {"queries": [query], "from": "now-1h", "to": "now"}
        return grafana.ask("POST", "/api/ds/query", login, password, json=body, **more)

    ours = boards_of("510000", "四川省")
    assert {one["uid"] for one in ours} == {one["uid"] for one in boards().values() if one["templating"]["list"]}, (
        "boards of the platform are the operators'"
    )
    panels = [target["rawSql"] for board in ours for panel in board["panels"] for target in panel["targets"]]
    for sql in panels:
        answered = asked(filled(sql, "510000", "period", ("urban", "rural")))
        assert answered.status_code == 200, answered.text
    seen = asked("select distinct region from region_figures").json()["results"]["A"]["frames"][0]["data"]["values"]
    assert seen
    assert all(one.startswith("51") for one in _flat(seen))
    for sql in OF_OTHERS:
        answered = asked(f"begin read write; {sql}")
        assert answered.json()["results"]["A"].get("error"), sql
    assert asked("select 1", headers={"X-Grafana-Org-Id": "1"}).status_code in (401, 403)
    if grafana.fake is not None:
        (number,) = [one for one, name in grafana.fake.orgs.items() if name == "四早 四川省"]
        assert grafana.fake.boards[number].keys() == {one["uid"] for one in ours}
        assert grafana.fake.homes[number] == FIRST
        assert grafana.fake.members[number] == {"admin": "Admin", login: "Viewer"}


def _flat(values: Any) -> list[str]:
    return [one for row in values for one in row]


async def test_dispatches_and_outages_are_marked_once_and_where_they_may_be_seen(
    connection: Connection, database: str, grafana: Standing, role: str
) -> None:
    await three_provinces(connection)
    assert (await _say(grafana, "province", "51", "--role", role, database=database)).exit_code == 0
    async with transaction(connection):
        row = await (
            await connection.execute(
                "insert into outages (began_at) values (now() - interval '2 hours') returning began_at"
            )
        ).fetchone()
        assert row is not None
        for region, by in (("510000", "张三"), ("420000", None), ("510100", "李四")):
            await connection.execute(
                "insert into dispatches (region, day, revision, frozen_at, frozen_by, began, ended, has_other_cutoffs,"
                " rules, dictionary, figures, facilities)"
                " values (%s, %s, 1, now(), %s, 1020, 1020, false, '', '', '{}', '[]')",
                (region, DAY_0, by),
            )
    first = await _say(grafana, "mark", database=database)
    assert first.exit_code == 0, first.output
    async with transaction(connection):
        await connection.execute("update outages set ended_at = began_at + interval '1 hour'")
    for expected in (2, 0):  # the outage has ended, in two organisations; then nothing is new
        again = await _say(grafana, "mark", database=database)
        assert again.output.startswith(f"{expected} marks"), again.output

    def marks(organisation: str, tag: str) -> list[Any]:
        query = {"params": {"tags": tag, "type": "annotation"}, "headers": {"X-Grafana-Org-Id": organisation}}
        found: list[Any] = grafana.ask("GET", "/api/annotations", "admin", grafana.password, **query).json()
        return found

    number = grafana.ask("GET", "/api/orgs/name/四早 四川省", "admin", grafana.password).json()["id"]
    texts = [one["text"] for one in marks(str(number), DISPATCH)]
    assert texts == ["四川省日调度第1版已冻结(张三) / Dispatch, revision 1, frozen by 张三"]
    assert {tag for one in marks("1", DISPATCH) for tag in one["tags"]} >= {"510000", "420000"}
    assert "510100" not in str(marks("1", DISPATCH)), "a city uses the console"
    for organisation in ("1", str(number)):
        (ended,) = [one["timeEnd"] for one in marks(organisation, OUTAGE) if one["time"] == row[0]]
        assert ended == row[0] + 3_600_000


async def test_what_grafana_cannot_do_is_said_with_the_remedy(
    connection: Connection, database: str, grafana: Standing
) -> None:
    wrong = await _say(grafana, "province", "51", database=database, password="wrong")
    assert "administrator's name or password" in str(wrong.exception)
    away = await _say(Standing("http://127.0.0.1:1", "x", None), "province", "51", database=database)
    assert "is Grafana up" in str(away.exception)
    city = await _say(grafana, "province", "5101", database=database)
    assert "5101 is no province" in city.output
    none = await _say(grafana, "viewer", "33", "li", "--name", "李")
    assert "sizao boards province 33" in none.output
    assert regions.name("330000") in none.output
    assert await (await connection.execute("select from pg_roles where rolname = 'sizao_boards_33'")).fetchone() is None
