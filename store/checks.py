"""Checks of a facility as its carers see them: who was looked after when, and readings that nobody has claimed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from detectors.observations import Presence
from detectors.times import DAY, Millis
from store.codes import CONSCIOUSNESS, PRESENCES, SITES
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("checks")
_CHECKS: Final[Millis] = 3 * DAY
_WORDS: Final[Millis] = 35 * DAY
"""What was said of somebody's presence counts so long (docs/decisions/0002)."""


class LookedAfter(Struct, frozen=True):
    """When a resident was last measured or seen."""

    resident_id: int
    resident: str
    known_from: Millis
    checked_at: Millis | None  # None: not in three days
    presence: Presence  # as last said; `in` when nobody said


class Original(Struct, frozen=True):
    """An unbound reading as it came."""

    event_id: str
    observed_at: Millis
    device: str | None
    reporter: str | None
    unit: str | None
    spo2_tenths: int | None
    pulse_per_min: int | None
    respirations_per_min: int | None
    temperature_tenths: int | None
    temperature_site: str | None
    systolic_mmhg: int | None
    diastolic_mmhg: int | None
    consciousness: str | None
    on_oxygen: bool | None
    after_activity: bool | None
    continuous: bool | None
    rest: bytes | None  # JSON
    marks: int


async def looked_after(connection: Connection, facility_id: int, now: Millis) -> list[LookedAfter]:
    """Everybody of a facility."""
    values = {
        "facility": facility_id,
        "now": Moment(now),
        "checks": Moment(now - _CHECKS),
        "words": Moment(now - _WORDS),
        "presences": [word for word in PRESENCES.number if word is not None],
    }
    rows = await (await connection.execute(_SQL["looked_after"], values)).fetchall()
    return [LookedAfter(*row, PRESENCES.word[said] or "in") for *row, said in rows]  # type: ignore[call-arg]


async def original(connection: Connection, facility_id: int, event_id: str, observed_at: Millis) -> Original | None:
    """A reading that waits for its resident; None: there is none of this id, or somebody has claimed it."""
    values = {"facility": facility_id, "id": event_id, "at": Moment(observed_at)}
    row = await (await connection.execute(_SQL["original"], values)).fetchone()
    if row is None:
        return None
    found = Original(*row)
    words = {"temperature_site": SITES.word[row[9]], "consciousness": CONSCIOUSNESS.word[row[12]]}
    return structs.replace(found, event_id=str(found.event_id), **words)
