"""Sirens of open inboxes: when each was last tested, and when it was last known to be open with its sound on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("sirens")


class Siren(Struct, frozen=True):
    """The inbox of one account."""

    name: str
    desk: str | None
    tested_at: Millis
    heard_at: Millis
    regions: Sequence[str]  # what the account answers for
    facilities: Sequence[str]

    def is_for(self, facility: str, region: str | None) -> bool:
        """Its page rings for this facility."""
        return facility in self.facilities or any((region or "").startswith(one) for one in self.regions)


async def tested(connection: Connection, account_id: int, at: Millis) -> None:
    """Somebody has heard it."""
    await connection.execute(_SQL["tested"], {"account": account_id, "at": Moment(at)})


async def goes_on(connection: Connection, account_id: int, at: Millis) -> None:
    """The page is open, and its sound is on; one that was never tested is nobody's."""
    await connection.execute(_SQL["goes_on"], {"account": account_id, "at": Moment(at)})


async def tested_since(connection: Connection, at: Millis) -> list[Siren]:
    """The inboxes that were tested since a time."""
    return [Siren(*row) for row in await (await connection.execute(_SQL["sirens"], {"since": Moment(at)})).fetchall()]
