"""What facility reports say of devices, as they count now: part of the timeline of each facility.

`equipment` is derived from observations and corrections. Whoever stores either
settles the rows it touches in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from detectors.observations import Equipment
from detectors.places import CASE_HORIZON
from detectors.times import Millis
from store import cases
from store.connection import Connection, Moment
from store.observations import EventKey
from store.sql import statements

_SQL: Final = statements("equipment")


class _Report(Struct, frozen=True):
    oximeters_working: int | None = None
    oxygen_devices_working: int | None = None


_read: Final = msgspec.json.Decoder(_Report).decode


def equipment_in(at: Millis, event_id: str, rest: bytes | str | None) -> Equipment:
    """What a report says of devices; `rest` is what it says beyond the common fields."""
    said = _read(rest or b"{}")
    return Equipment(at, event_id, said.oximeters_working, said.oxygen_devices_working)


async def settle(
    connection: Connection, keys: Collection[EventKey], facility_ids: Iterable[int]
) -> tuple[list[tuple[int, Equipment]], list[tuple[int, Equipment]]]:
    """It is as these reports and corrections count now; what went and what came, by facility id."""
    if not keys:
        return [], []
    every = await cases.expanded(connection, keys)
    times = [at for at, _ in every]
    values = cases.keys_of(every) | {
        "facilities": list(facility_ids),
        "first": Moment(min(times)),
        "last": Moment(max(times)),
        "horizon": timedelta(milliseconds=CASE_HORIZON),
    }
    gone = await _rows(connection, "drop_equipment", values)
    come = await _rows(connection, "add_equipment", values)
    return [one for one in gone if one not in come], [one for one in come if one not in gone]


async def of_facility(connection: Connection, facility_id: int, since: Millis) -> list[Equipment]:
    """What a facility said of its devices since a time, in order."""
    values = {"facility": facility_id, "since": Moment(since)}
    return [one for _, one in await _rows(connection, "equipment_of", values)]


async def _rows(connection: Connection, name: str, values: dict[str, Any]) -> list[tuple[int, Equipment]]:
    cursor = await connection.execute(_SQL[name], values)
    return [(facility_id, Equipment(*said)) for facility_id, *said in await cursor.fetchall()]
