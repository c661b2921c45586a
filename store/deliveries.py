"""Deliveries: who is to be told, who was, and for everyone who was not, why not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("deliveries")

Kind = Literal[
    "alarm",
    "all_clear",
    "reminder",
    "escalation",
    "silence_ends",
    "not_reached",
    "county_offline",
    "county_back",
    "report_due",
    "report_late",
    "referral_asked",
]
Status = Literal["due", "sending", "sent", "failed", "not_told"]
Way = tuple[str, str]
"""A channel and an address."""

_ways_of: Final = msgspec.json.Decoder(tuple[Way, ...]).decode


class NewDelivery(Struct, frozen=True):
    """Somebody to tell; with status `not_told` and a reason: somebody who is not."""

    alert_id: int
    transition_id: int
    recipient_id: int | None
    channel: str
    address: str
    kind: Kind
    idempotency_key: str
    next_attempt_at: Millis
    created_at: Millis
    severity: int = 1  # 1 goes singly and first
    status: Literal["due", "not_told"] = "due"
    not_told_reason: str | None = None
    person: str | None = None
    fallbacks: tuple[Way, ...] = ()  # the next ways to the same person
    role: str | None = None  # of the ladder
    note: str | None = None  # what this telling adds


class DeliveryRow(Struct, frozen=True):
    """A telling and what became of it."""

    id: int
    alert_id: int
    transition_id: int
    recipient_id: int | None
    channel: str
    address: str
    kind: Kind
    severity: int
    status: Status
    not_told_reason: str | None
    attempts: int
    next_attempt_at: Millis  # of one that is being sent: when its claim ends
    idempotency_key: str
    created_at: Millis
    sent_at: Millis | None
    last_error: str | None
    person: str | None
    role: str | None
    note: str | None
    fallbacks: tuple[Way, ...]
    digest: int | None  # those of one message have the id of its first


class Recent(Struct, frozen=True):
    """How many P1 and P2 alerts of a condition and facility somebody was told."""

    person: str
    condition: str
    facility_id: int
    number: int


def row_of(columns: tuple[Any, ...]) -> DeliveryRow:
    """A row as the statements give it."""
    *facts, fallbacks, digest = columns
    values = (*facts, _ways_of(fallbacks), digest)
    return DeliveryRow(*values)


async def add(connection: Connection, deliveries: Iterable[NewDelivery]) -> None:
    """The deliveries exist; one per idempotency key, however often it is added."""
    values = [
        structs.asdict(one)
        | {
            "next_attempt_at": Moment(one.next_attempt_at),
            "created_at": Moment(one.created_at),
            "fallbacks": msgspec.json.encode(one.fallbacks).decode(),
        }
        for one in deliveries
    ]
    if values:
        await connection.cursor().executemany(_SQL["add_delivery"], values)


async def recent(connection: Connection, since: Millis) -> list[Recent]:
    """Whom P1 and P2 alerts were told since a time, by condition and facility."""
    cursor = await connection.execute(_SQL["recent"], {"since": Moment(since)})
    return [Recent(*row) for row in await cursor.fetchall()]


async def take_back(connection: Connection, alert_ids: Iterable[int], reason: str) -> None:
    """Of these alerts nothing is told that nobody has tried to tell yet."""
    wanted = list(alert_ids)
    if wanted:
        await connection.execute(_SQL["take_back"], {"alerts": wanted, "reason": reason})


async def sent(connection: Connection, delivery: DeliveryRow, at: Millis) -> bool:
    """It was sent; False when the claim had been lost meanwhile."""
    return await _finish(connection, delivery, "sent", sent_at=at)


async def retry(connection: Connection, delivery: DeliveryRow, error: str, at: Millis) -> bool:
    """It failed and is tried again at `at`; False when the claim had been lost meanwhile."""
    return await _finish(connection, delivery, "due", error=error, next_attempt_at=at)


async def fail(connection: Connection, delivery: DeliveryRow, error: str) -> bool:
    """It failed for good; False when the claim had been lost meanwhile."""
    return await _finish(connection, delivery, "failed", error=error)


async def of_alerts(connection: Connection, alert_ids: Iterable[int]) -> dict[int, list[DeliveryRow]]:
    """Who was told of each alert, and who was not, in order; every alert asked for has a list."""
    found: dict[int, list[DeliveryRow]] = {alert_id: [] for alert_id in alert_ids}
    cursor = await connection.execute(_SQL["deliveries_of"], {"alerts": list(found)})
    for row in await cursor.fetchall():
        found[row[1]].append(row_of(row))
    return found


async def backlog(connection: Connection) -> tuple[int, Millis | None]:
    """How many deliveries wait, and since when the oldest has been due."""
    row = await (await connection.execute(_SQL["backlog"])).fetchone()
    assert row is not None
    return row[0], row[1]


async def _finish(
    connection: Connection,
    delivery: DeliveryRow,
    status: Status,
    sent_at: Millis | None = None,
    error: str | None = None,
    next_attempt_at: Millis | None = None,
) -> bool:
    cursor = await connection.execute(
        _SQL["finish_delivery"],
        {
            "id": delivery.id,
            "attempts": delivery.attempts,
            "status": status,
            "sent_at": Moment.of(sent_at),
            "error": error,
            "next_attempt_at": Moment.of(next_attempt_at),
        },
    )
    return cursor.rowcount == 1
