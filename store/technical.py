"""Technical alerts: what of ours is broken, apart from anybody's health."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("technical")


class TechnicalAlert(Struct, frozen=True):
    """One thing that is broken."""

    id: int
    kind: str
    subject: str
    first_at: Millis
    last_at: Millis
    times: int
    said: str
    told_at: Millis | None


async def happened(connection: Connection, kind: str, subject: str, said: str, at: Millis) -> None:
    """It is broken, and is one alert however often it happens."""
    values = {"kind": kind, "subject": subject, "said": said, "at": Moment(at)}
    await connection.execute(_SQL["happened"], values)


async def open_ones(connection: Connection) -> list[TechnicalAlert]:
    """What is broken, the newest first."""
    return [TechnicalAlert(*row) for row in await (await connection.execute(_SQL["open_ones"])).fetchall()]


async def mended(connection: Connection, kind: str, before: Millis, at: Millis) -> None:
    """Alerts of a kind that have not happened since `before` are closed."""
    await connection.execute(_SQL["mended"], {"kind": kind, "before": Moment(before), "at": Moment(at)})
