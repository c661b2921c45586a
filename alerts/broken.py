"""What of ours is broken is told the duty officers, by the alert that it hindered last, on a way that works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alerts import counties, routing
from alerts.channels import Channel
from alerts.duties import duties_for, rosters_of
from alerts.ladders.ladder import Step
from alerts.routing import NOBODY, Route
from detectors.detector import Severity
from detectors.times import HOUR, MINUTE, Millis
from store import alerts, deliveries, recipients, technical
from store.alerts import AlertPlace
from store.connection import Connection
from store.deliveries import Kind, NewDelivery

AGAIN: Final[Millis] = 30 * MINUTE
"""A broken channel is told the desk once in this time."""

MENDED_AFTER: Final[Millis] = HOUR
"""What has not failed for so long counts as mended."""


async def tell_desks(connection: Connection, channels: Mapping[str, Channel], now: Millis) -> None:
    """The duty officers hear of what of ours is broken, by the alert that it hindered last."""
    for kind in ("channel", "receiver", "ladder"):
        await technical.mended(connection, kind, now - MENDED_AFTER, now)
    await counties.are_back(connection, now)
    untold = await technical.claim_untold(connection, now, now - AGAIN)
    numbers = [one.alert_id for one in untold if one.alert_id is not None]
    if not numbers:
        return
    places = await alerts.places_of(connection, numbers)
    rosters = await rosters_of(connection, places.values(), now)
    step = Step("duty_officer", 0)
    for one in untold:
        if one.alert_id is None:
            continue
        place = places[one.alert_id]
        duties = duties_for(rosters, place, now)
        if duties is not None:
            routes = routing.step_routes(step, duties, channels)
        else:
            routes = await _registered(connection, place) if one.kind == counties.KIND else []
        await deliveries.add(
            connection, [_about(one, route, place, number, now) for number, route in enumerate(routes)]
        )


async def _registered(connection: Connection, place: AlertPlace) -> list[Route]:
    """Where no desk answers for a county: who is registered for urgent things of the region."""
    known = [one for one in await recipients.read(connection) if one.facility_id is None]
    return routing.registered(Severity.P2, 0, place.region, place.drill, known)


def _about(one: technical.TechnicalAlert, route: Route, place: AlertPlace, number: int, now: Millis) -> NewDelivery:
    # What is broken is not the way to say so.
    ways = [way for way in ((route.channel, route.address), *route.fallbacks) if way[0] != one.subject]
    (channel, address), *rest = ways or [(NOBODY, "")]
    usable = route.not_told or (None if ways else f"{one.subject} is the only way to {route.person}")
    kind: Kind = "county_offline" if one.kind == counties.KIND else "not_reached"
    note = one.said if one.kind == counties.KIND else f"{one.subject}: {one.said} ({one.times}×)"[:160]
    told = Route(channel, address, None, usable, route.person, tuple(rest))
    key, about = f"technical_{one.id}_{now}_{number}", (place.alert_id, place.transition_id)
    return routing.telling(told, about, kind, key, now, severity=2, note=note)
