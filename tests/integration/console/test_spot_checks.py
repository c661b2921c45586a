"""Whom to visit unannounced is seen by named inspectors of the issuing level, on record; by others after a result."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from litestar import Litestar
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from detectors.profile import Profile
from sizao.spot_checks import spot_checks_group
from store import spot_checks, views
from store.connection import Connection
from tests.integration.store.conftest import connection
from tests.support.accounts import sign_in

__all__ = ["connection"]
Client = AsyncTestClient[Litestar]
TODAY = Profile().day_of(round(time.time() * 1_000))
_provinces = iter(("51", "52", "53", "54", "50"))
"""What is drawn stays on record: each test has a level of its own."""


async def _homes(connection: Connection, province: str) -> None:
    """Six homes in three counties with a week behind them; one has been silent, one is a drill."""
    for number in range(7):
        region = f"{province}010{4 + number % 3}"
        row = await (
            await connection.execute(
                "insert into facilities (code, version) values (%s, 1) returning id", (f"F-{province}-{number}",)
            )
        ).fetchone()
        assert row is not None
        await connection.execute(
            "insert into facility_profiles (facility_id, valid_from, recorded_at, name, region, zone, altitude_m,"
            " rural, temperature_site, cutoffs, mode, phones, drill) values (%s, now(), now(), %s, %s,"
            " 'Asia/Shanghai', 40, false, 'axillary', '{600,1080}', '疫情期间', '', %s)",
            (row[0], f"秘密养老院{number}", region, number == 6),
        )
        await connection.execute(
            "insert into facility_parts (facility_id, day, part, since, until, is_over, region, parent, setting,"
            " silent, checks_due, checks_done, reports_missing)"
            " values (%s, %s, 0, now(), now(), true, %s, %s, 'urban', %s, 10, 10, 0)",
            (row[0], TODAY - 1, region, f"{province}0100", int(number == 2)),
        )


async def _run(database: str, *words: str) -> Result:
    command, *rest = words
    run = [command, "--database-url", database, *rest]
    return await asyncio.to_thread(CliRunner().invoke, spot_checks_group, run)


async def _drawn(database: str, issued: str, size: int = 3) -> int:
    done = await _run(database, "draw", "--region", issued, "--by", "李处长", "--size", str(size))
    assert done.exit_code == 0, done.output
    assert "秘密" not in done.output
    assert "F-5" not in done.output
    found = re.match(r"draw (\d+): \d homes of 6", done.output)
    assert found, done.output
    return int(found[1])


def _text(page: str) -> str:
    return re.sub(r"<time>.*?</time>", "", page)


@pytest.fixture
async def issued(connection: Connection) -> str:
    """The issuing level: a province with homes."""
    province = next(_provinces)
    await _homes(connection, province)
    return f"{province}0000"


async def test_only_a_named_inspector_of_the_level_sees_the_list_and_it_is_on_record(
    connection: Connection, database: str, issued: str
) -> None:
    number = await _drawn(database, issued)
    names = [one.candidate.name for one in await spot_checks.checks(connection, number)]
    async with AsyncTestClient(make_console(database)) as client:
        for role, scope in (
            (Role.FACILITY, {"facility": f"F-{issued[:2]}-0"}),
            (Role.OPERATOR, {"region_prefix": ""}),
            (Role.VIEWER, {"region_prefix": f"{issued[:2]}0104"}),
            (Role.VIEWER, {"region_prefix": issued[:2]}),  # of the level, and not named
            (Role.VIEWER, {"region_prefix": ""}),  # of a higher one, and not named
            (Role.DESK, {"region_prefix": f"{issued[:2]}01"}),
        ):
            csrf = await sign_in(client, database, role, login=f"{role.value}{scope}", **scope)
            for path in ("/spot-checks", f"/spot-checks?draw={number}"):
                answer = await client.get(path)
                missing = await client.get("/regions/999999")
                assert (answer.status_code, _text(answer.text)) == (404, _text(missing.text))
            (check, *_) = await spot_checks.checks(connection, number)
            form = {"csrf": csrf, "check": str(check.id), "kind": "result", "said": "x", "good": "1"}
            assert (await client.post("/spot-checks", data=form)).status_code == 404
            if role is not Role.OPERATOR:
                page = await client.get("/rectifications")
                assert page.status_code == 200
                assert not any(one in page.text for one in names)
            if role in (Role.FACILITY, Role.DESK):  # to guess its number tells nothing
                form["kind"] = "rectified"
                assert (await client.post("/rectifications", data=form)).status_code == 404
        refused = await _run(
            database, "inspectors", "--region", issued, "--name", "viewer{'region_prefix': '510104'}", "--by", "李"
        )
        assert refused.exit_code == 1
        assert f"is not for all of {issued}" in refused.output

        await sign_in(client, database, Role.VIEWER, login=f"wang{issued}", name="王督查", region_prefix=issued[:2])
        before = await views.head(connection)
        assert (await client.get("/spot-checks")).status_code == 404
        named = await _run(database, "inspectors", "--region", issued, "--name", f"wang{issued}", "--by", "李处长")
        assert named.exit_code == 0, named.output
        forged = {"csrf": "wrong", "check": str(check.id), "kind": "result", "said": "x", "good": "1", "days": "7"}
        assert (await client.post("/spot-checks", data=forged)).status_code == 403
        page = await client.get("/spot-checks")
        assert page.status_code == 200
        assert all(one in page.text for one in names)
        after = await views.head(connection)
        assert after.id == before.id + 1
        homes = [one.facility for one in await spot_checks.checks(connection, number)]
        (row,) = await views.newest(connection, f"wang{issued}", homes, limit=1)
        assert (row.view.page, row.view.login) == ("/spot-checks", f"wang{issued}")
        # Another level's draw is none of theirs, and who is dismissed sees nothing any more.
        done = await _run(
            database, "draw", "--region", f"{issued[:4].replace('00', '01')}00", "--by", "市局", "--size", "2"
        )
        other = re.match(r"draw (\d+)", done.output)
        assert other
        assert (await client.get(f"/spot-checks?draw={other[1]}")).status_code == 404
        await _run(database, "inspectors", "--region", issued, "--dismiss", f"wang{issued}", "--by", "李处长")
        assert (await client.get("/spot-checks")).status_code == 404


async def test_a_result_is_entered_mended_and_looked_at_again_and_then_the_county_knows(
    connection: Connection, database: str, issued: str
) -> None:
    number = await _drawn(database, issued, 6)
    check = next(one for one in await spot_checks.checks(connection, number) if one.facility.endswith("-2"))
    async with AsyncTestClient(make_console(database)) as inspector, AsyncTestClient(make_console(database)) as county:
        secret = await sign_in(
            inspector, database, Role.VIEWER, login=f"wang{issued}", name="王督查", region_prefix=issued[:2]
        )
        await _run(database, "inspectors", "--region", issued, "--name", f"wang{issued}", "--by", "李处长")
        theirs = await sign_in(
            county, database, Role.DESK, login=f"desk{issued}", name="县值班", region_prefix=check.candidate.county
        )

        async def says(client: Client, path: str, csrf: str, kind: str, good: str, said: str) -> int:
            form = {"csrf": csrf, "check": str(check.id), "kind": kind, "good": good, "said": said, "days": "3"}
            return (await client.post(path, data=form, follow_redirects=False)).status_code

        assert "近七日有1日没有数据" in (await inspector.get("/spot-checks")).text or check.part == "chance"
        assert await says(inspector, "/spot-checks", secret, "result", "0", "") == 400
        assert 'href="/rectifications"' not in (await county.get("/account")).text
        assert await says(inspector, "/spot-checks", secret, "rechecked", "0", "先") == 409
        assert await says(inspector, "/spot-checks", secret, "result", "0", "监测记录缺失") == 303
        assert await says(inspector, "/spot-checks", secret, "result", "1", "再来") == 409
        menus = [(await one.get("/account")).text for one in (inspector, county)]
        assert [['href="/spot-checks"' in one, 'href="/rectifications"' in one] for one in menus] == [
            [True, True],
            [False, True],
        ]
        page = (await county.get("/rectifications")).text
        assert "监测记录缺失" in page
        assert check.candidate.name in page
        others = {f"秘密养老院{n}" for n in range(7)} - {check.candidate.name}
        assert not any(one in page for one in others)  # of the others there is no result
        assert await says(county, "/rectifications", theirs, "rectified", "1", "已补记录") == 303
        assert await says(inspector, "/spot-checks", secret, "rechecked", "1", "属实") == 303
        assert "已办结" in (await county.get("/rectifications")).text
    done = (await spot_checks.steps(connection, [check.id]))[check.id]
    assert [(one.kind, one.is_good, one.due_day) for one in done] == [
        ("result", False, TODAY + 3),
        ("rectified", False, TODAY + 7),
        ("rechecked", True, None),
    ]


async def test_a_draw_can_be_drawn_again_and_nobody_can_change_it(
    connection: Connection, database: str, issued: str, tmp_path: Path
) -> None:
    number = await _drawn(database, issued)
    assert (await _run(database, "verify", "--draw", str(number))).exit_code == 0
    second = await _run(database, "draw", "--region", issued, "--by", "李处长", "--size", "3")
    assert "3 homes of 6" in second.output
    twice = [one.facility for one in await spot_checks.checks(connection) if one.region == issued]
    assert len(twice) == len(set(twice)) == 6
    third = await _run(database, "draw", "--region", issued, "--by", "李处长")
    assert (third.exit_code, "none may be drawn" in third.output) == (1, True)
    for change in ("delete from spot_checks", "update spot_check_draws set seed = 'mine'", "truncate spot_check_steps"):
        with pytest.raises(psycopg.errors.RaiseException, match="stays as it was written"):
            await connection.execute(change)  # type: ignore[arg-type]

    async with AsyncTestClient(make_console(database)) as client:
        await sign_in(client, database, Role.VIEWER, login=f"wang{issued}", region_prefix=issued[:2])
    out = tmp_path / "list.csv"
    words = ("show", "--draw", str(number), "--inspector", f"wang{issued}", "--format", "csv", "--out", str(out))
    refused = await _run(database, *words)
    assert (refused.exit_code, "nothing is shown" in refused.output, out.exists()) == (1, True, False)
    await _run(database, "inspectors", "--region", issued, "--name", f"wang{issued}", "--by", "李处长")
    before = await views.head(connection)
    assert (await _run(database, *words)).exit_code == 0
    assert (await views.head(connection)).id == before.id + 1
    text = out.read_text("utf-8-sig")
    assert "另册（限阅）：抽查建议名单（四不两直）" in text
    assert out.stat().st_mode & 0o077 == 0
    assert all(one.facility in text for one in await spot_checks.checks(connection, number))


def _drawn_again(record: Path) -> list[tuple[str, str]]:
    """As somebody does who has docs/spot-checks.md and nothing of this program."""
    told = json.loads(record.read_text("utf-8"))
    kept = json.dumps(told["frame"], ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(kept.encode()).hexdigest() == told["digest"]

    def lot(part: str, home: dict[str, Any]) -> float:
        digest = hashlib.sha256(f"{told['seed']}\n{part}\n{home['code']}".encode()).digest()
        return (int.from_bytes(digest[:6], "big") + 1) / (2**48 + 1)

    def points(home: dict[str, Any]) -> int:
        done = home["checks_done_share"]
        stands = dict(home, checks_missed=done is not None and done < told["checks_done_percent"])
        return 1 + sum(points for reason, points in told["weights"].items() if stands[reason])

    able = [
        one
        for one in told["frame"]
        if one["drawn_on"] is None or told["day"] - one["drawn_on"] >= told["period_days"] or one["unmended"]
    ]
    chance = sorted(able, key=lambda one: lot("chance", one))[: min(told["by_chance"], told["size"])]
    left = sorted(
        (one for one in able if one not in chance),
        key=lambda one: (-math.log(lot("risk", one)) / points(one), one["code"]),
    )
    share = math.ceil(told["size"] / len({one["county"] for one in able}))
    found = [(one, "chance") for one in chance]
    while left and len(found) < told["size"]:
        for one in list(left):
            if len(found) < told["size"] and [home["county"] for home, _ in found].count(one["county"]) < share:
                found.append((one, "risk"))
                left.remove(one)
        share += 1
    return [(one["code"], part) for one, part in sorted(found, key=lambda pair: (pair[0]["county"], pair[0]["code"]))]


async def test_somebody_without_this_program_draws_the_same_list_from_its_record(
    connection: Connection, database: str, issued: str, tmp_path: Path
) -> None:
    number, out = await _drawn(database, issued, 5), tmp_path / "record.json"
    words = ("record", "--draw", str(number), "--inspector", f"wang{issued}", "--out", str(out))
    async with AsyncTestClient(make_console(database)) as client:
        await sign_in(client, database, Role.VIEWER, login=f"wang{issued}", region_prefix=issued[:2])
    refused = await _run(database, *words)
    assert (refused.exit_code, "nothing is shown" in refused.output, out.exists()) == (1, True, False)
    await _run(database, "inspectors", "--region", issued, "--name", f"wang{issued}", "--by", "李处长")
    before = await views.head(connection)
    assert (await _run(database, *words)).exit_code == 0
    assert (await views.head(connection)).id == before.id + 1
    assert out.stat().st_mode & 0o077 == 0
    listed = [(one.facility, one.part) for one in await spot_checks.checks(connection, number)]
    assert _drawn_again(out) == listed
    other = json.loads(out.read_text("utf-8")) | {"seed": "another"}
    out.write_text(json.dumps(other, ensure_ascii=False), "utf-8")
    assert _drawn_again(out) != listed


async def test_no_role_of_the_boards_may_read_a_list(connection: Connection, database: str, issued: str) -> None:
    await _drawn(database, issued)
    granted = await (
        await connection.execute(
            "select g.grantee, g.table_name from information_schema.role_table_grants g"
            " where g.table_name in ('spot_checks', 'spot_check_draws', 'spot_check_steps', 'inspectors')"
            " and g.grantee not in (select current_user)"
        )
    ).fetchall()
    assert granted == []
