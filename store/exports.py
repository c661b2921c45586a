"""Packages of figures for another system: numbered without gaps, kept as they were sent, to be sent again at will."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("exports")


class Package(Struct, frozen=True):
    """Figures of a region and day on their way."""

    receiver: str
    number: int
    region: str
    day: int
    revision: int | None
    digest: bytes
    body: bytes
    made_at: Millis

    @property
    def key(self) -> str:
        """What a receiver knows it by."""
        return key_of(self.receiver, self.number)


class Said(Struct, frozen=True):
    """What was said last of a region and day."""

    number: int
    revision: int | None
    said: bytes  # SHA-256 of the content without what it replaces


class Standing(Struct, frozen=True):
    """How far a receiver has come."""

    receiver: str
    last_number: int
    sent: int | None  # the newest
    waiting: int
    first: int | None  # of those that wait
    since: Millis | None
    error: str | None  # what was last said of that one
    set_aside: list[int]


def key_of(receiver: str, number: int) -> str:
    """What a receiver knows a package by, however often it comes.

    >>> key_of("national", 12)
    'national-000000012'
    """
    return f"{receiver}-{number:09}"


async def claim(connection: Connection, receiver: str) -> None:
    """Nobody else makes packages for this receiver until the transaction ends."""
    await connection.execute(_SQL["claim_receiver"], {"receiver": receiver})


async def claim_sending(connection: Connection, receiver: str) -> bool:
    """Nobody else sends to this receiver until the connection ends; False: somebody does."""
    row = await (await connection.execute(_SQL["claim_sending"], {"receiver": receiver})).fetchone()
    return row is not None and bool(row[0])


async def newest(connection: Connection, receiver: str, region: str, day: int) -> Said | None:
    """What was said last of a region and day; None: nothing."""
    values = {"receiver": receiver, "region": region, "day": day}
    row = await (await connection.execute(_SQL["newest_export"], values)).fetchone()
    return None if row is None else Said(row[0], row[1], bytes(row[2]))


async def told_otherwise(connection: Connection, receiver: str, since: int, today: int) -> list[tuple[str, int]]:
    """(region, day) of what was frozen anew since it was packed, or never and may have changed: from that day on."""
    values = {"receiver": receiver, "since": since, "today": today}
    return [(row[0], row[1]) for row in await (await connection.execute(_SQL["told_otherwise"], values)).fetchall()]


async def add(
    connection: Connection,
    receiver: str,
    region: str,
    day: int,
    revision: int | None,
    body: bytes,
    said: bytes,
    replaces: int | None,
    now: Millis,
) -> int:
    """The package waits under the next number, which is returned; the receiver is claimed."""
    values = {
        "receiver": receiver,
        "region": region,
        "day": day,
        "revision": revision,
        "digest": sha256(body).digest(),
        "body": body,
        "said": said,
        "replaces": replaces,
        "now": Moment(now),
    }
    row = await (await connection.execute(_SQL["add_export"], values)).fetchone()
    assert row is not None
    return int(row[0])


async def waiting(connection: Connection, receiver: str, limit: int = 1) -> list[Package]:
    """What was not sent yet, in its order."""
    cursor = await connection.execute(_SQL["exports_waiting"], {"receiver": receiver, "limit": limit})
    return [Package(*row) for row in await cursor.fetchall()]


async def sent(connection: Connection, package: Package, now: Millis) -> None:
    """It was sent."""
    values = {"receiver": package.receiver, "number": package.number, "now": Moment(now)}
    await connection.execute(_SQL["export_sent"], values)


async def failed(connection: Connection, package: Package, error: str) -> None:
    """It was not taken, and why."""
    values = {"receiver": package.receiver, "number": package.number, "error": error}
    await connection.execute(_SQL["export_failed"], values)


async def send_again(connection: Connection, receiver: str, first: int, last: int) -> int:
    """Packages of these days are to be sent once more, as they were; how many."""
    values = {"receiver": receiver, "first": first, "last": last}
    return (await connection.execute(_SQL["send_again"], values)).rowcount


async def set_aside(connection: Connection, receiver: str, number: int, by: str, why: str) -> bool:
    """A package that will never be taken is not sent; False: it does not wait."""
    values = {"receiver": receiver, "number": number, "by": by, "why": why}
    return (await connection.execute(_SQL["set_aside"], values)).rowcount == 1


async def standing(connection: Connection, receiver: str | None) -> list[Standing]:
    """How far each receiver has come, or one."""
    cursor = await connection.execute(_SQL["standing"], {"receiver": receiver})
    return [Standing(*row) for row in await cursor.fetchall()]


async def received(connection: Connection, receiver: str, number: int, digest: bytes, at: Millis) -> bool:
    """The receiver has it; False: we never made that content under that number."""
    values = {"receiver": receiver, "number": number, "digest": digest, "at": Moment(at)}
    return (await connection.execute(_SQL["export_received"], values)).rowcount == 1


async def without_receipt(connection: Connection, receiver: str) -> list[int]:
    """Numbers for which no receipt came, though one came for a later number."""
    cursor = await connection.execute(_SQL["without_receipt"], {"receiver": receiver})
    return [number for (number,) in await cursor.fetchall()]
