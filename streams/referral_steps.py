"""Steps of referrals among new rows: on record once, as corrections leave them, and their referrals follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from alerts.referring import Scene, settle
from store import referrals
from store.connection import Connection
from store.rows import EventType, ObservationRow
from streams.homes import Home

_CONCERNED: Final = (EventType.referral_step, EventType.correction)


async def take_steps(connection: Connection, rows: Iterable[ObservationRow], homes: Mapping[str, Home]) -> None:
    """After corrections had their effect: the steps among the rows, and those taken back, are settled."""
    keys = {(row.observed_at, row.event_id) for row in rows if row.type in _CONCERNED}
    if not keys:
        return
    by_id = {home.id: home for home in homes.values()}
    touched: dict[int, set[str]] = {}
    for facility_id, code in await referrals.settle_events(connection, keys, by_id):
        touched.setdefault(facility_id, set()).add(code)
    for facility_id, codes in touched.items():
        await settle(connection, Scene(facility_id, by_id[facility_id].rules), codes)
