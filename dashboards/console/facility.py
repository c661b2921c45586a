"""One facility's page: what is due, what stands, what nobody claimed, what became of what was sent."""

from __future__ import annotations

from typing import Any, Final

from alerts.hearing import hearing
from dashboards.console.check_form import PRESENCES
from dashboards.console.due import due_checks
from detectors.times import DAY, Millis
from store import checks, console, fates, outages, profiles, registry, rejections, reports, roll, silences, subjects
from store.connection import Connection
from store.rows import EventType
from streams.catalogue import in_force

SHOWN: Final[Millis] = 2 * DAY
EVENTS_SHOWN: Final = 40
VOIDABLE: Final = (EventType.reading, EventType.check_in, EventType.test_result)
"""What somebody of the home may take back as entered in error."""
HEARD_WITHIN: Final[Millis] = 60 * DAY
"""So far back the last contact of a facility is known, and our own outages matter to it."""


async def facility_values(connection: Connection, code: str, now: Millis) -> dict[str, Any] | None:
    """What the page shows; None: there is no such facility."""
    facility = await registry.find_facility(connection, code)
    if facility is None:
        return None
    known = await profiles.profiles_of(connection, facility.id)
    rules = await in_force(connection, known.region)
    asked = await subjects.questions_of(connection, facility.id)
    people = await roll.residents(connection, facility.id, now)
    looked = {one.resident: one for one in await checks.looked_after(connection, facility.id, now)}
    due = due_checks(people, looked, known, rules, asked, now)
    since = now - SHOWN
    heard = await silences.of_facility(connection, facility.id)
    ours = await outages.between(connection, now - HEARD_WITHIN, now)
    return {
        "code": code,
        "name": known.facility.name if known.facility is not None else code,
        "drill": known.facility is not None and known.facility.drill,
        "zone": known.default[-1].zone,
        "hearing": hearing(heard, ours, now),
        "is_reported": await reports.of_day(connection, facility.id, known.default[-1].day_of(now)) is not None,
        "due": due,
        "confirming": {one.resident for one in due.repeats},
        "alerts": await console.alerts(connection, console.Seen(facilities=(code,)), console.Wanted(worst=4)),
        "people": people,
        "PRESENCES": PRESENCES,
        "unbound": await fates.unbound(connection, facility.id, since),
        "values": await console.last_values(connection, facility.id, since),
        "events": await fates.newest(connection, facility.id, since, limit=EVENTS_SHOWN),
        "voidable": VOIDABLE,
        "rejected": await rejections.of_facility(connection, code, since, limit=20),
    }
