"""Recipients: who is told, until rosters exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from detectors.detector import Severity
from store import registry
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("recipients")


class RecipientRow(Protocol):
    """A row of recipients.csv."""

    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def region(self) -> str | None: ...
    @property
    def facility(self) -> str | None: ...


class Recipient(Struct, frozen=True):
    """Somebody who is told of alerts of a severity or worse, where region and facility fit."""

    id: int
    region_prefix: str | None
    facility_id: int | None
    channel: str
    address: str
    severity: int  # 1 (P1) to 4 (C): this or worse


async def replace(connection: Connection, rows: Sequence[RecipientRow]) -> None:
    """Exactly these recipients are told: a file is the whole truth. Unknown facilities become provisional."""
    codes = [row.facility for row in rows if row.facility is not None]
    facilities = await registry.lock_facilities(connection, codes)
    ids = []
    for row in rows:
        values = {
            "region": row.region,
            "facility_id": None if row.facility is None else facilities[row.facility].id,
            "channel": row.channel,
            "address": row.address,
            "severity": int(Severity[row.severity]),
        }
        found = await (await connection.execute(_SQL["add_recipient"], values)).fetchone()
        assert found is not None
        ids.append(found[0])
    await connection.execute(_SQL["keep_recipients"], {"ids": ids})


async def read(connection: Connection) -> list[Recipient]:
    """Everybody who may be told."""
    return [Recipient(*row) for row in await (await connection.execute(_SQL["recipients"])).fetchall()]
