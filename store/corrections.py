"""Corrections: which originals still count, and what stands in the place of others.

A correction names its original by id and time, may come before it, and only
reaches inside its own facility.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from detectors.corrections import is_in_time
from detectors.observations import Correction
from detectors.places import CASE_HORIZON
from store import observations
from store.codes import ACTIONS
from store.connection import Connection, Moment
from store.copying import ResidentIds
from store.observations import Duplicate, EventKey, Touched
from store.rows import ObservationRow
from store.sql import statements

_SQL: Final = statements("corrections")


async def settle_batch(
    connection: Connection,
    rows: Sequence[ObservationRow],
    duplicates: Sequence[Duplicate],
    facility_ids: Mapping[str, int],
    resident_ids: ResidentIds,
) -> list[Touched]:
    """After `observations.add`: the better of each duplicate is stored and every correction has its effect.

    The places in timelines where something changed beside the rows that were simply new.
    """
    touched = await observations.settle(connection, duplicates, facility_ids, resident_ids)
    originals = await add(connection, rows, facility_ids, resident_ids)
    originals |= await _void(connection, {duplicate.key for duplicate in duplicates if duplicate.is_conflict})
    originals |= await waiting(connection, rows, facility_ids)
    return sorted({*touched, *await settle(connection, originals)})


async def add(
    connection: Connection, rows: Iterable[ObservationRow], facility_ids: Mapping[str, int], resident_ids: ResidentIds
) -> set[EventKey]:
    """Keeps the corrections among the rows that came in time; the originals they name, to be settled.

    The rows have been stored: one that lost against other content of the same id stays void, and so does one that
    came in time for cases only.
    """
    values = [_values(row, row.element, facility_ids, resident_ids) for row in rows if _counts(row)]
    if values:
        await connection.cursor().executemany(_SQL["add_correction"], values)
    return await _void(connection, {(value["at"].at, value["correction_id"]) for value in values})


async def waiting(
    connection: Connection, rows: Collection[ObservationRow], facility_ids: Mapping[str, int]
) -> set[EventKey]:
    """The keys among these rows that a correction already names: it came before its original."""
    if not rows:
        return set()
    times = [row.observed_at for row in rows]
    parameters = {
        "first": Moment(min(times)),
        "last": Moment(max(times)),
        "facilities": sorted({facility_ids[row.facility] for row in rows}),
    }
    named = set(await (await connection.execute(_SQL["waiting"], parameters)).fetchall())
    return named.intersection((row.observed_at, row.event_id) for row in rows) if named else named


async def settle(connection: Connection, originals: Collection[EventKey]) -> list[Touched]:
    """The last correction of each original is in force; the places in timelines where this changed something."""
    if not originals:
        return []
    replaced = await connection.execute(_SQL["settle_corrections"], _keys(originals))
    found = await replaced.fetchall()
    marked = await connection.execute(_SQL["settle_effects"], _keys(originals) | _bounds(originals))
    found += await marked.fetchall()
    return sorted({Touched(*place) for place in found if place[0] is not None})


async def _void(connection: Connection, corrections: Collection[EventKey]) -> set[EventKey]:
    """Only what is stored counts; the originals named by corrections with these keys."""
    if not corrections:
        return set()
    parameters = _bounds(corrections) | {"ids": [event_id for _, event_id in corrections]}
    return set(await (await connection.execute(_SQL["void_corrections"], parameters)).fetchall())


def _counts(row: ObservationRow) -> bool:
    if not isinstance(row.element, Correction):
        return False
    return row.counts or is_in_time(row.element, row.received_at, CASE_HORIZON)


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
        "content": row.content,
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
