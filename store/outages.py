"""When did we not look? Gateways beat while they can take something in; a gap between beats is an outage of ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import Struct

from detectors import observations
from detectors.times import NEVER, Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("outages")

BEAT_SECONDS: Final = 15.0
PATIENCE: Final = timedelta(seconds=90)
"""Without any beat for so long no gateway took anything in (own choice: senders try again within a minute)."""

LEAST: Final = timedelta(minutes=30)
"""A shorter one silences nobody: what is sent again within the hour counts as it happened (detectors.contacts)."""


class Outage(Struct, frozen=True):
    """We did not look from `began_at` on; no end: it lasts."""

    began_at: Millis
    ended_at: Millis | None


class LongOutage(Struct, frozen=True):
    """One during which silence says nothing; `change` counts the beginnings and ends of such ones up to its own."""

    outage: observations.Outage
    change: int


async def beat(connection: Connection, now: Millis) -> None:
    """A gateway can take something in; the time since the last beat was an outage if it was long."""
    await connection.execute(_SQL["beat"], {"now": Moment(now), "patience": PATIENCE})


async def look(connection: Connection, now: Millis) -> None:
    """An outage that lasts is on record."""
    await connection.execute(_SQL["look"], {"now": Moment(now), "patience": PATIENCE})


async def between(connection: Connection, since: Millis, until: Millis) -> list[Outage]:
    """The outages that touch a stretch of time."""
    cursor = await connection.execute(_SQL["outages"], {"since": Moment(since), "until": Moment(until)})
    return [Outage(*row) for row in await cursor.fetchall()]


async def long_ones(connection: Connection, now: Millis) -> list[LongOutage]:
    """Every outage that was, or is by now, too long for what is sent again to come as it happens."""
    cursor = await connection.execute(_SQL["long_outages"], {"now": Moment(now), "least": LEAST})
    return [
        LongOutage(observations.Outage(began, "outage", NEVER if ended is None else ended), change)
        for began, ended, change in await cursor.fetchall()
    ]
