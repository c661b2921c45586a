"""Who lives where as pages show it, what is to be done about the registry, and how complete it is (底数)."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from detectors.profile import Tier
from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("roll")

TaskKind = Literal["facility_not_registered", "resident_not_registered", "tier_missing", "tier_stale"]


class Resident(Struct, frozen=True):
    """Somebody who lives in a facility."""

    code: str
    provisional: bool  # known by checks only
    unit: str | None
    bed: str | None
    responsible: str | None  # by name
    tier: Tier | None
    tier_zh: str | None  # why
    tier_en: str | None
    tier_since: Millis | None
    tier_cause: str | None  # what changed
    tier_stale_since: Millis | None


class Task(Struct, frozen=True):
    """Something to be done about the registry."""

    task: TaskKind
    facility: str
    resident: str | None
    since: Millis
    zh: str
    en: str


class Completeness(Struct, frozen=True):
    """Counts of what is registered, and of what is known of it. Drills and those who left are not counted."""

    facilities: int
    without_residents: int
    without_recipients: int
    without_hospital: int
    without_region: int
    unregistered_facilities: int
    residents: int
    unregistered_residents: int
    with_birth_year: int
    with_conditions: int
    with_vaccination: int
    with_usual_spo2: int
    with_responsible: int


async def residents(connection: Connection, facility_id: int, now: Millis) -> list[Resident]:
    """Everybody who lives in a facility, in the order of the round."""
    cursor = await connection.execute(_SQL["roll"], {"facility": facility_id, "now": Moment(now)})
    return [Resident(*row) for row in await cursor.fetchall()]


async def tasks(connection: Connection, now: Millis, facility: str | None, limit: int) -> list[Task]:
    """What is to be done, in one facility or everywhere."""
    values = {"now": Moment(now), "facility": facility, "limit": limit}
    return [Task(*row) for row in await (await connection.execute(_SQL["tasks"], values)).fetchall()]


async def completeness(connection: Connection) -> Completeness:
    """How complete the registry is."""
    counts: list[int] = []
    for statement in (_SQL["completeness_of_facilities"], _SQL["completeness_of_residents"]):
        row = await (await connection.execute(statement)).fetchone()
        assert row is not None
        counts += row
    return Completeness(*counts)
