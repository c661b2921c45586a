"""What is wrong with one message, one channel or one alert keeps no other waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from alerts import outgoing, router, sender
from alerts.escalation import begun
from alerts.notifiers.base import Message, Notifier
from alerts.outgoing import Page
from alerts.sender import Sender
from detectors.times import MINUTE, Millis
from store import alerts, deliveries, outbox, technical
from store.connection import Connection, Pool, connect, open_pool, transaction
from tests.integration.alerts.making import open_alerts

NOW = 1_767_553_200_000


class Phone:
    """Takes everything, at once or never."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.heard: list[Message] = []
        self.answers = asyncio.Event()
        if not hangs:
            self.answers.set()

    async def send(self, address: str, message: Message) -> None:
        await self.answers.wait()
        self.heard.append(message)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    found = await open_pool(database, "test", size=3)
    yield found
    await found.close()


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    found = await connect(database, "test")
    yield found
    await found.close()


def sender_of(pool: Pool, **lines: Notifier) -> Sender:
    return Sender(pool, lines, Page("https://desk.example.org"), clock=lambda: NOW)


async def told(connection: Connection, *places: tuple[str, str], facility: str = "F-001") -> None:
    async with transaction(connection):
        for place in places:
            await open_alerts(connection, [1], NOW, (place,), facility)


async def test_a_channel_that_hangs_keeps_no_other_waiting_and_is_tried_again(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(sender, "ANSWER_SECONDS", 1.0)
    mail, phone = Phone(hangs=True), Phone()
    work = sender_of(pool, email=mail, voice=phone)
    await told(connection, ("email", "head@example.org"))
    assert await work.send_due() == 1
    await told(connection, ("voice", "13800000001"), ("email", "head@example.org"))
    assert await work.send_due() == 1  # the second mail waits for the first
    assert len(phone.heard) == 1
    await asyncio.sleep(1.1)
    await work.send_due()
    rows = await (await connection.execute("select status, last_error from deliveries order by id")).fetchall()
    assert rows[0] == ("due", "no answer in 1 s")
    mail.answers.set()
    await work._finish()


async def test_a_message_that_cannot_be_put_into_words_is_given_up_and_the_others_leave(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = outgoing.message_of

    def breaks(telling: Any, *rest: Any) -> Message:
        if telling.alert_id == 1:
            raise KeyError("where")
        return said(telling, *rest)

    monkeypatch.setattr(outgoing, "message_of", breaks)
    phone = Phone()
    await told(connection, *[("voice", "13800000001")] * 3)
    assert await sender_of(pool, voice=phone).send_due() == 3
    assert [one.facts["alert"] for one in phone.heard] == [2, 3]
    assert [one.kind for one in await technical.open_ones(connection)] == ["channel"]


async def test_a_place_that_cannot_be_served_keeps_no_other_waiting(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*anything: Any) -> Message:
        raise KeyError("where")

    monkeypatch.setattr(outgoing, "digest_of", breaks)
    async with transaction(connection):
        await open_alerts(connection, [2, 2], NOW, (("wecom", "heads"),))
    await told(connection, ("voice", "13800000001"))
    phone = Phone()
    assert await sender_of(pool, voice=phone, wecom=Phone()).send_due() == 1
    assert len(phone.heard) == 1


async def test_an_alert_that_cannot_be_looked_at_keeps_no_other_waiting_and_the_desk_hears_of_it(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = router.look

    def breaks(alert: alerts.AlertRow, ladder: Any, zone: str, now: Millis) -> Any:
        if alert.id == 1:
            raise ZeroDivisionError
        return looks(alert, ladder, zone, now)

    monkeypatch.setattr(router, "look", breaks)
    async with transaction(connection):
        rows = await open_alerts(connection, [1, 1], NOW, (("voice", "13800000001"),))
        await alerts.save(connection, [begun(one, NOW) for one in rows])
    assert await sender_of(pool).route_due() == 2
    found = await deliveries.of_alerts(connection, [1, 2])
    assert (len(found[1]), len(found[2])) == (1, 2)
    (again,) = [one for one in await alerts.open_alerts(connection) if one.id == 1]
    assert again.next_escalation_at == NOW + MINUTE
    assert [(one.kind, one.alert_id) for one in await technical.open_ones(connection)] == [("ladder", 1)]


async def test_a_flood_on_one_channel_keeps_no_other_channel_waiting(connection: Connection) -> None:
    await told(connection, *[("email", f"{number}@example.org") for number in range(12)], ("voice", "13800000001"))
    places = await outbox.places(connection, NOW, limit=10)
    assert ("voice", "13800000001") in places
    assert len(places) == 11
