"""A county that is offline, on a real database: one event, P1 all the same, and singly who is silent when it is back."""

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
    rows = "".join(f"{code},{code},370613\n" for code in CODES) + "F-9,演练,370613\n"
    (tmp_path / "facilities.csv").write_text(f"facility,name,region\n{rows}", "utf-8")
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


TOLD = "select kind, status, count(*) from deliveries where kind {} group by 1, 2 order by 1, 2"


async def test_a_county_is_one_event_and_singly_told_is_p1_and_who_is_silent_when_it_is_back(
    connection: Connection,
) -> None:
    await opens(connection, CODES[:5])
    await opens(connection, CODES[5:6], severity=1, condition="hypoxia")
    await looks(connection, T + SECOND)
    assert await rows(
        connection, "select a.condition, d.kind, d.status from deliveries d join alerts a on a.id = d.alert_id"
    ) == [("hypoxia", "alarm", "due")], "urgent ones are told at once; silences wait for each other"
    for minutes in (3, 4, 8, 13, 18, 40):
        await looks(connection, T + minutes * MINUTE)
    assert await rows(connection, TOLD.format("<> 'reminder'")) == [
        ("alarm", "due", 1),
        ("alarm", "not_told", 5),
        ("county_offline", "due", 1),
    ]
    ((reason, note),) = await rows(
        connection,
        "select distinct d.not_told_reason, o.note from deliveries d, deliveries o "
        "where d.status = 'not_told' and o.kind = 'county_offline'",
    )
    assert reason == note == "county 370613 is offline: 5 of 8 facilities are silent"
    await rows(
        connection,
        "update alerts set closed_at = now() where id in (select id from alerts where condition = 'facility_silent' order by id limit 1) returning 1",
    )
    for minutes in (45, 50):
        await looks(connection, T + minutes * MINUTE)
    assert await rows(connection, "select kind, closed_at is null from technical_alerts") == [("county", False)]
    assert await rows(connection, TOLD.format("<> 'reminder'")) == [
        ("alarm", "due", 5),
        ("alarm", "not_told", 5),
        ("county_back", "due", 1),
        ("county_offline", "due", 1),
    ]


@pytest.mark.parametrize("silent", [4, 5])
async def test_fewer_than_five_or_than_sixty_percent_are_told_singly(connection: Connection, silent: int) -> None:
    async with transaction(connection):
        await rows(
            connection,
            "update facility_profiles set region = '370614' where name in ('F-6', 'F-7', 'F-8') and 4 = "
            + str(silent)
            + " returning 1",
        )
        if silent == 5:
            for n in range(10, 12):
                await rows(connection, f"insert into facilities (code) values ('F-{n}') returning 1")
                await rows(
                    connection,
                    "insert into facility_profiles select (select id from facilities where code = 'F-"
                    + str(n)
                    + "'), valid_from, recorded_at, name, region, zone, altitude_m, rural, temperature_site, cutoffs, mode, phones, drill from facility_profiles where name = 'F-1' returning 1",
                )
    await opens(connection, CODES[:silent])
    await looks(connection, T + 4 * MINUTE)
    await looks(connection, T + 5 * MINUTE)
    assert await rows(connection, TOLD.format("<> 'reminder'")) == [("alarm", "due", silent)]
    assert await rows(connection, "select kind from technical_alerts") == []
