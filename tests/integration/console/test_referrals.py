"""The pages of a referral: who sees whom and until when, what each may say, the text, breaking the glass."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from alerts.referrals.course import Referral
from alerts.referring import referral_of
from dashboards.console.app import make_console
from dashboards.console.users import Role
from store import interventions, referrals
from store.connection import transaction
from tests.acceptance.referring import Ward
from tests.acceptance.story import REGION, Story
from tests.support.accounts import sign_in

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def ward(ill: Story) -> Ward:
    """R-07, ill now, in a home with a paired hospital and another one."""
    connection = ill.connection
    await connection.execute("truncate observations, corrections, conflicts, hospital_profiles")
    await ill.hospital("H-1", "县医院")
    await ill.hospital("H-2", "市二院")
    await connection.execute("update facility_profiles set hospital = 'H-1'")
    made = Ward(ill)
    await made.measures(spo2_percent=86, pulse_per_min=110)
    return made


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


async def _post(client: Client, path: str, csrf: str, **fields: str) -> int:
    answer = await client.post(path, data={"csrf": csrf, **fields}, follow_redirects=False)
    return answer.status_code


async def _found(story: Story) -> Referral:
    (row,) = await referrals.since(story.connection, 1, 0)
    return referral_of(row)


async def test_from_the_alert_to_the_bed_by_the_pages_alone(ward: Ward, client: Client, database: str) -> None:
    story = ward.story
    home = await sign_in(client, database, Role.FACILITY, login="home", name="护士小李", facility="F-001")
    shown = (await client.get("/alerts/1")).text
    assert "早干预" in shown
    assert "申请转诊" in shown
    assert await _post(client, "/alerts/1/interventions", home, kind="oxygen", detail="2L/分") == 303
    assert await _post(client, "/alerts/1/interventions", home, kind="prayer") == 400
    (given,) = await interventions.of_alert(story.connection, 1)
    assert (given.kind, given.actor, given.detail) == ("oxygen", "护士小李", "2L/分")
    assert await _post(client, "/alerts/1/refer", home, reason="血氧持续下降") == 303
    assert (await _found(story)).stage == "requested"
    page = (await client.get("/referrals/1")).text
    assert 'href="tel:0535-120120"'.replace("-", "") in page.replace("-", "")  # the hospital's number for the home

    doctor = await sign_in(client, database, Role.HOSPITAL, login="doctor", name="急诊张医生", hospital="H-1")
    assert "/referrals/1" in (await client.get("/referrals")).text
    page = (await client.get("/referrals/1")).text
    for word in ("R-07", "过敏史", "血氧评分表", "已吸氧", 'href="tel:05356100000"', "svg"):
        assert word in page, word
    assert await _post(client, "/referrals/1/steps", doctor, step="departed") == 400  # the home says when they leave
    assert await _post(client, "/referrals/1/steps", doctor, step="declined") == 400  # why?
    assert await _post(client, "/referrals/1/steps", doctor, step="accepted", bed="急诊3") == 303
    found = await _found(story)
    assert (found.stage, found.hospital, found.bed, found.asked[0].answer) == ("accepted", "H-1", "急诊3", "accepted")

    sbar = (await client.get("/referrals/1/sbar")).text
    assert "S 现状：血氧偏低" in sbar
    assert "SBAR referral hand-over" in sbar
    await sign_in(client, database, Role.HOSPITAL, login="other", hospital="H-2")
    assert (await client.get("/referrals/1")).status_code == 404, "another hospital has nothing to do with it"
    assert (await client.get("/alerts/1")).status_code == 404


async def test_a_hospital_sees_who_it_is_from_the_request_until_three_days_after_the_end(
    ward: Ward, client: Client, database: str
) -> None:
    story = ward.story
    await sign_in(client, database, Role.HOSPITAL, login="doctor", hospital="H-1")
    assert (await client.get("/referrals/1")).status_code == 404, "it is suggested, and nobody is asked"
    await ward.says("requested", "王院长")
    assert "R-07" in (await client.get("/referrals/1")).text
    assert (await client.get("/alerts/1")).status_code == 200
    await ward.says("treated_in_place", "张医生", reason="好转")
    assert (await client.get("/referrals/1")).status_code == 200
    for table, column in (("referrals", "ended_at"),):
        await story.connection.execute(f"update {table} set {column} = now() - interval '72 hours 1 minute'")
    for path in ("/referrals/1", "/referrals/1/sbar", "/alerts/1"):
        assert (await client.get(path)).status_code == 404, path
    assert "/referrals/1" not in (await client.get("/referrals")).text


async def test_a_hospital_that_declined_sees_no_more_and_the_next_one_does(
    ward: Ward, client: Client, database: str
) -> None:
    await ward.says("requested", "王院长")
    doctor = await sign_in(client, database, Role.HOSPITAL, login="doctor", name="县医院值班", hospital="H-1")
    assert await _post(client, "/referrals/1/steps", doctor, step="declined", reason="无床位") == 303
    assert (await client.get("/referrals/1")).status_code == 404
    await sign_in(client, database, Role.HOSPITAL, login="next", hospital="H-2")
    shown = (await client.get("/referrals/1")).text
    assert "无床位" in shown
    assert "市二院" in shown


async def test_a_step_is_recorded_late_by_the_clock_on_the_wall(ward: Ward, client: Client, database: str) -> None:
    story = ward.story
    desk = await sign_in(client, database, Role.DESK, login="desk", name="值班员老赵", region_prefix=REGION)
    await ward.says("requested", "王院长", at=None)
    ago = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 8 * 3_600 + 60))
    assert await _post(client, "/referrals/1/steps", desk, step="departed", at=ago) == 400, "it is still to come"
    ago = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 8 * 3_600))
    assert await _post(client, "/referrals/1/steps", desk, step="departed", at=ago, transport="救护车") == 303
    assert (await _found(story)).transport == "救护车"
    assert await _post(client, "/referrals/1/steps", desk, step="called_120", reason="途中加重") == 303
    found = await _found(story)
    assert found.ending is not None
    assert (found.ending.outcome, found.ending.actor, found.ending.reason) == ("called_120", "值班员老赵", "途中加重")


async def test_a_resident_is_referred_by_hand(ward: Ward, client: Client, database: str) -> None:
    home = await sign_in(client, database, Role.FACILITY, login="home", name="王院长", facility="F-001")
    path = "/facilities/F-001/referrals"
    assert await _post(client, path, home, resident="R-99", reason="跌倒") == 400
    assert await _post(client, path, home, resident="R-07") == 400
    assert await _post(client, path, home, resident="R-07", reason="跌倒，髋部疼痛", hospital="H-2") == 303
    rows = await referrals.since(ward.story.connection, 1, 0)
    assert {(row.stage, row.hospital) for row in rows} == {("requested", "H-2"), ("closed", None)}  # not two at once


async def test_breaking_the_glass_needs_a_reason_is_on_record_ends_and_is_nobody_elses(
    ward: Ward, client: Client, database: str
) -> None:
    story = ward.story
    doctor = await sign_in(client, database, Role.HOSPITAL, login="doctor", name="急诊张医生", hospital="H-1")
    whom = {"facility": "F-001", "resident": "R-07"}
    assert await _post(client, "/emergency", doctor, **whom, reason="急") == 400
    assert (
        await _post(client, "/emergency", doctor, facility="F-001", resident="R-99", reason="120送来，无法沟通") == 404
    )
    assert await _post(client, "/emergency", doctor, **whom, reason="120送来，无法沟通") == 303
    shown = (await client.get("/emergency/1")).text
    for word in ("R-07", "过敏史", "120送来，无法沟通"):
        assert word in shown, word
    kept: Any = await (
        await story.connection.execute("select login, name, hospital, reason from emergency_sights")
    ).fetchall()
    assert kept == [("doctor", "急诊张医生", "H-1", "120送来，无法沟通")]
    await sign_in(client, database, Role.HOSPITAL, login="colleague", hospital="H-1")
    assert (await client.get("/emergency/1")).status_code == 404, "who gave no reason sees nothing"

    await sign_in(client, database, Role.HOSPITAL, login="far", hospital="H-FAR")
    far = await client.post("/emergency", data={"csrf": "x", **whom, "reason": "只是好奇看看"})
    assert far.status_code in (403, 404)
    async with transaction(story.connection):
        await story.connection.execute("update emergency_sights set until = now()")
    await sign_in(client, database, Role.HOSPITAL, login="doctor2", hospital="H-1")
    assert (await client.get("/emergency/1")).status_code == 404


async def test_lists_name_nobody(ward: Ward, client: Client, database: str) -> None:
    await ward.says("requested", "王院长")
    for role, scope in (
        (Role.FACILITY, {"facility": "F-001"}),
        (Role.DESK, {"region_prefix": REGION}),
        (Role.HOSPITAL, {"hospital": "H-1"}),
    ):
        await sign_in(client, database, role, login=role.value, **scope)
        shown = (await client.get("/referrals")).text
        assert re.search(r"/referrals/1\b", shown)
        assert "R-07" not in shown
