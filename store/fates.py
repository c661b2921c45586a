"""Reading back: what became of events, for the facility that sent them and for the pages."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from detectors.times import DAY, Millis
from store.codes import CONSCIOUSNESS, PRESENCES, RESULTS, SITES, TESTS
from store.connection import Connection, Moment
from store.rows import EventType, Fate, Mark
from store.sql import statements

_SQL: Final = statements("fates")


class EventFate(Struct, frozen=True):
    """What became of one event."""

    event_id: str
    observed_at: Millis
    received_at: Millis
    type: EventType
    fate: Fate
    effect: int  # 0 counts, 1 entered in error, 2 replaced
    marks: int
    resident: str | None  # whose it is; of a shared device, by its bindings
    staff: str | None
    in_conflict: bool  # the same id came with other content
    is_stored: bool = True  # False: another facility had used its id, and it is only kept

    @property
    def waits_for_a_resident(self) -> bool:
        """It names a device that nobody was bound to."""
        return bool(self.marks & Mark.UNBOUND) and self.resident is None

    @property
    def is_judged(self) -> bool:
        """Rules judge it: it counts, it is a resident's, and it is of a kind that rules look at."""
        kinds = (EventType.reading, EventType.test_result, EventType.check_in, EventType.visit)
        counts = self.is_stored and self.fate in (Fate.stored, Fate.held) and self.effect == 0
        return counts and self.resident is not None and self.type in kinds


class Shown(Struct, frozen=True):
    """An event as a page shows it, corrected ones too."""

    event_id: str
    observed_at: Millis
    received_at: Millis
    type: EventType
    fate: Fate
    effect: int
    resident_id: int | None
    resident: str | None
    doubt: int
    marks: int
    spo2_tenths: int | None
    pulse_per_min: int | None
    respirations_per_min: int | None
    temperature_tenths: int | None
    temperature_site: str | None
    systolic_mmhg: int | None
    diastolic_mmhg: int | None
    consciousness: str | None
    on_oxygen: bool | None
    presence: str | None
    test: str | None
    result: str | None
    staff: str | None
    device: str | None
    reporter: str | None
    unit: str | None
    rest: bytes | None  # JSON


async def fate_of(connection: Connection, facility_id: int, event_id: str, observed_at: Millis) -> EventFate | None:
    """What became of one event of this facility; None: it is not stored (yet)."""
    parameters = {"facility": facility_id, "id": event_id, "at": Moment(observed_at)}
    for name in ("fate_of", "fate_beside"):
        row = await (await connection.execute(_SQL[name], parameters)).fetchone()
        if row is not None:
            return _fate(row)
    return None


async def since(
    connection: Connection,
    facility_id: int,
    received: Millis,
    now: Millis,
    limit: int = 1_000,
    reach: Millis = 14 * DAY,
) -> list[EventFate]:
    """The facility's events received at or after a time, in the order of receipt.

    Events observed more than `reach` before that time are left out: the index is by the time of observation.
    """
    parameters = {
        "facility": facility_id,
        "since": Moment(received),
        "oldest": Moment(received - reach),
        "newest": Moment(now + DAY),
        "limit": limit,
    }
    return [_fate(row) for row in await (await connection.execute(_SQL["fates_since"], parameters)).fetchall()]


async def newest(
    connection: Connection, facility_id: int, since: Millis, resident_id: int | None = None, limit: int = 500
) -> list[Shown]:
    """The newest events of a facility, or of one resident, observed at or after `since`; the newest first."""
    return await _newest(connection, facility_id, since, resident_id, limit, is_unbound=False)


async def unbound(connection: Connection, facility_id: int, since: Millis, limit: int = 40) -> list[Shown]:
    """The readings of shared devices observed at or after `since` that nobody has claimed; the newest first."""
    return await _newest(connection, facility_id, since, None, limit, is_unbound=True)


async def _newest(
    connection: Connection, facility_id: int, since: Millis, resident_id: int | None, limit: int, *, is_unbound: bool
) -> list[Shown]:
    parameters = {
        "facility": facility_id,
        "resident": resident_id,
        "since": Moment(since),
        "limit": limit,
        "unbound": is_unbound,
    }
    return [_shown(Shown(*row)) for row in await (await connection.execute(_SQL["newest"], parameters)).fetchall()]


def _fate(row: tuple[object, ...]) -> EventFate:
    found = EventFate(*row)  # type: ignore[arg-type] # the columns are the fields
    return structs.replace(found, type=EventType(found.type), fate=Fate(found.fate))


def _shown(row: Shown) -> Shown:
    """The words for the numbers the database keeps."""
    codes = {
        "temperature_site": SITES,
        "consciousness": CONSCIOUSNESS,
        "presence": PRESENCES,
        "test": TESTS,
        "result": RESULTS,
    }
    words = {name: known.word[getattr(row, name)] for name, known in codes.items()}
    return structs.replace(row, type=EventType(row.type), fate=Fate(row.fate), **words)
