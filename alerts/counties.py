"""A whole county falls silent: one event instead of many, told once, cleared when it is back.

The many are looked at again and again meanwhile; those that are still silent
when the county is back climb their ladders as if they had just begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, structs

from alerts import storms
from alerts.routing import route_of, telling
from detectors.times import MINUTE, Millis
from store import alerts, deliveries, technical
from store.alerts import AlertPlace, AlertRow
from store.connection import Connection
from store.deliveries import DeliveryRow

LOOK_AGAIN: Final[Millis] = 5 * MINUTE
GATHER: Final[Millis] = 3 * MINUTE
"""A silence of half a day waits so long before it is told: then a county's are known together (own choice)."""

KIND: Final = "county"
_DIGITS: Final = 6  # of a county


class Silent(Struct, frozen=True):
    """How many facilities of a county fell silent together, of how many."""

    facilities: int
    of: int


def county_of(place: AlertPlace) -> str:
    """Where an alert is; empty: nobody said, or an exercise that stands for nobody."""
    return "" if place.drill else (place.region or "")[:_DIGITS]


async def silent_in(connection: Connection, counties: Iterable[str]) -> dict[str, Silent]:
    """Per county: facilities that fell silent within the same quarter of an hour and still are."""
    wanted = sorted(set(counties) - {""})
    if not wanted:
        return {}
    found = await alerts.silent_in(connection, wanted, storms.SILENT_WITHIN)
    return {county: Silent(*numbers) for county, numbers in found.items()}


def waits(alert: AlertRow, now: Millis) -> AlertRow | None:
    """The alert as it waits for others like it; None: it does not."""
    if alert.condition != storms.SILENT or alert.step or alert.alarm_at is None or now >= alert.alarm_at + GATHER:
        return None
    return structs.replace(alert, next_escalation_at=alert.alarm_at + GATHER)


def why_not(alert: AlertRow, place: AlertPlace, silent: Mapping[str, Silent]) -> str | None:
    """Why the alert is not told by itself; None: it is."""
    found = silent.get(county_of(place), Silent(0, 0))
    return storms.inhibited(alert.condition, alert.severity, county_of(place), found.facilities, found.of)


def held_back(alert: AlertRow, now: Millis) -> AlertRow:
    """The alert waits until its county is back; its ladder has not begun."""
    began = now if alert.step == 0 else alert.alarm_at
    return structs.replace(alert, alarm_at=began, next_escalation_at=now + LOOK_AGAIN)


def is_on_record(rows: Iterable[DeliveryRow]) -> bool:
    """That it is not told because of its county has been written down."""
    return any((row.not_told_reason or "").startswith(KIND) for row in rows)


async def are_back(connection: Connection, now: Millis) -> None:
    """Counties of which few are silent any more: the event is over, and everybody who heard of it is told."""
    known = [one for one in await technical.open_ones(connection) if one.kind == KIND]
    silent = await silent_in(connection, [one.subject for one in known])
    for one in known:
        found = silent.get(one.subject, Silent(0, 0))
        if storms.is_offline(found.facilities, found.of) or not await technical.close(connection, one.id, now):
            continue
        if one.alert_id is None:
            continue
        rows = (await deliveries.of_alerts(connection, [one.alert_id]))[one.alert_id]
        said = f"{one.subject}: {found.facilities} of {found.of} facilities are silent"
        told = {(row.channel, row.address): row for row in rows if _has_heard(row, one.id)}
        back = []
        for number, row in enumerate(told.values()):
            key, about = f"technical_{one.id}_back_{number}", (row.alert_id, row.transition_id)
            back.append(telling(route_of(row), about, "county_back", key, now, severity=2, note=said))
        await deliveries.add(connection, back)


def _has_heard(row: DeliveryRow, number: int) -> bool:
    is_about_it = row.kind == "county_offline" and row.idempotency_key.startswith(f"technical_{number}_")
    return is_about_it and row.status in ("due", "sending", "sent")
