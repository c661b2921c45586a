"""Everybody whose report is missing is asked in one action, each with its result; an answer ends it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from click.testing import CliRunner

from alerts.nudges import close_answered, nudge
from detectors.times import MINUTE
from sizao.reports import reports_group
from store import alerts, nudges, recipients, registry, reports
from store.connection import Connection, transaction
from store.recipients import RecipientRow
from tests.integration.rollup.making import DAY_0, County, at


class _Told:
    """A recipient of the file."""

    channel, address, severity, region = "webhook", "http://127.0.0.1:1/x", "C", None

    def __init__(self, facility: str) -> None:
        self.facility = facility


async def _county(connection: Connection, *codes: str) -> County:
    county = County(connection)
    for code in codes:
        await county.home(code, "310101")
    told: list[RecipientRow] = [_Told(codes[0])]
    async with transaction(connection):
        await recipients.replace(connection, told)
    return county


async def test_the_silent_are_asked_once_each_and_an_answer_ends_it(connection: Connection) -> None:
    county = await _county(connection, "N-1", "N-2", "N-3")
    await county.report("N-3", 1, at(1, 9), nothing_to_report=True)
    county.now = at(1, 17.5)
    await county.settle()
    async with transaction(connection):
        silent = [one.facility for one in await nudges.missing(connection, "310000", DAY_0 + 1)]
    assert silent == ["N-1", "N-2"]
    await county.report("N-2", 1, at(1, 17.6))  # not counted yet
    async with transaction(connection):
        first, second = await nudge(connection, silent, DAY_0 + 1, "王科长", county.now)
    assert (first.told, first.not_told, second.reported) == (("http://127.0.0.1:1/x",), (), True)
    async with transaction(connection):
        (again,) = await nudge(connection, ["N-1"], DAY_0 + 1, "王科长", county.now + MINUTE)
    assert again.told == first.told
    facility = await registry.find_facility(connection, "N-1")
    assert facility is not None
    (alert,) = await alerts.open_alerts(connection, facility.id)  # one, however often it is asked
    assert "王科长" in alert.reason_zh
    told = await nudges.results(connection, "310000", DAY_0 + 1)
    assert [(one.facility, one.status, one.reported_at) for one in told] == [("N-1", "due", None)] * 2

    async with transaction(connection):
        assert await close_answered(connection, county.now) == 0
    await county.report("N-1", 1, at(1, 18))
    county.now = at(1, 19)
    await county.settle()
    async with transaction(connection):
        assert await close_answered(connection, county.now) == 1
    assert await alerts.open_alerts(connection, facility.id) == []
    told = await nudges.results(connection, "310000", DAY_0 + 1)
    assert {(one.status, one.why_not) for one in told} == {("not_told", "the report has come")}


async def test_nobody_to_ask_is_said_and_a_difficulty_gets_its_owner(connection: Connection, database: str) -> None:
    county = await _county(connection, "M-1", "M-2")
    trouble = {"id": "1", "kind": "oxygen", "text": "吸氧机不足", "state": "open"}
    await county.report("M-1", 2, at(2, 9), difficulties=[trouble])
    county.now = at(2, 17.5)
    await county.settle()

    def run(*words: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(reports_group, [*words, "--database-url", database], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    day = ("--region", "310101", "--date", "2026-05-29", "--json")
    asked = await asyncio.to_thread(run, "nudge", "--by", "王", "--facility", "M-2", *day)
    assert asked == [
        {
            "facility": "M-2",
            "told": [],
            "not_told": ["no recipient is registered for this facility"],
            "reported": False,
        }
    ]
    await asyncio.to_thread(run, "difficulty", "M-1", "1", "--by", "王", "--owner", "李")
    (one,) = await asyncio.to_thread(run, "difficulties", "--region", "310101", "--json")
    assert (one["owner"], one["is_open"]) == ("李", True)
    async with transaction(connection):
        assert await reports.act(connection, 0, "1", "resolved", "王", county.now) is False
    await asyncio.to_thread(run, "difficulty", "M-1", "1", "--by", "王", "--resolved")
    assert await asyncio.to_thread(run, "difficulties", "--region", "310101", "--json") == []
