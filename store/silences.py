"""When was a facility heard, and which silence is told of it? And how far did we look ourselves?"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("silences")


class Heard(Struct, frozen=True):
    """What is on record of a facility; contacts by the beginning of their local hour."""

    registered_at: Millis | None
    fresh_at: Millis | None  # the last contact as it happened
    backlog_at: Millis | None  # the last upload of what was long past
    misdated_at: Millis | None  # the last that was stamped by a wrong clock
    because: str | None  # the sentence of D25 that stands
    since: str | None  # from when on, as it says
    seen_until: Millis | None  # what we have looked at; None: nothing yet


async def of_facility(connection: Connection, facility_id: int) -> Heard:
    """What is on record of a facility that is known."""
    row = await (await connection.execute(_SQL["hearing"], {"facility": facility_id})).fetchone()
    assert row is not None
    return Heard(*row)


async def told(connection: Connection) -> dict[str, int]:
    """Sentence of D25 -> of how many facilities it is said now."""
    return dict(await (await connection.execute(_SQL["told_silent"])).fetchall())
