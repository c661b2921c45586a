"""The outbox as senders take from it: what is due at one place, locked, claimed, or left to another message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from detectors.times import Millis
from store.connection import Connection, Moment
from store.deliveries import DeliveryRow, Way, row_of
from store.sql import statements

_SQL: Final = statements("outbox")


async def drop_overtaken(connection: Connection, too_old: Millis) -> int:
    """What need not be told any more is not told, with the reason; how many."""
    return (await connection.execute(_SQL["drop_overtaken"], {"too_old": Moment(too_old)})).rowcount


async def places(connection: Connection, now: Millis, limit: int = 100) -> list[Way]:
    """Where something is due, the most urgent first, at most `limit` places of a channel."""
    cursor = await connection.execute(_SQL["places"], {"now": Moment(now), "limit": limit})
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def digest_waits(connection: Connection, place: Way) -> bool:
    """Something for a digest waits at this place."""
    row = await (await connection.execute(_SQL["digest_waits"], _place(place))).fetchone()
    assert row is not None
    return bool(row[0])


async def lock_singles(
    connection: Connection, place: Way, now: Millis, *, everything: bool, limit: int
) -> list[DeliveryRow]:
    """What goes in a message of its own, locked; `everything`: the channel knows no digests."""
    return await _rows(connection, "lock_singles", place, now, everything=everything, limit=limit)


async def lock_for_digest(connection: Connection, place: Way, now: Millis, limit: int) -> list[DeliveryRow]:
    """What may go together, locked."""
    return await _rows(connection, "lock_for_digest", place, now, limit=limit)


async def digest_again(connection: Connection, place: Way, now: Millis) -> list[DeliveryRow]:
    """The tellings of a digest that must go again, locked; empty: there is none."""
    return await _rows(connection, "digest_again", place, now)


async def claim(
    connection: Connection, ids: Iterable[int], lease_until: Millis, digest: int | None = None
) -> list[DeliveryRow]:
    """These are ours until the lease ends: a claim of a dead process ends by itself. The caller locked them."""
    values = {"ids": list(ids), "lease_until": Moment(lease_until), "digest": digest}
    cursor = await connection.execute(_SQL["claim"], values)
    return sorted((row_of(row) for row in await cursor.fetchall()), key=lambda one: (one.severity, one.id))


async def leave_to_digest(connection: Connection, ids: Iterable[int]) -> None:
    """These are named in a digest instead of a message of their own."""
    await connection.execute(_SQL["leave_to_digest"], {"ids": list(ids)})


async def pass_on(connection: Connection, ids: Iterable[int], reason: str) -> None:
    """These are told on the next channel instead."""
    await connection.execute(_SQL["pass_on"], {"ids": list(ids), "reason": reason})


async def _rows(connection: Connection, name: str, place: Way, now: Millis, **others: Any) -> list[DeliveryRow]:
    cursor = await connection.execute(_SQL[name], {**_place(place), "now": Moment(now), **others})
    return [row_of(row) for row in await cursor.fetchall()]


def _place(place: Way) -> dict[str, str]:
    return {"channel": place[0], "address": place[1]}
