"""Residents who were erased: nothing leads from their code to what was measured, and nothing about them comes in again.

What was measured stays, as that of nobody: figures and episodes are as they were. The list of the erased is kept for
ever and is applied to whatever comes from before: messages that are read again, a backup that is restored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, structs
from psycopg import sql

from detectors.observations import Correction
from detectors.times import NEVER, Millis
from store import registry
from store.connection import Connection, Moment
from store.errors import StoreError
from store.keeping.tables import TABLES
from store.rows import ObservationRow
from store.sql import statements

_SQL: Final = statements("erasing")
_PERSON: Final = {
    "resident_id": "{} = {}",
    "replacement_resident_id": "{} = {}",
    "alert_id": "{} in (select id from alerts where resident_id = {})",
}
"""The columns by which a row is somebody's, and how."""


class Erasure(Struct, frozen=True):
    """A resident who was erased."""

    facility: str
    resident: str
    at: Millis
    erased_by: str
    reason: str


async def erase(connection: Connection, erasure: Erasure, *, although_open: bool = False) -> bool:
    """The resident is erased and on the list; False: nobody of that code is known. In the caller's transaction.

    Raises StoreError while an alert or a referral of theirs goes on, unless `although_open`.
    """
    facility = await registry.find_facility(connection, erasure.facility)
    await connection.execute(_SQL["add_erasure"], structs.asdict(erasure) | {"at": Moment(erasure.at)})
    if facility is None:
        return False
    # Whoever remembers the facility loads it again.
    await registry.lock_facilities(connection, [erasure.facility])
    whom = {"facility": facility.id, "code": erasure.resident}
    row = await (await connection.execute(_SQL["resident_to_erase"], whom)).fetchone()
    said = {"facility": erasure.facility, "code": erasure.resident}
    await connection.execute(_SQL["drop_rejections_of_resident"], said)
    await connection.execute(_SQL["drop_defects_of_resident"], said)
    if row is None:
        return False
    number, condition, referral = row
    if not although_open and (condition is not None or referral is not None):
        what = f"the alert {condition}" if condition is not None else f"the referral {referral}"
        raise StoreError(f"{erasure.facility}/{erasure.resident}: {what} is open; close it first")
    for table, kept in TABLES.items():
        if kept.free_text:
            await _blank(connection, table, kept.free_text, facility.id, number)
    await connection.execute(_SQL["blank_answers"], {"resident": number})
    await connection.execute(_SQL["blank_calls"], {"resident": number})
    await connection.execute(_SQL["drop_link"], {"resident": number})
    return True


async def the_list(connection: Connection) -> list[Erasure]:
    """Everybody who was erased, in order."""
    return [Erasure(*row) for row in await (await connection.execute(_SQL["erasures"])).fetchall()]


async def apply(connection: Connection, erasures: Iterable[Erasure]) -> int:
    """The list holds in this database too; how many residents were erased by it. In the caller's transaction."""
    known = {(one.facility, one.resident, one.at) for one in await the_list(connection)}
    fresh = [one for one in erasures if (one.facility, one.resident, one.at) not in known]
    return sum([await erase(connection, one, although_open=True) for one in fresh])


async def without_erased(connection: Connection, rows: list[ObservationRow]) -> list[ObservationRow]:
    """The rows without those of residents who were erased after they were observed."""
    named = {(row.facility, code) for row in rows for code in _people(row)}
    if not named:
        return rows
    facilities, residents = zip(*sorted(named), strict=True)
    values = {"facilities": list(facilities), "residents": list(residents)}
    found = await (await connection.execute(_SQL["erased_among"], values)).fetchall()
    if not found:
        return rows
    until = {(facility, resident): at for facility, resident, at in found}
    return [
        row for row in rows if all(row.observed_at > until.get((row.facility, code), -NEVER) for code in _people(row))
    ]


def _people(row: ObservationRow) -> Iterator[str]:
    """Whom an event names."""
    if row.resident is not None:
        yield row.resident
    if isinstance(row.element, Correction) and row.element.replacement_resident is not None:
        yield row.element.replacement_resident


async def _blank(connection: Connection, table: str, texts: Iterable[str], facility_id: int, resident_id: int) -> None:
    """These columns of the resident's rows say nothing any more."""
    found = await (await connection.execute(_SQL["columns_of_table"], [table])).fetchall()
    columns = dict(found)
    person = TABLES[table].person or next(name for name in _PERSON if name in columns)
    keys: dict[str, list[str]] = {}
    for text in texts:
        column, _, key = text.partition(".")
        keys.setdefault(column, []).extend([key] if key else [])
    blanks = [
        sql.SQL("{0} = {0} - {1}::text[]").format(sql.Identifier(column), sql.Literal(within))
        if within
        else sql.SQL("{} = {}").format(sql.Identifier(column), sql.SQL("null" if columns[column] else "''"))
        for column, within in keys.items()
    ]
    statement = sql.SQL("update {} set {} where ").format(sql.Identifier(table), sql.SQL(", ").join(blanks))
    statement += _of(person, resident_id)
    if "facility_id" in columns:  # by which most tables are found
        statement += sql.SQL(" and facility_id = {}").format(sql.Literal(facility_id))
    await connection.execute(statement)


def _of(person: str, resident_id: int) -> sql.Composed:
    column, _, key = person.partition(".")
    if key:
        return sql.SQL("({} ->> {})::int = {}").format(
            sql.Identifier(column), sql.Literal(key), sql.Literal(resident_id)
        )
    return sql.SQL(_PERSON[column]).format(sql.Identifier(column), sql.Literal(resident_id))
