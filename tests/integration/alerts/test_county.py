"""A county that is offline, on a real database: one event, P1 all the same; singly who is silent when it is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerts.router import route_due
from detectors.times import MINUTE, SECOND, Millis
from sizao.registry import register
from store import alerts, homes, ids, registry, transitions
from store.connection import Connection, connect, transaction
from tests.integration.alerts.making import _opened, alert_row

T: Millis = 1_767_585_600_000  # 5 January 2026 12:00 in Shanghai
CODES = [f"F-{n}" for n in range(1, 9)]


@pytest.fixture
async def connection(database: str, tmp_path: Path) -> AsyncIterator[Connection]:
    rows = [f"{code},{code},370613,\n" for code in CODES] + ["F-9,演练,370613,yes\n", "F-10,邻县,370614,\n"]
    (tmp_path / "facilities.csv").write_text("facility,name,region,drill\n" + "".join(rows), "utf-8")
    (tmp_path / "recipients.csv").write_text(
        "region,facility,channel,address,severity\n37,,webhook,https://desk.example.org,P2\n", "utf-8"
    )
    await register(database, tmp_path, [])
    opened = await connect(database, "test")
    yield opened
    await opened.close()


async def opens(
    connection: Connection, codes: list[str], severity: int = 2, condition: str = "facility_silent"
) -> None:
    async with transaction(connection):
        found = await registry.lock_facilities(connection, codes)
        for code, facility in found.items():
            await homes.add_places(connection, facility.id, [("facility", code)])
            (place,) = [row for row in await homes.people(connection, facility.id) if row.kind == "facility"]
            number, told = await ids.reserve(connection, "alerts", 1), await ids.reserve(connection, "transitions", 1)
            row = alert_row(
                number[0], facility.id, place.id, severity, T, condition=condition, alarm_at=T, next_escalation_at=T
            )
            await alerts.save(connection, [row])
            await transitions.add(connection, [_opened(row, told[0], T)])


async def looks(connection: Connection, at: Millis) -> None:
    async with transaction(connection):
        await route_due(connection, at)


async def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(statement)).fetchall()


TOLD = "select kind, status, count(*) from deliveries where kind <> 'reminder' group by 1, 2 order by 1, 2"


async def test_a_county_is_one_event_and_singly_told_is_p1_and_who_is_silent_when_it_is_back(
    connection: Connection,
) -> None:
    await opens(connection, CODES[:5])
    await opens(connection, CODES[5:6], severity=1, condition="hypoxia")
    await looks(connection, T + SECOND)
    told = "select a.condition, d.status from deliveries d join alerts a on a.id = d.alert_id"
    assert await rows(connection, told) == [("hypoxia", "due")], "urgent ones at once; silences wait for each other"
    for minutes in (3, 4, 8, 13, 18, 40):
        await looks(connection, T + minutes * MINUTE)
    one_event = [("alarm", "due", 1), ("alarm", "not_told", 5), ("county_offline", "due", 1)]
    assert await rows(connection, TOLD) == one_event
    ((reason,),) = await rows(connection, "select distinct not_told_reason from deliveries where status = 'not_told'")
    assert [(reason,)] == await rows(connection, "select note from deliveries where kind = 'county_offline'")
    assert reason == "county 370613 is offline: 5 of 8 facilities are silent", "without the drill and the next county"
    one = "select min(id) from alerts where condition = 'facility_silent'"
    await rows(connection, f"update alerts set closed_at = now() where id = ({one}) returning 1")
    for minutes in (45, 50):
        await looks(connection, T + minutes * MINUTE)
    assert await rows(connection, "select kind, closed_at is null from technical_alerts") == [("county", False)]
    back = [("alarm", "due", 5), ("alarm", "not_told", 5), ("county_back", "due", 1), ("county_offline", "due", 1)]
    assert await rows(connection, TOLD) == back, "the four that are still silent are told singly"


async def test_what_was_held_back_for_a_county_is_not_told_after_a_restart(
    connection: Connection, database: str
) -> None:
    await opens(connection, CODES[:5])
    for minutes in (4, 5):
        await looks(connection, T + minutes * MINUTE)
    before = await rows(connection, TOLD)
    assert before == [("alarm", "not_told", 5), ("county_offline", "due", 1)]
    again = await connect(database, "another sender")
    for minutes in (9, 14, 30):
        await looks(again, T + minutes * MINUTE)
    await again.close()
    assert await rows(connection, TOLD) == before


@pytest.mark.parametrize(("silent", "others"), [(4, []), (5, ["F-11", "F-12"])])
async def test_fewer_than_five_or_than_sixty_percent_are_told_singly(
    connection: Connection, tmp_path: Path, database: str, silent: int, others: list[str]
) -> None:
    here = CODES[:silent] if not others else [*CODES, *others]
    regions = {code: "370613" if code in here else "370614" for code in [*CODES, *others]}
    lines = [f"{code},{code},{region}\n" for code, region in regions.items()]
    (tmp_path / "facilities.csv").write_text("facility,name,region\n" + "".join(lines), "utf-8")
    await register(database, tmp_path, [])
    await opens(connection, CODES[:silent])
    for minutes in (4, 5):
        await looks(connection, T + minutes * MINUTE)
    assert await rows(connection, TOLD) == [("alarm", "due", silent)]
    assert await rows(connection, "select kind from technical_alerts") == []


async def test_who_fell_silent_at_another_time_makes_no_county(connection: Connection) -> None:
    await opens(connection, CODES[:5])
    await rows(connection, "update alerts set opened_at = opened_at - interval '16 minutes' where id = 1 returning 1")
    await looks(connection, T + 4 * MINUTE)
    assert await rows(connection, TOLD) == [("alarm", "due", 5)]
