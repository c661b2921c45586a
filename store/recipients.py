"""Recipients: who is told, until rosters exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from detectors.detector import Severity
from store import registry
from store.connection import Connection
from store.registered import Key
from store.registration import Change, Difference
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


async def take_in(connection: Connection, rows: Sequence[RecipientRow], dry_run: bool) -> list[Difference]:
    """What the file changes; exactly its recipients are told afterwards, unless it is a dry run."""
    known = await read(connection)
    codes = await registry.codes_of(connection, [one.facility_id for one in known if one.facility_id is not None])
    before = {_key(one.channel, one.address, one.region_prefix, codes.get(one.facility_id or 0)): one for one in known}
    found = []
    for row in rows:
        key = _key(row.channel, row.address, row.region, row.facility)
        was = before.pop(key, None)
        if was is None:
            found.append(Difference("recipients", key, "new"))
        elif was.severity != Severity[row.severity]:
            change = Change("severity", Severity(was.severity).name, row.severity)
            found.append(Difference("recipients", key, "changed", (change,)))
        else:
            found.append(Difference("recipients", key, "unchanged"))
    found += [Difference("recipients", key, "removed") for key in before]
    if not dry_run:
        await replace(connection, rows)
    return found


def _key(channel: str, address: str, region: str | None, facility: str | None) -> Key:
    return (f"{channel} {address}", facility or region or "")


async def read(connection: Connection) -> list[Recipient]:
    """Everybody who may be told."""
    return [Recipient(*row) for row in await (await connection.execute(_SQL["recipients"])).fetchall()]
