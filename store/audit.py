"""Raw rows for the audit: what was received, without anything that was concluded from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import structs

from detectors.corrections import Arrival
from detectors.observations import Binding, Correction, Element
from detectors.subjects import SubjectName
from detectors.times import NEVER, Millis
from store.codes import ACTIONS
from store.connection import Connection
from store.equipment import equipment_in
from store.observations import element_of
from store.sql import statements

_SQL: Final = statements("audit")
_element_of_json: Final = msgspec.json.Decoder(Element).decode


async def take_snapshot(connection: Connection) -> None:
    """The transaction sees one state of the database and changes nothing."""
    await connection.execute(_SQL["take_snapshot"])


async def whole_from(connection: Connection) -> tuple[Millis, int]:
    """What begins from this moment on can be folded again from raw, and days from this one on counted."""
    row = await (await connection.execute(_SQL["whole_from"])).fetchone()
    return (-NEVER, -NEVER) if row is None else (row[0], row[1])


async def facilities(connection: Connection, seed: str, limit: int) -> list[tuple[int, str]]:
    """(id, code) of some facilities; the same seed chooses the same."""
    cursor = await connection.execute(_SQL["facilities"], {"seed": seed, "limit": limit})
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def facilities_of(connection: Connection, region: str, codes: Sequence[str] = ()) -> list[tuple[int, str]]:
    """(id, code) of the facilities with checks in a region, without drills, or of those among `codes`, by code."""
    cursor = await connection.execute(_SQL["facilities_of"], {"region": region, "codes": list(codes)})
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def arrivals(connection: Connection, facility_id: int) -> list[Arrival]:
    """Everything that came in time from a facility; residents are named by their number."""
    values = {"facility": facility_id}
    found = [
        Arrival(_whose(row[0]), row[2], element_of(list(row[4:])), row[3], row[1])
        for row in await (await connection.execute(_SQL["elements"], values)).fetchall()
    ]
    for row in await (await connection.execute(_SQL["corrections"], values)).fetchall():
        found.append(Arrival(_whose(row[0]), row[1], _correction(row[3:]), row[2]))
    for resident_id, received_at, content, *said in await (
        await connection.execute(_SQL["bindings"], values)
    ).fetchall():
        found.append(Arrival(_whose(resident_id), received_at, Binding(*said), content))
    return found


async def signs(connection: Connection, facility_id: int, code: str, names: dict[int, str]) -> list[Arrival]:
    """Every test, check-in and report of a facility, and every correction; named as `SubjectName` writes them."""
    values = {"facility": facility_id}
    found = []
    for who, is_staff, received_at, content, *columns in await (
        await connection.execute(_SQL["signs"], values)
    ).fetchall():
        name = SubjectName(code, "staff" if is_staff else "resident", who)
        found.append(Arrival(str(name), received_at, element_of(columns), content))
    home = str(SubjectName(code, "facility", code))
    reports = await connection.execute(_SQL["reports"], values)
    for at, event_id, received_at, content, rest in await reports.fetchall():
        found.append(Arrival(home, received_at, equipment_in(at, event_id, rest), content))
    for resident_id, received_at, content, *columns in await (
        await connection.execute(_SQL["corrections"], values)
    ).fetchall():
        correction = _correction(columns)
        if correction.replacement_resident is not None:
            whose = SubjectName(code, "resident", names[int(correction.replacement_resident)])
            correction = structs.replace(correction, replacement_resident=str(whose))
        name = SubjectName(code, "resident", names.get(resident_id, ""))
        found.append(Arrival(str(name), received_at, correction, content))
    return found


async def reported_days(connection: Connection, facility_id: int, zone: str) -> list[int]:
    """The local days on which something was heard of a facility, counted from raw."""
    cursor = await connection.execute(_SQL["reported_days"], {"facility": facility_id, "zone": zone})
    return [day for (day,) in await cursor.fetchall()]


async def day_figures(connection: Connection, facility_id: int, zone: str) -> dict[int, tuple[int, int, int, int]]:
    """Local day -> (events, held, quarantined, late), counted from raw."""
    cursor = await connection.execute(_SQL["day_figures"], {"facility": facility_id, "zone": zone})
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in await cursor.fetchall()}


def _whose(resident_id: int | None) -> str:
    return "" if resident_id is None else str(resident_id)


def _correction(columns: Any) -> Correction:
    at, correction_id, corrects_id, corrects_at, action, replacement, whose = columns
    element: Element | None = None if replacement is None else _element_of_json(replacement)
    return Correction(
        at,
        correction_id,
        corrects_id,
        corrects_at,
        ACTIONS.word[action],
        element,
        None if whose is None else str(whose),
    )
