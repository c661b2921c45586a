"""What the pages read: facilities at a glance, open alerts with their place, curves of a resident."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from detectors.times import Millis
from store import proofs
from store.connection import Connection, Moment
from store.sql import statements

_NAMED: Final = statements("console")
_SQL: Final = {
    name: text.replace(b"{line}", _NAMED["line"]).replace(b"{seen}", _NAMED["seen"]) for name, text in _NAMED.items()
}
_HIDDEN: Final = {"hidden": proofs.FACILITY}


class Seen(Struct, frozen=True):
    """Which facilities a list is about: within a region, or by their codes. Nothing given is no facility."""

    regions: tuple[str, ...] = ()  # the beginnings of their codes; "" is everywhere
    facilities: tuple[str, ...] = ()

    @property
    def arrays(self) -> dict[str, list[str]]:
        """As the statements want it."""
        return {"regions": list(self.regions), "codes": list(self.facilities)}


class PlaceRow(Struct, frozen=True):
    """Whose something is."""

    facility: str
    region: str | None
    resident: str | None


class FacilityLine(Struct, frozen=True):
    """A facility at a glance."""

    id: int
    code: str
    name: str
    rural: bool
    altitude_m: int
    residents: int
    checked: int
    last_received_at: Millis | None
    urgent: int
    drill: bool


class AlertLine(Struct, frozen=True):
    """An alert with its place."""

    id: int
    facility: str
    facility_name: str
    resident: str
    unit: str | None
    condition: str
    severity: int
    rule: str
    condition_state: str
    signal: str
    responsibility: str
    opened_at: Millis
    last_transition_at: Millis
    acknowledged_by: str | None
    acknowledged_at: Millis | None
    acknowledged_comment: str | None
    reason_zh: str
    reason_en: str
    closed_at: Millis | None
    facility_id: int
    resident_id: int
    zone: str
    code: str | None  # four characters, spoken on the phone
    bed: str | None
    responsible: str | None
    snoozed_until: Millis | None
    drill: bool
    next_escalation_at: Millis | None  # when the next person is told, or everybody reminded
    region: str | None  # set: it is about this region itself
    report_due_at: Millis | None  # the first of its reporting clocks that runs
    lapsed: bool  # gone from sight, not over


class Counters(Struct, frozen=True):
    """Numbers at the top of the page."""

    checks: int
    urgent: int
    tasks: int
    waiting: int


class Standing(Struct, frozen=True):
    """Open alerts of one severity."""

    severity: int
    open: int
    unanswered: int
    oldest_at: Millis | None  # of those nobody answers for
    next_step_at: Millis | None  # the same: when the next person is told
    report_due_at: Millis | None


class Point(Struct, frozen=True):
    """One reading on a curve."""

    at: Millis
    spo2_tenths: int | None
    temperature_tenths: int | None
    pulse_per_min: int | None
    event_id: str
    fate: int


class LastValues(Struct, frozen=True):
    """The newest reading of a resident."""

    resident_id: int
    resident: str
    at: Millis
    spo2_tenths: int | None
    pulse_per_min: int | None
    temperature_tenths: int | None
    fate: int


EVERYWHERE: Final = Seen(regions=("",))


class Wanted(Struct, frozen=True):
    """Which open alerts a list is about."""

    worst: int = 3  # this severity or worse
    condition: str | None = None
    facility: str | None = None  # its code or its name
    unanswered: bool = False  # only where the signal is on, or latched, and nobody has accepted


EVERYTHING: Final = Wanted()


async def place_of_alert(connection: Connection, alert_id: int) -> PlaceRow | None:
    """Whose alert it is."""
    row = await (await connection.execute(_SQL["place_of_alert"], {"id": alert_id})).fetchone()
    return None if row is None else PlaceRow(*row)


async def place_of_facility(connection: Connection, code: str) -> PlaceRow | None:
    """Where a facility lies."""
    row = await (await connection.execute(_SQL["place_of_facility"], {"code": code})).fetchone()
    return None if row is None else PlaceRow(*row)


async def zone_of(connection: Connection, code: str) -> str:
    """The clock on the wall of a facility."""
    row = await (await connection.execute(_SQL["zone_of"], {"code": code})).fetchone()
    return "Asia/Shanghai" if row is None else str(row[0])


async def overview(connection: Connection, since: Millis, seen: Seen, limit: int = 200) -> list[FacilityLine]:
    """Facilities with what was checked since a time, those with urgent alerts first."""
    values = {"since": Moment(since), "limit": limit} | _HIDDEN | seen.arrays
    cursor = await connection.execute(_SQL["overview"], values)
    return [FacilityLine(*row) for row in await cursor.fetchall()]


async def alerts(connection: Connection, seen: Seen, wanted: Wanted = EVERYTHING, limit: int = 60) -> list[AlertLine]:
    """Open alerts as wanted, the worst first, then those whose next step is due soonest."""
    values = {"limit": limit} | structs.asdict(wanted) | _HIDDEN | seen.arrays
    return [AlertLine(*row) for row in await (await connection.execute(_SQL["open_alerts"], values)).fetchall()]


async def alert(connection: Connection, alert_id: int) -> AlertLine | None:
    """One alert, open or closed."""
    row = await (await connection.execute(_SQL["alert"], {"id": alert_id})).fetchone()
    return None if row is None else AlertLine(*row)


async def counters(connection: Connection, since: Millis, seen: Seen) -> Counters:
    """Numbers since a time."""
    row = await (await connection.execute(_SQL["counters"], {"since": Moment(since)} | seen.arrays)).fetchone()
    assert row is not None
    return Counters(*row)


async def standing(connection: Connection, seen: Seen) -> list[Standing]:
    """Open alerts by severity, the worst first."""
    return [Standing(*row) for row in await (await connection.execute(_SQL["standing"], seen.arrays)).fetchall()]


async def curve(
    connection: Connection, facility_id: int, resident_id: int, since: Millis, until: Millis
) -> list[Point]:
    """A resident's readings in order."""
    values = {"facility": facility_id, "resident": resident_id, "since": Moment(since), "until": Moment(until)}
    return [Point(*row) for row in await (await connection.execute(_SQL["curve"], values)).fetchall()]


async def last_values(connection: Connection, facility_id: int, since: Millis) -> list[LastValues]:
    """The newest reading of every resident that has one since a time."""
    values = {"facility": facility_id, "since": Moment(since)}
    found = [LastValues(*row) for row in await (await connection.execute(_SQL["last_values"], values)).fetchall()]
    return sorted(found, key=lambda one: one.resident)
