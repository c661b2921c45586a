"""Observations: rows in through a staging table, elements out in order.

A row is known by (observed_at, event_id). Of several receipts of one event
the one received in time counts before the others, then the smallest
(received_at, content), whichever was processed first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from detectors.observations import (
    CheckIn,
    Element,
    Reading,
    SoftSign,
    Symptom,
    TestResult,
    Visit,
    VisitKind,
    VisitOutcome,
)
from detectors.times import Millis
from store.codes import CONSCIOUSNESS, PRESENCES, RESULTS, SITES, TESTS
from store.connection import Connection, Moment
from store.copying import COLUMNS, ResidentIds, copy_of
from store.rows import Fate, ObservationRow
from store.sql import statements

_SQL: Final = statements("observations")
_COPY: Final = f"copy staging ({COLUMNS}) from stdin (format binary)".encode()


class _Said(Struct, frozen=True):
    """What check-ins and visits say beyond the columns."""

    symptoms: tuple[Symptom, ...] | None = None
    soft_signs: tuple[SoftSign, ...] | None = None
    kind: VisitKind | None = None
    outcome: VisitOutcome | None = None


_read_said: Final = msgspec.json.Decoder(_Said).decode
_AT_ONCE: Final = 5_000
"""Rows of a cursor that travel together."""
_element_of: Final = msgspec.json.Decoder(Element).decode

EventKey = tuple[Millis, str]
"""(observed_at, event_id)"""


class Duplicate(Struct, frozen=True):
    """A received row whose key is known, beside what is stored of it."""

    row: ObservationRow
    facility_id: int
    resident_id: int | None
    received_at: Millis
    content: int
    fate: Fate
    effect: int  # 0 counts, 1 entered in error, 2 replaced
    in_batch: bool = False  # what is stored came in the same batch
    is_foreign: bool = False  # what is stored is another facility's: their senders gave the same id

    @property
    def key(self) -> EventKey:
        """What both have in common."""
        return self.row.observed_at, self.row.event_id

    @property
    def is_conflict(self) -> bool:
        """Same key, other content; what two facilities say is never the same."""
        return self.is_foreign or self.row.content != self.content

    @property
    def lifts(self) -> bool:
        """What was stored without effect has now been received in time."""
        return self.row.counts and self.fate in (Fate.late, Fate.out_of_window)

    @property
    def wins(self) -> bool:
        """The received row counts instead of the stored one. A facility never overrides another's."""
        stored = (_rank_of(self.fate), self.received_at, self.content)
        return not self.is_foreign and _precedence(self.row) < stored


class Touched(Struct, frozen=True, order=True):
    """A place in a resident's timeline at which something changed."""

    resident_id: int
    at: Millis
    id: str


async def add(
    connection: Connection, rows: Sequence[ObservationRow], facility_ids: Mapping[str, int], resident_ids: ResidentIds
) -> list[Duplicate]:
    """Stores the rows that are new, in the caller's transaction; the others come back beside what is stored."""
    if not rows:
        return []
    fresh: dict[EventKey, ObservationRow] = {}
    again: list[ObservationRow] = []
    for row in rows:
        key = row.observed_at, row.event_id
        known = fresh.setdefault(key, row)
        if known is not row:
            again.append(row if _precedence(known) <= _precedence(row) else known)
            fresh[key] = min(known, row, key=_precedence)
    await _stage(connection, fresh.values(), facility_ids, resident_ids)
    known_before = set(await (await connection.execute(_SQL["add_staged"])).fetchall())
    again += [fresh[key] for key in known_before]
    return await _beside(connection, again, known_before, facility_ids) if again else []


async def settle(
    connection: Connection,
    duplicates: Iterable[Duplicate],
    facility_ids: Mapping[str, int],
    resident_ids: ResidentIds,
) -> list[Touched]:
    """The better one of each key is stored, a loser with other content is kept; what this changes in timelines."""
    by_key: dict[EventKey, list[Duplicate]] = {}
    for duplicate in duplicates:
        by_key.setdefault(duplicate.key, []).append(duplicate)
    better: list[Duplicate] = []
    losers: list[ObservationRow] = []
    for group in by_key.values():
        best = min((one for one in group if one.wins), key=_rank, default=None)
        if best is not None:
            better.append(best)
        counts = group[0].content if best is None else best.row.content
        losers += [one.row for one in group if one.is_foreign or one.row.content != counts]
    if losers:
        await _stage(connection, losers, facility_ids, resident_ids)
        await connection.execute(_SQL["keep_staged_as_conflicts"])
    if better:
        await _replace(connection, [duplicate.row for duplicate in better], facility_ids, resident_ids)
    touched = {touched for duplicate in better for touched in _changes(duplicate, resident_ids)}
    # A caller that leaves every duplicate out of what is new would never judge the first of two in one batch.
    touched |= {
        Touched(one.resident_id, *one.key)
        for group in by_key.values()
        for one in group
        if one.in_batch and one.resident_id is not None
    }
    return sorted(touched)


async def window(
    connection: Connection, facility_id: int, resident_ids: Sequence[int], since: Millis, until: Millis
) -> dict[int, list[Element]]:
    """The elements that count with since <= at < until, per resident in order of (at, id); all have a list."""
    bounds = {
        "facility": facility_id,
        "residents": list(resident_ids),
        "since": Moment(since),
        "until": Moment(until),
    }
    found: dict[int, list[Element]] = {resident_id: [] for resident_id in resident_ids}
    async for resident_id, *columns in await connection.execute(_SQL["window"], bounds):
        found[resident_id].append(element_of(columns))
    async for resident_id, replacement in await connection.execute(_SQL["replacements"], bounds):
        found[resident_id].append(_element_of(replacement))
    for elements in found.values():
        elements.sort(key=_order)
    return found


async def lives(
    connection: Connection, facility_id: int, resident_ids: Sequence[int], since: Millis, until: Millis
) -> AsyncIterator[tuple[int, list[Element]]]:
    """As `window`, one resident after the other, so that no more than one is in memory; in the caller's transaction."""
    bounds = {
        "facility": facility_id,
        "residents": list(resident_ids),
        "since": Moment(since),
        "until": Moment(until),
    }
    moved: dict[int, list[Element]] = {}
    async for resident_id, replacement in await connection.execute(_SQL["replacements"], bounds):
        moved.setdefault(resident_id, []).append(_element_of(replacement))
    left = set(resident_ids)
    async with connection.cursor(name="lives", binary=True) as cursor:
        cursor.itersize = _AT_ONCE
        await cursor.execute(_SQL["window"], bounds)
        who, mine = 0, list[Element]()
        async for resident_id, *columns in cursor:
            if resident_id != who:
                if who:
                    yield who, sorted([*mine, *moved.get(who, [])], key=_order)
                who, mine = resident_id, []
                left.discard(who)
            mine.append(element_of(columns))
    if who:
        yield who, sorted([*mine, *moved.get(who, [])], key=_order)
    for resident_id in sorted(left):
        yield resident_id, sorted(moved.get(resident_id, []), key=_order)


# ---------------------------------------------------------------- inside


def _precedence(row: ObservationRow) -> tuple[int, Millis, int]:
    return _rank_of(row.fate), row.received_at, row.content


def _rank_of(fate: Fate) -> int:
    """In time comes before late, and late, which may still be a case, before what no clock allows."""
    return {Fate.late: 1, Fate.out_of_window: 2}.get(fate, 0)


def _rank(duplicate: Duplicate) -> tuple[int, Millis, int]:
    return _precedence(duplicate.row)


def _order(element: Element) -> EventKey:
    return element.at, element.id


async def _stage(
    connection: Connection, rows: Iterable[ObservationRow], facility_ids: Mapping[str, int], resident_ids: ResidentIds
) -> None:
    """Only these rows are in the staging table."""
    stream = copy_of(rows, facility_ids, resident_ids)
    await connection.execute(_SQL["make_staging"])
    await connection.execute(_SQL["empty_staging"])
    async with connection.cursor().copy(_COPY) as copy:
        await copy.write(stream)


async def _beside(
    connection: Connection, rows: list[ObservationRow], known_before: set[EventKey], facility_ids: Mapping[str, int]
) -> list[Duplicate]:
    times = [row.observed_at for row in rows]
    cursor = await connection.execute(
        _SQL["stored_of"],
        {
            "times": [Moment(at) for at in times],
            "ids": [row.event_id for row in rows],
            "first": Moment(min(times)),
            "last": Moment(max(times)),
        },
    )
    stored = {(at, event_id): values for at, event_id, *values in await cursor.fetchall()}
    duplicates = []
    for row in rows:
        key = row.observed_at, row.event_id
        facility_id, resident_id, received_at, content, fate, effect = stored[key]
        in_batch = key not in known_before
        is_foreign = facility_ids[row.facility] != facility_id
        duplicates.append(
            Duplicate(row, facility_id, resident_id, received_at, content, Fate(fate), effect, in_batch, is_foreign)
        )
    return duplicates


async def _replace(
    connection: Connection, rows: list[ObservationRow], facility_ids: Mapping[str, int], resident_ids: ResidentIds
) -> None:
    """The rows are stored instead of what was; the effect of corrections is settled anew by the caller."""
    times = [row.observed_at for row in rows]
    bounds = {"first": Moment(min(times)), "last": Moment(max(times))}
    await _stage(connection, rows, facility_ids, resident_ids)
    await connection.execute(_SQL["keep_replaced_as_conflicts"], bounds)
    await connection.execute(_SQL["forget_conflicts_of_staged"])
    await connection.execute(_SQL["remove_replaced"], bounds)
    await connection.execute(_SQL["put_staged"])


def _changes(duplicate: Duplicate, resident_ids: ResidentIds) -> Iterable[Touched]:
    row = duplicate.row
    if not duplicate.is_conflict and not duplicate.lifts:
        return
    if duplicate.resident_id is not None:
        yield Touched(duplicate.resident_id, row.observed_at, row.event_id)
    if row.resident is not None:
        yield Touched(resident_ids[row.facility, row.resident], row.observed_at, row.event_id)


def element_of(columns: list[Any]) -> Element:
    kind, at, event_id, spo2, pulse, breaths, temperature, site, systolic, conscious, *others = columns
    on_oxygen, after_activity, continuous, doubt, presence, test, result, pathogen, said, unit = others
    if kind == 1:
        words = SITES.word[site], CONSCIOUSNESS.word[conscious]
        return Reading(
            at,
            event_id,
            spo2,
            pulse,
            breaths,
            temperature,
            words[0],
            systolic,
            words[1],
            on_oxygen,
            after_activity,
            continuous,
            doubt,
        )
    if kind == 2:
        return TestResult(at, event_id, TESTS.word[test], RESULTS.word[result], pathogen or "sars-cov-2", unit)
    told = _read_said(said or b"{}")
    if kind == 8:
        assert told.kind is not None
        assert told.outcome is not None
        return Visit(at, event_id, told.kind, told.outcome)
    return CheckIn(at, event_id, PRESENCES.word[presence], told.symptoms, told.soft_signs, unit)
