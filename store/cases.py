"""Signs of illness as they count now, and the days on which a facility was heard: what places' timelines are made of.

`case_elements` is derived from observations and corrections. Whoever stores
either settles the rows it touches in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, Final, Literal

from msgspec import Struct

from detectors.places import CASE_HORIZON, CASE_SYMPTOMS
from detectors.times import Millis
from store.connection import Connection, Moment
from store.observations import EventKey
from store.sql import statements

_SQL: Final = statements("cases")


class CaseRow(Struct, frozen=True):
    """A sign of illness of a resident or of a member of staff."""

    facility_id: int
    observed_at: Millis
    event_id: str
    resident_id: int | None
    staff: str | None  # where there is no resident
    sign: Literal["positive", "symptoms"]
    said: tuple[str, ...]
    unit: str | None  # as the sender said


async def settle(connection: Connection, keys: Collection[EventKey], facility_ids: Iterable[int]) -> list[CaseRow]:
    """The signs of illness are as these events and corrections count now; every row that went or came."""
    if not keys:
        return []
    every = await expanded(connection, keys)
    times = [at for at, _ in every]
    values = keys_of(every) | {
        "facilities": list(facility_ids),
        "first": Moment(min(times)),
        "last": Moment(max(times)),
        "horizon": timedelta(milliseconds=CASE_HORIZON),
        "symptoms": sorted(CASE_SYMPTOMS),
    }
    gone = await _rows(connection, "drop_cases", values)
    come = await _rows(connection, "add_cases", values)
    return sorted({*gone} ^ {*come}, key=lambda row: (row.facility_id, row.observed_at, row.event_id))


async def expanded(connection: Connection, keys: Collection[EventKey]) -> set[EventKey]:
    """These events, the originals that corrections among them name, and every replacement of all these."""
    return set(await (await connection.execute(_SQL["case_keys"], keys_of(keys))).fetchall())


async def of_facility(connection: Connection, facility_id: int, since: Millis) -> list[CaseRow]:
    """The signs of illness in a facility since a time, in order."""
    return await _rows(connection, "cases_of", {"facility": facility_id, "since": Moment(since)})


async def report(connection: Connection, days: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Something was heard of these (facility id, local day) in time; those that nobody knew of."""
    pairs = sorted(set(days))
    if not pairs:
        return []
    facilities, numbers = zip(*pairs, strict=True)
    cursor = await connection.execute(
        _SQL["add_reported_days"], {"facilities": list(facilities), "days": list(numbers)}
    )
    return [(facility_id, day) for facility_id, day in await cursor.fetchall()]


async def reported_days(connection: Connection, facility_id: int, since: int) -> list[int]:
    """The local days from `since` on which something was heard of a facility."""
    cursor = await connection.execute(_SQL["reported_days"], {"facility": facility_id, "since": since})
    return [day for (day,) in await cursor.fetchall()]


async def _rows(connection: Connection, name: str, values: dict[str, Any]) -> list[CaseRow]:
    cursor = await connection.execute(_SQL[name], values)
    return [row_of(row) for row in await cursor.fetchall()]


def row_of(row: Any) -> CaseRow:
    """A row as the statements give it."""
    facility_id, at, event_id, resident_id, staff, sign, said, unit = row
    return CaseRow(facility_id, at, event_id, resident_id, staff, sign, tuple(said), unit)


def keys_of(keys: Collection[EventKey]) -> dict[str, Any]:
    """As statements take them."""
    return {"times": [Moment(at) for at, _ in keys], "ids": [event_id for _, event_id in keys]}


class PositivesByTest(Struct, frozen=True):
    """Residents newly positive in a facility over a day or period; the first four are all of them."""

    antigen_only: int
    pcr_only: int
    antigen_then_pcr_negative: int
    antigen_and_pcr: int
    influenza: int  # whatever the test


async def positives_by_test(
    connection: Connection, codes: Iterable[str], grain: str, day: int
) -> dict[str, PositivesByTest]:
    """By facility; of one that is not there nobody was."""
    values = {"codes": list(codes), "grain": grain, "day": day}
    rows = await (await connection.execute(_SQL["positives_by_test"], values)).fetchall()
    return {code: PositivesByTest(*numbers) for code, *numbers in rows}
