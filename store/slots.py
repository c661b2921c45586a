"""Slots of a channel: as many as it takes messages in a window, shared by all senders.

A slot is taken before a message leaves, and free again a window after the
answer: whatever the network did in between, the channel never counts one more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from detectors.times import Millis
from store.connection import Connection, Moment
from store.deliveries import Way
from store.sql import statements

_SQL: Final = statements("slots")


async def make(connection: Connection, place: Way, number: int) -> None:
    """The place has this many slots."""
    await connection.execute(_SQL["make_slots"], {"channel": place[0], "address": place[1], "number": number})


async def take(
    connection: Connection, place: Way, now: Millis, *, between: tuple[int, int], limit: int, until: Millis
) -> list[int]:
    """Up to `limit` free slots with numbers in `between`, taken until then if nobody gives them back."""
    cursor = await connection.execute(
        _SQL["take_slots"],
        {
            "channel": place[0],
            "address": place[1],
            "first": between[0],
            "last": between[1],
            "now": Moment(now),
            "until": Moment(until),
            "limit": limit,
        },
    )
    return sorted(row[0] for row in await cursor.fetchall())


async def free_at(connection: Connection, place: Way, last: int, now: Millis, lease: Millis) -> list[Millis]:
    """When each of the slots up to `last` is free, as far as one can tell."""
    values = {"channel": place[0], "address": place[1], "last": last, "now": Moment(now), "lease": lease}
    return [row[0] for row in await (await connection.execute(_SQL["free_at"], values)).fetchall()]


async def give_back(connection: Connection, place: Way, slots: Iterable[int], at: Millis) -> None:
    """These slots are free again from `at` on."""
    values = {"channel": place[0], "address": place[1], "slots": list(slots), "at": Moment(at)}
    await connection.execute(_SQL["give_back"], values)
