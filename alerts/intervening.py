"""Early intervention (早干预): what was done because of an alert, by whom and when."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from alerts.acting import Actor, NotAllowed, Outcome
from detectors.times import DAY, Millis
from store import alerts, interventions, registry
from store.alerts import ActionRow
from store.connection import Connection
from store.interventions import Intervention, InterventionKind

WORDS: Final[dict[InterventionKind, tuple[str, str]]] = {
    "repeat_measurement": ("已复测", "measured again"),
    "oxygen": ("已吸氧", "given oxygen"),
    "medicine": ("已用药", "given medicine"),
    "doctor_by_phone": ("医生电话指导", "doctor by phone"),
    "doctor_on_site": ("医生到场", "doctor on site"),
}
OLDEST: Final[Millis] = 7 * DAY
"""What was done longer before it is recorded is a slip of the date (own choice)."""


class Done(Struct, frozen=True):
    """What somebody did; None: now."""

    kind: InterventionKind
    detail: str | None = None
    at: Millis | None = None


async def intervene(connection: Connection, alert_id: int, actor: Actor, done: Done, now: Millis) -> Outcome:
    """It is on record, and in the course of the alert. The caller has opened a transaction.

    It neither stops the signal nor says who answers for the alert: oxygen given
    is not a resident saved.
    """
    if "acknowledge" not in actor.rights:
        raise NotAllowed(f"{actor.name} may look, and not act")
    at = now if done.at is None else done.at
    if not now - OLDEST <= at <= now:
        return Outcome(alert_id, False, "the time is not within the last seven days")
    places = await alerts.places_of(connection, [alert_id])
    if alert_id not in places:
        return Outcome(alert_id, False, "there is no such alert")
    await registry.lock_facilities(connection, [places[alert_id].facility])
    await interventions.add(connection, Intervention(alert_id, at, now, actor.name, done.kind, done.detail))
    await alerts.act(connection, ActionRow(alert_id, now, actor.name, done.kind, done.detail))
    return Outcome(alert_id, True)
