"""Facility reports as they stand, and the difficulties in them: who owns each, since when, and whether it is over."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from detectors.times import DAY, Millis
from store.connection import Connection, Moment
from store.console import Seen
from store.nudges import prefix_of
from store.sql import statements

_NAMED: Final = statements("reports")
_SQL: Final = {name: text.replace(b"{on_record}", _NAMED["on_record"]) for name, text in _NAMED.items()}

Action = Literal["assigned", "resolved", "reopened"]


class Said(Struct, frozen=True):
    """What a report says; absent is blank, never zero."""

    residents: int | None = None
    staff_on_duty: int | None = None
    beds: int | None = None
    oximeters_working: int | None = None
    oxygen_devices_working: int | None = None
    medicine: dict[str, int] = {}
    operating: str | None = None
    visitors: int | None = None
    visitors_turned_away: int | None = None
    difficulties: tuple[dict[str, str], ...] | None = None
    nothing_to_report: bool | None = None

    def __getitem__(self, name: str) -> int | None:
        """A number by its name."""
        found: int | None = getattr(self, name)
        return found


class Report(Struct, frozen=True):
    """The last report of a facility on a day."""

    day: int  # since 1970-01-01, local
    observed_at: Millis
    received_at: Millis
    reporter: str | None
    said: Said


class DifficultyRow(Struct, frozen=True):
    """The last word on a difficulty."""

    facility: str
    region: str | None
    id: str  # as the facility gives it
    kind: str
    text: str
    state: str  # as the facility said it last
    is_open: bool  # by whoever spoke last
    raised_at: Millis | None
    since: Millis | None  # it is open or closed
    owner: str | None
    name: str | None = None  # of the facility


class OnRecord(Struct, frozen=True):
    """What a facility cannot call nothing: people who were positive, and urgent alerts (P1, P2), of a day."""

    positives: int = 0
    urgent: int = 0


class ZeroAgainst(Struct, frozen=True):
    """A zero report (零报告) that what is on record of its day speaks against."""

    facility: str
    region: str
    name: str | None
    at: Millis
    on_record: OnRecord


_said_of: Final = msgspec.json.Decoder(Said).decode


async def latest(connection: Connection, facility_id: int, since: Millis) -> list[Report]:
    """The last report of each day, of those observed since a time: also of what nobody has counted yet."""
    values = {"facility": facility_id, "since": Moment(since)}
    rows = await (await connection.execute(_SQL["latest"], values)).fetchall()
    return [Report(day, at, came, who, _said_of(rest)) for day, at, came, who, rest in rows]


async def of_day(connection: Connection, facility_id: int, day: int) -> Report | None:
    """The last report of a facility on a day; None: there is none."""
    found = await latest(connection, facility_id, (day - 2) * DAY)
    return next((one for one in found if one.day == day), None)


async def on_record(connection: Connection, facility_id: int, day: int) -> OnRecord:
    """What is known of a facility and a local day, whatever its report says."""
    row = await (
        await connection.execute(_SQL["on_record_of_facility"], {"facility": facility_id, "day": day})
    ).fetchone()
    return OnRecord() if row is None else OnRecord(*row)


async def zeros_against(connection: Connection, seen: Seen, day: int) -> list[ZeroAgainst]:
    """The zero reports of a day that what is on record speaks against, of the homes that are seen."""
    values = {**seen.arrays, "day": day}
    rows = await (await connection.execute(_SQL["zeros_against"], values)).fetchall()
    return [ZeroAgainst(code, where, name, at, OnRecord(*found)) for code, where, name, at, *found in rows]


async def difficulties(
    connection: Connection, region: str, facility: str | None = None, *, closed: bool = False
) -> list[DifficultyRow]:
    """The open difficulties of a region, or of a facility in it, the oldest first; `closed`: the others too."""
    values: dict[str, Any] = {"prefix": prefix_of(region), "facility": facility, "closed": closed}
    return [DifficultyRow(*row) for row in await (await connection.execute(_SQL["difficulties"], values)).fetchall()]


async def act(
    connection: Connection,
    facility_id: int,
    difficulty: str,
    action: Action,
    actor: str,
    now: Millis,
    owner: str | None = None,
    comment: str | None = None,
) -> bool:
    """Somebody above the facility assigned a difficulty to its owner, closed or reopened it; False: there is none."""
    values: dict[str, Any] = {"facility": facility_id, "difficulty": difficulty}
    row = await (await connection.execute(_SQL["knows_difficulty"], values)).fetchone()
    if row is None or not row[0]:
        return False
    values |= {"at": Moment(now), "actor": actor, "action": action, "owner": owner, "comment": comment}
    await connection.execute(_SQL["act_on_difficulty"], values)
    return True
