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
        """What a receiver knows it by, however often it comes.

        >>> Package("national", 12, "370000", 20_784, 1, b"", b"", 0).key
        'national-000000012'
        """
        return f"{self.receiver}-{self.number:09}"


async def queue(
    connection: Connection, receiver: str, region: str, day: int, revision: int | None, body: bytes, now: Millis
) -> int | None:
    """The package waits under the next number; None: the newest one says the same. In the caller's transaction."""
    values = {
        "receiver": receiver,
        "region": region,
        "day": day,
        "revision": revision,
        "digest": sha256(body).digest(),
        "body": body,
        "now": Moment(now),
    }
    number = await (await connection.execute(_SQL["next_export_number"], values)).fetchone()
    assert number is not None
    if await (await connection.execute(_SQL["export_is_there"], values)).fetchone() is not None:
        await connection.execute(_SQL["take_number_back"], values)
        return None
    await connection.execute(_SQL["add_export"], values | {"number": number[0]})
    return int(number[0])


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


async def received(connection: Connection, receiver: str, number: int, digest: bytes, at: Millis) -> bool:
    """The receiver has it; False: we never made that content under that number."""
    values = {"receiver": receiver, "number": number, "digest": digest, "at": Moment(at)}
    return (await connection.execute(_SQL["export_received"], values)).rowcount == 1


async def without_receipt(connection: Connection, receiver: str) -> list[int]:
    """Numbers for which no receipt came, though one came for a later number."""
    cursor = await connection.execute(_SQL["without_receipt"], {"receiver": receiver})
    return [number for (number,) in await cursor.fetchall()]
