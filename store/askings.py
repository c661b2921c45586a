"""Hospitals that were asked for a bed, and which of them nobody has told yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("askings")


class Asking(Struct, frozen=True):
    """A hospital that was asked; `is_waiting`: it still is, and has not answered."""

    facility_id: int
    facility: str
    referral: str
    hospital: str
    asked_at: Millis
    alert_id: int | None
    resident_id: int | None
    is_waiting: bool
    name: str  # of the hospital
    phones: str | None


async def add(connection: Connection, facility_id: int, asked: Iterable[tuple[str, str, Millis]]) -> None:
    """These (referral, hospital, when) are to be told; those that are known stay as they are."""
    values = [
        {"facility": facility_id, "referral": referral, "hospital": hospital, "at": Moment(at)}
        for referral, hospital, at in asked
    ]
    if values:
        await connection.cursor().executemany(_SQL["add_asking"], values)


async def claim(connection: Connection, now: Millis, limit: int) -> list[Asking]:
    """Askings that nobody has seen to yet; from now on somebody has."""
    cursor = await connection.execute(_SQL["claim_askings"], {"now": Moment(now), "limit": limit})
    return [Asking(*row) for row in await cursor.fetchall()]
