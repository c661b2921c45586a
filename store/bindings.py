"""Bindings of shared devices: whose a reading is that names only its device.

A binding may come after the readings it claims; those of its device are then
given their owner, or another one. What nobody claims keeps no resident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from detectors.times import LATE_HORIZON, Millis
from store.connection import Connection, Moment
from store.observations import Duplicate, EventKey
from store.rows import EventType, Mark, ObservationRow
from store.sql import statements

_SQL: Final = statements("bindings")

_Place = tuple[int, str]
"""(facility, device)"""


class Claimed(Struct, frozen=True):
    """A reading whose owner changed."""

    facility_id: int
    before: int | None
    owner: int | None
    at: Millis
    id: str


async def settle_batch(
    connection: Connection,
    rows: Iterable[ObservationRow],
    duplicates: Sequence[Duplicate],
    facility_ids: Mapping[str, int],
) -> list[Claimed]:
    """After duplicates and corrections: every reading that named only its device has its owner, or none."""
    since: dict[_Place, Millis] = {}
    named: set[EventKey] = {one.key for one in duplicates if one.is_conflict or one.lifts}
    for row in rows:
        if row.type == EventType.device_binding:
            named.add((row.observed_at, row.event_id))
        elif row.marks & Mark.UNBOUND and row.device is not None:
            _extend(since, (facility_ids[row.facility], row.device), row.observed_at)
    for facility_id, device, begins in await _renew(connection, named):
        _extend(since, (facility_id, device), begins)
    return await _bind(connection, since)


def _extend(since: dict[_Place, Millis], place: _Place, at: Millis) -> None:
    since[place] = min(at, since.get(place, at))


async def _renew(connection: Connection, keys: Iterable[EventKey]) -> list[tuple[int, str, Millis]]:
    """These bindings are as they are stored; (facility, device, from when on one of them counted or counts)."""
    named = sorted(keys)
    if not named:
        return []
    values = {
        "times": [Moment(at) for at, _ in named],
        "ids": [event_id for _, event_id in named],
        "first": Moment(named[0][0]),
        "last": Moment(named[-1][0]),
        "horizon": LATE_HORIZON,
    }
    forgotten = await (await connection.execute(_SQL["forget_bindings"], values)).fetchall()
    return forgotten + await (await connection.execute(_SQL["keep_bindings"], values)).fetchall()


async def _bind(connection: Connection, since: Mapping[_Place, Millis]) -> list[Claimed]:
    if not since:
        return []
    values = {
        "facilities": [facility_id for facility_id, _ in since],
        "devices": [device for _, device in since],
        "since": [Moment(at) for at in since.values()],
        "first": Moment(min(since.values())),
    }
    return [Claimed(*row) for row in await (await connection.execute(_SQL["bind_readings"], values)).fetchall()]
