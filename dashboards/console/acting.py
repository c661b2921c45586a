"""What a person does on the page: one transaction with its record, under the facility's lock."""

from __future__ import annotations

from msgspec import Struct

from alerts.alert import acknowledged
from detectors.times import Millis
from store import alerts, registry
from store.alerts import ActionRow
from store.connection import Pool, reading, transaction
from store.console import AlertLine


class Acknowledgement(Struct, frozen=True):
    """Who looked, and what they say."""

    actor: str
    comment: str | None


async def acknowledge(pool: Pool, line: AlertLine, given: Acknowledgement, now: Millis) -> bool:
    """The alert is acknowledged and the action recorded; False when somebody was quicker or it is closed."""
    async with reading(pool) as connection, transaction(connection):
        await registry.lock_facilities(connection, [line.facility])
        row = await alerts.lock(connection, line.id)
        if row is None or row.closed_at is not None or row.signal not in ("on", "latched"):
            return False
        await alerts.save(connection, [acknowledged(row, given.actor, given.comment, now)])
        await alerts.act(connection, ActionRow(row.id, now, given.actor, "acknowledged", given.comment))
        return True
