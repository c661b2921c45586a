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
    alert_id: int | None  # the last health alert that it hindered; of a county the first


async def happened(
    connection: Connection, kind: str, subject: str, said: str, at: Millis, alert_id: int | None = None
) -> None:
    """It is broken, and is one alert however often it happens."""
    values = {"kind": kind, "subject": subject, "said": said, "at": Moment(at), "alert_id": alert_id}
    await connection.execute(_SQL["happened"], values)


async def open_ones(connection: Connection) -> list[TechnicalAlert]:
    """What is broken, the newest first."""
    return [TechnicalAlert(*row) for row in await (await connection.execute(_SQL["open_ones"])).fetchall()]


async def claim_untold(connection: Connection, now: Millis, told_before: Millis) -> list[TechnicalAlert]:
    """What the desk must hear of, told as of now; what it was told of after `told_before` is not said again."""
    values = {"now": Moment(now), "told_before": Moment(told_before)}
    cursor = await connection.execute(_SQL["claim_untold"], values)
    return [TechnicalAlert(*row) for row in await cursor.fetchall()]


async def close(connection: Connection, number: int, at: Millis) -> bool:
    """It is over; False: somebody else has said so."""
    cursor = await connection.execute(_SQL["close"], {"id": number, "at": Moment(at)})
    return cursor.rowcount == 1


async def mended(connection: Connection, kind: str, before: Millis, at: Millis) -> None:
    """Alerts of a kind that have not happened since `before` are closed."""
    await connection.execute(_SQL["mended"], {"kind": kind, "before": Moment(before), "at": Moment(at)})


async def well_again(connection: Connection, kind: str, subject: str, at: Millis) -> None:
    """One thing works again; nothing happens where nothing was broken."""
    await connection.execute(_SQL["well_again"], {"kind": kind, "subject": subject, "at": Moment(at)})
