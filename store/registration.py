"""Registering facilities, residents and recipients: the rows of the three CSV files, in one transaction each.

The files are read by `ingest.registry`; its rows fit the protocols here. The
same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from msgspec import structs

from detectors.times import Millis
from store import registry
from store.connection import Connection, Moment
from store.profiles import FacilityFacts, Recorded, ResidentFacts, facility_rows, in_force, resident_rows
from store.sql import statements

_SQL: Final = statements("profiles")


class FacilityRow(Protocol):
    """A row of facilities.csv."""

    @property
    def facility(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def region(self) -> str | None: ...
    @property
    def zone(self) -> str: ...
    @property
    def altitude_m(self) -> int: ...
    @property
    def rural(self) -> bool: ...
    @property
    def temperature_site(self) -> str: ...
    @property
    def cutoffs(self) -> tuple[int, ...]: ...
    @property
    def mode(self) -> str: ...
    @property
    def phones(self) -> str: ...
    @property
    def drill(self) -> bool: ...


class ResidentRow(Protocol):
    """A row of residents.csv; without `valid_from` it counts from now."""

    @property
    def facility(self) -> str: ...
    @property
    def resident(self) -> str: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def bed(self) -> str | None: ...
    @property
    def birth_year(self) -> int | None: ...
    @property
    def tier(self) -> str | None: ...
    @property
    def spo2_scale(self) -> int: ...
    @property
    def usual_spo2_tenths(self) -> int | None: ...
    @property
    def usual_pulse(self) -> int | None: ...
    @property
    def usual_temperature_tenths(self) -> int | None: ...
    @property
    def valid_from(self) -> Millis | None: ...


async def register_facilities(connection: Connection, rows: Sequence[FacilityRow], now: Millis) -> int:
    """The facilities are as the rows say from `now` on; how many rows said something new."""
    locked = await registry.lock_facilities(connection, [row.facility for row in rows])
    news = 0
    for row in rows:
        facility = locked[row.facility]
        facts = _facts(row, FacilityFacts)
        known = await facility_rows(connection, facility.id)
        if known and known[-1][2] == facts:
            continue
        news += 1
        values = structs.asdict(facts) | {
            "id": facility.id,
            "valid_from": Moment(now),
            "recorded_at": Moment(now),
            "cutoffs": list(facts.cutoffs),
        }
        await connection.execute(_SQL["add_facility_profile"], values)
        registered = {"id": facility.id, "now": Moment(now), "is_first": not known}
        await connection.execute(_SQL["facility_registered"], registered)
    return news


async def register_residents(connection: Connection, rows: Sequence[ResidentRow], now: Millis) -> int:
    """The residents are as the rows say; how many rows said something new. Unknown facilities become provisional."""
    locked = await registry.lock_facilities(connection, [row.facility for row in rows])
    facility_ids = {code: facility.id for code, facility in locked.items()}
    wanted = [(row.facility, row.resident) for row in rows]
    resident_ids = await registry.resident_ids(connection, wanted, facility_ids)
    news = 0
    for code, facility_id in facility_ids.items():
        known = await resident_rows(connection, facility_id)
        fresh = [
            (resident_id, recorded)
            for row in rows
            if row.facility == code
            and (recorded := _news(row, known.get(resident_id := resident_ids[code, row.resident], []), now))
        ]
        news += len(fresh)
        if fresh:
            await _record(connection, facility_id, known, fresh, now)
    return news


async def _record(
    connection: Connection,
    facility_id: int,
    known: dict[int, list[Recorded[ResidentFacts]]],
    fresh: Iterable[tuple[int, Recorded[ResidentFacts]]],
    now: Millis,
) -> None:
    values: list[dict[str, Any]] = []
    judge_from: list[Millis | None] = []
    for resident_id, (valid_from, recorded_at, facts) in fresh:
        moments = {"valid_from": Moment(valid_from), "recorded_at": Moment(recorded_at)}
        values.append(structs.asdict(facts) | {"id": resident_id} | moments)
        judge_from.append(max(valid_from, recorded_at) if resident_id in known else None)
    await connection.cursor().executemany(_SQL["add_resident_profile"], values)
    await connection.execute(_SQL["residents_registered"], {"ids": sorted({value["id"] for value in values})})
    earliest = None if None in judge_from else min(at for at in judge_from if at is not None)
    again = {"id": facility_id, "now": Moment(now), "from": Moment.of(earliest)}
    await connection.execute(_SQL["judge_again"], again)


def _news(row: ResidentRow, known: Sequence[Recorded[ResidentFacts]], now: Millis) -> Recorded[ResidentFacts] | None:
    """What the row adds to what is known; None: nothing."""
    facts = _facts(row, ResidentFacts)
    if row.valid_from is None:
        counting = in_force(known)
        return None if counting and counting[-1][1] == facts else (now, now, facts)
    same = any(valid == row.valid_from and there == facts for valid, _, there in known)
    return None if same else (row.valid_from, now, facts)


def _facts(row: Any, kind: type[Any]) -> Any:
    return kind(**{name: getattr(row, name) for name in kind.__struct_fields__})
