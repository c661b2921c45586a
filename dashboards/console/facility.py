"""One facility's page: what to measure again, what stands, what nobody claimed, what became of what was sent."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from detectors.rules import Text
from detectors.schedule import Schedule
from detectors.times import DAY, Millis
from store import console, fates, profiles, registry, rejections, roll, subjects
from store.connection import Connection
from streams.catalogue import in_force

SHOWN: Final[Millis] = 2 * DAY


class Repeat(Struct, frozen=True):
    """A repeat that is asked for, with the name of the rule that asks."""

    resident: str
    rule: str
    rule_name: Text
    asked_at: Millis
    due_at: Millis

    @classmethod
    def of(cls, asked: subjects.Asked, rules: Schedule) -> Repeat:
        """As the page shows it."""
        name = rules.rule(asked.rule, asked.asked_at).name
        return cls(asked.resident, asked.rule, name, asked.asked_at, asked.due_at)


async def facility_values(connection: Connection, code: str, now: Millis) -> dict[str, Any] | None:
    """What the page shows; None: there is no such facility."""
    facility = await registry.find_facility(connection, code)
    if facility is None:
        return None
    known = await profiles.profiles_of(connection, facility.id)
    rules = await in_force(connection, known.region)
    asked = await subjects.questions_of(connection, facility.id)
    since = now - SHOWN
    return {
        "code": code,
        "name": known.facility.name if known.facility is not None else code,
        "drill": known.facility is not None and known.facility.drill,
        "zone": known.default[-1].zone,
        "questions": [Repeat.of(one, rules) for one in asked],
        "confirming": {one.resident_id for one in asked},
        "alerts": await console.alerts(connection, console.Seen(facilities=(code,)), console.Wanted(worst=4)),
        "people": await roll.residents(connection, facility.id, now),
        "unbound": await fates.unbound(connection, facility.id, since),
        "values": await console.last_values(connection, facility.id, since),
        "events": await fates.newest(connection, facility.id, since, limit=40),
        "rejected": await rejections.of_facility(connection, code, since, limit=20),
    }
