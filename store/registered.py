"""The kinds of things a registry holds, what is recorded of each, and how they are read and written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from detectors.times import Millis, to_text
from store.connection import Connection
from store.profiles import FacilityFacts, Recorded, ResidentFacts
from store.sql import statements

_SQL: Final = statements("registration")

Key = tuple[str, str]
"""(facility or hospital, unit or resident or staff; empty where there is only one part)"""


class UnitFacts(Struct, frozen=True):
    """What is recorded of a unit."""

    name: str
    beds: tuple[str, ...]  # in the order of the round


class StaffFacts(Struct, frozen=True):
    """What is recorded of a member of staff."""

    name: str
    role: str | None
    unit: str | None
    phones: str
    left_on: Millis | None


class HospitalFacts(Struct, frozen=True):
    """What is recorded of a hospital."""

    name: str
    credit_code: str | None
    region: str | None
    phones: str
    green_channel: str


class Kind(Struct, frozen=True):
    """A table of the registry."""

    keys: tuple[str, ...]  # the fields of a row that name it
    facts: type[Any]
    id_column: str  # what a profile hangs on, beside the second key
    known: str  # statements
    add: str

    def key(self, row: Any) -> Key:
        """What the row is about."""
        return (getattr(row, self.keys[0]), getattr(row, self.keys[1]) if len(self.keys) > 1 else "")


KINDS: Final[dict[str, Kind]] = {
    "hospitals": Kind(("hospital",), HospitalFacts, "hospital", "known_hospitals", "add_hospitals"),
    "facilities": Kind(("facility",), FacilityFacts, "facility_id", "known_facilities", "add_facilities"),
    "units": Kind(("facility", "unit"), UnitFacts, "facility_id", "known_units", "add_units"),
    "staff": Kind(("facility", "staff"), StaffFacts, "facility_id", "known_staff", "add_staff"),
    "residents": Kind(("facility", "resident"), ResidentFacts, "resident_id", "known_residents", "add_residents"),
}
TIMES: Final = ("left_on", "tier_assessed_on")
_LISTS: Final = ("beds", "cutoffs")


class Subject(Struct):
    """One of them as the database has it."""

    id: int | None  # None: it does not exist
    rows: list[Recorded[Any]]  # in the order in which they became known; none: nobody has registered it


async def known(connection: Connection, table: str, keys: Iterable[Key]) -> dict[Key, Subject]:
    """What was ever recorded of those that exist."""
    kind = KINDS[table]
    wanted = list(keys)
    parameters = {"first": [one for one, _ in wanted], "second": [other for _, other in wanted]}
    lists = [name in _LISTS for name in kind.facts.__struct_fields__]
    found: dict[Key, Subject] = {}
    if len(kind.keys) == 1:
        del parameters["second"]
    for first, second, number, recorded, valid, *values in await (
        await connection.execute(_SQL[kind.known], parameters)
    ).fetchall():
        subject = found.setdefault((first, second), Subject(number, []))
        if recorded is not None:
            facts = kind.facts(*(tuple(v) if is_list else v for v, is_list in zip(values, lists, strict=True)))
            subject.rows.append((valid, recorded, facts))
    return found


async def add(connection: Connection, table: str, rows: Sequence[tuple[Mapping[str, Any], Recorded[Any]]]) -> None:
    """Profiles are on record: (columns that say whose, (valid from, recorded at, facts))."""
    if not rows:
        return
    made = []
    for whose, (valid, recorded, facts) in rows:
        row = dict(whose) | structs.asdict(facts) | {"valid_from": to_text(valid), "recorded_at": to_text(recorded)}
        for name in TIMES:
            if row.get(name) is not None:
                row[name] = to_text(row[name])
        made.append(row)
    await connection.execute(_SQL[KINDS[table].add], {"rows": msgspec.json.encode(made).decode()})
