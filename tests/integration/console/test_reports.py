"""A carer sends the facility's report, or its zero in one tap, through the door that everything goes through."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import AsyncTestClient

from dashboards.console import report_form
from dashboards.console.app import make_console
from dashboards.console.forms import Odd, Wrong
from dashboards.console.report_form import Sheet
from dashboards.console.users import Role
from dashboards.console.words import date_of
from detectors.times import DAY, MINUTE
from store import tokens
from store.connection import connect
from store.reports import DifficultyRow, OnRecord, Report, Said
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

PAGE = "/facilities/F-001/report"
NOW = 1_764_230_400_000  # 2025-11-27 16:00 in China
ID = "0b9ad2f2-3f2c-4f4e-8a53-6a5f8d1c2b10"


def _form(csrf: str, **boxes: str) -> dict[str, str]:
    return {"csrf": csrf, "id": ID, **boxes}


@pytest.fixture
async def client(database: str, gateway: str) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(make_console(database, gateway=gateway)) as opened:
        yield opened


async def test_a_report_is_taken_once_a_zero_wipes_nothing_out_and_what_is_wrong_is_said_above_the_form(
    ill: Story, client: AsyncTestClient[Any], database: str
) -> None:
    csrf = await sign_in(client, database, Role.FACILITY, facility="F-001")
    sent = await client.post(PAGE, data=_form(csrf, residents="40", beds=""), follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}?sent=1")
    assert "已接收" in (await client.get(f"{PAGE}?sent=1")).text
    for box, wrong in (("residents", "五十"), ("staff_on_duty", "-3"), ("visitors", "10" * 6), ("antiviral", "1.5")):
        refused = await client.post(PAGE, data=_form(csrf, beds="120", **{box: wrong}))
        assert refused.status_code == 400
        assert "整数，没有就填 0" in refused.text
        assert 'value="120"' in refused.text, "nothing written is lost"
        assert f'value="{wrong}"' in refused.text
    assert "什么都没有填" in (await client.post(PAGE, data=_form(csrf))).text
    connection = await connect(database, "test")
    facility = await ill.connection.execute("select id from facilities where code = 'F-001'")
    row = await facility.fetchone()
    assert row is not None
    assert await tokens.of_facility(connection, row[0]) == [], "a token for once is gone with its errand"
    await connection.close()


async def test_a_zero_is_one_tap_and_a_second_one_where_something_is_on_record(
    ill: Story, client: AsyncTestClient[Any], database: str
) -> None:
    csrf = await sign_in(client, database, Role.FACILITY, facility="F-001")
    asked = await client.post(f"{PAGE}/zero", data={"csrf": csrf}, follow_redirects=False)
    assert asked.status_code == 400
    assert "当天出现特急、紧急预警1条" in asked.text
    confirmed = {"csrf": csrf, "confirmed": "当天出现特急、紧急预警1条"}
    assert (await client.post(f"{PAGE}/zero", data=confirmed, follow_redirects=False)).status_code == 303


async def test_the_form_of_yesterday_is_yesterdays_and_an_older_one_is_not_taken(
    ill: Story, client: AsyncTestClient[Any], database: str
) -> None:
    csrf = await sign_in(client, database, Role.FACILITY, facility="F-001")
    now = round(time.time() * 1_000)
    yesterday, older = (date_of(report_form.today(now, "Asia/Shanghai") - days) for days in (1, 4))
    assert f"day={yesterday}" in (await client.get(PAGE)).text, "whoever is late finds the way"
    late = await client.post(PAGE, data=_form(csrf, day=yesterday, residents="40"), follow_redirects=False)
    assert late.headers["location"] == f"{PAGE}?sent=1&day={yesterday}"
    refused = await client.post(PAGE, data=_form(csrf, day=older, residents="41"))
    assert refused.status_code == 400
    assert f"这是{older}的日报" in refused.text
    assert 'value="41"' in refused.text


async def test_without_a_gateway_nothing_is_lost_and_it_is_said(ill: Story, database: str) -> None:
    async with AsyncTestClient(make_console(database, gateway="http://127.0.0.1:1")) as client:
        csrf = await sign_in(client, database, Role.FACILITY, facility="F-001")
        answer = await client.post(PAGE, data=_form(csrf, residents="40"))
        assert "平台暂时无法接收" in answer.text
        assert 'value="40"' in answer.text


def _sheet(sent: Report | None = None, before: Report | None = None) -> Sheet:
    return Sheet("F-1", "王芳", NOW, "Asia/Shanghai", report_form.today(NOW, "Asia/Shanghai"), sent, before)


def _difficulty(number: str, kind: str, text: str, *, is_open: bool = True) -> DifficultyRow:
    return DifficultyRow("F-1", None, number, kind, text, "open", is_open, NOW, NOW, None)


def test_the_form_keeps_blank_and_zero_apart_and_carries_difficulties_on() -> None:
    known = [
        _difficulty("1", "oxygen", "吸氧机不足"),
        _difficulty("2", "staff", "缺护理员"),
        _difficulty("3", "other", "旧事", is_open=False),
    ]
    form = _form("", residents="0", beds=" ", antiviral="２", operating="open", resolved_1="on", difficulty="漏水")
    event = report_form.event_of(form, _sheet(), known)
    assert event["residents"] == 0
    assert "beds" not in event
    assert (event["medicine"], event["operating"], event["day"]) == ({"antiviral": 2}, "open", "2025-11-27")
    said = [(one["id"], one["state"]) for one in event["difficulties"]]
    assert said == [("1", "resolved"), ("2", "open"), (ID.replace("-", "")[:12], "open")]
    assert "nothing_to_report" not in event
    other = report_form.event_of(_form("", difficulty="缺药", id=str(uuid4())), _sheet(), known)
    assert other["difficulties"][-1]["id"] != said[-1][0], "two who write at once each keep theirs"


def test_a_slip_of_the_finger_and_a_report_of_somebody_else_are_asked_about() -> None:
    today = report_form.today(NOW, "Asia/Shanghai")
    before = Report(today - 1, NOW - DAY, NOW - DAY, "王芳", Said(residents=40))
    sent = Report(today, NOW - MINUTE, NOW, "李娜", Said(residents=40, beds=50))
    slip = _form("", residents="400", beds="50", staff_on_duty="60", seen="")
    with pytest.raises(Odd) as asked:
        report_form.event_of(slip, _sheet(sent, before), [])
    assert [zh for zh, _ in asked.value.found] == [
        "在住400人，多于床位50张",
        "在岗60人，多于床位50张",
        "在住400人，上次40人",
        "您填写期间，15:59 李娜已报过这一天的日报：再报将以您这份为准",
    ]
    confirmed = report_form.event_of(slip | {"confirmed": asked.value.confirmed}, _sheet(sent, before), [])
    assert confirmed["residents"] == 400


def test_a_zero_is_refused_where_a_report_or_a_difficulty_says_otherwise() -> None:
    today = report_form.today(NOW, "Asia/Shanghai")
    assert report_form.zero(_sheet(), {}, [], OnRecord())["nothing_to_report"] is True
    with pytest.raises(Wrong, match="wipe out its numbers"):
        report_form.zero(_sheet(Report(today, NOW, NOW, "李娜", Said(residents=40))), {}, [], OnRecord())
    with pytest.raises(Wrong, match="difficulty is open"):
        report_form.zero(_sheet(), {}, [_difficulty("1", "oxygen", "吸氧机不足")], OnRecord())
