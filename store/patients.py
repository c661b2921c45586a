"""What a doctor must know of somebody they are to receive: who, usual values, illnesses, and the last days' values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("patients")


class Patient(Struct, frozen=True):
    """A resident as registered now; None: not known, which is not none."""

    facility_id: int
    resident_id: int
    facility: str
    facility_name: str
    region: str | None
    zone: str
    phones: str
    resident: str
    unit: str | None
    bed: str | None
    birth_year: int | None
    tier: str | None
    spo2_scale: int
    usual_spo2_tenths: int | None
    usual_pulse: int | None
    usual_temperature_tenths: int | None
    conditions: int | None  # bits of detectors.tiers.Condition
    conditions_stable: bool | None
    vaccination: str | None
    medicines: str | None
    allergies: str | None


class Vitals(Struct, frozen=True):
    """One reading with everything that was measured."""

    at: Millis
    event_id: str
    spo2_tenths: int | None
    pulse_per_min: int | None
    respirations_per_min: int | None
    temperature_tenths: int | None
    systolic_mmhg: int | None
    diastolic_mmhg: int | None
    consciousness: int | None  # as store.codes has it
    on_oxygen: bool | None
    oxygen_l_per_min: float | None


class Hospital(Struct, frozen=True):
    """A hospital as registered now."""

    code: str
    name: str
    region: str | None
    phones: str
    green_channel: str


async def patient(connection: Connection, resident_id: int) -> Patient | None:
    """A resident; None: there is no such, or it is a unit or a facility."""
    row = await (await connection.execute(_SQL["patient"], {"resident": resident_id})).fetchone()
    return None if row is None else Patient(*row)


async def find(connection: Connection, facility: str, resident: str) -> int | None:
    """The number of a resident by codes; None: nobody knows them."""
    row = await (
        await connection.execute(_SQL["find_patient"], {"facility": facility, "resident": resident})
    ).fetchone()
    return None if row is None else int(row[0])


async def vitals(
    connection: Connection, facility_id: int, resident_id: int, since: Millis, until: Millis
) -> list[Vitals]:
    """The readings of a stretch as they count, in order."""
    values = {"facility": facility_id, "resident": resident_id, "since": Moment(since), "until": Moment(until)}
    return [Vitals(*row) for row in await (await connection.execute(_SQL["vitals"], values)).fetchall()]


async def homes(connection: Connection, facility_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The name and the zone of each home."""
    cursor = await connection.execute(_SQL["names_of_homes"], {"ids": list(facility_ids)})
    return {number: (name, zone) for number, name, zone in await cursor.fetchall()}


async def hospital(connection: Connection, code: str) -> Hospital | None:
    """A hospital; None: nobody has registered it."""
    row = await (await connection.execute(_SQL["hospital"], {"hospital": code})).fetchone()
    return None if row is None else Hospital(*row)
