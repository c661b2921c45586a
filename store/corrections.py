"""Corrections: which originals still count, and what stands in the place of others.

A correction names its original by id and time, may come before it, and only
reaches inside its own facility.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec

from detectors.observations import Correction
from store.codes import ACTIONS
from store.connection import Connection, Moment
from store.copying import ResidentIds
from store.observations import EventKey, Touched
from store.rows import ObservationRow
from store.sql import statements

_SQL: Final = statements("corrections")


async def add(
    connection: Connection, rows: Iterable[ObservationRow], facility_ids: Mapping[str, int], resident_ids: ResidentIds
) -> set[EventKey]:
    """Keeps the corrections among the rows that came in time; the originals they name, to be settled."""
    values = [_values(row, row.element, facility_ids, resident_ids) for row in rows if _counts(row)]
    if values:
        await connection.cursor().executemany(_SQL["add_correction"], values)
    return {(value["corrects_at"].at, value["corrects_id"]) for value in values}


async def remove(connection: Connection, corrections: Collection[EventKey]) -> tuple[set[EventKey], list[Touched]]:
    """Corrections that turned out to be other events are gone: (originals to settle, timelines that changed)."""
    if not corrections:
        return set(), []
    cursor = await connection.execute(_SQL["remove_corrections"], _keys(corrections))
    originals, touched = set(), []
    for corrects_at, corrects_id, correction_id, resident_id, replacement_at in await cursor.fetchall():
        originals.add((corrects_at, corrects_id))
        if resident_id is not None:
            touched.append(Touched(resident_id, replacement_at, correction_id))
    return originals, touched


async def waiting(
    connection: Connection, rows: Collection[ObservationRow], facility_ids: Mapping[str, int]
) -> set[EventKey]:
    """The keys among these rows that a correction already names: it came before its original."""
    keys = {(row.observed_at, row.event_id) for row in rows}
    if not keys:
        return set()
    parameters = _bounds(keys) | {"facilities": sorted({facility_ids[row.facility] for row in rows})}
    cursor = await connection.execute(_SQL["waiting"], parameters)
    return keys.intersection(await cursor.fetchall())


async def settle(connection: Connection, originals: Collection[EventKey]) -> list[Touched]:
    """The last correction of each original is in force; the places in timelines where this changed something."""
    if not originals:
        return []
    replaced = await connection.execute(_SQL["settle_corrections"], _keys(originals))
    found = await replaced.fetchall()
    marked = await connection.execute(_SQL["settle_effects"], _keys(originals) | _bounds(originals))
    found += await marked.fetchall()
    return sorted({Touched(*place) for place in found if place[0] is not None})


def _counts(row: ObservationRow) -> bool:
    return isinstance(row.element, Correction) and row.counts


def _values(
    row: ObservationRow, correction: object, facility_ids: Mapping[str, int], resident_ids: ResidentIds
) -> dict[str, Any]:
    assert isinstance(correction, Correction)
    replacement = correction.replacement
    whose = correction.replacement_resident or row.resident
    has_place = replacement is not None and whose is not None
    return {
        "corrects_at": Moment(correction.corrects_at),
        "corrects_id": correction.corrects,
        "at": Moment(row.observed_at),
        "correction_id": row.event_id,
        "facility_id": facility_ids[row.facility],
        "action": ACTIONS.number[correction.action],
        "replacement_resident_id": resident_ids[row.facility, whose] if has_place and whose is not None else None,
        "replacement_at": Moment(replacement.at) if replacement is not None else None,
        "replacement": msgspec.json.encode(replacement).decode() if replacement is not None else None,
    }


def _keys(keys: Collection[EventKey]) -> dict[str, Any]:
    return {"times": [Moment(at) for at, _ in keys], "ids": [event_id for _, event_id in keys]}


def _bounds(keys: Collection[EventKey]) -> dict[str, Any]:
    return {"first": Moment(min(keys)[0]), "last": Moment(max(keys)[0])}
