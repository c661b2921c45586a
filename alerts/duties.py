"""Who is on duty for the places of alerts, as the rosters have it at a moment."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.rosters import OnDuty, desks_for, on_duty
from detectors.times import Millis
from store import duty
from store.alerts import AlertPlace
from store.connection import Connection


async def rosters_of(connection: Connection, places: Iterable[AlertPlace], now: Millis) -> duty.RosterRows:
    """The rosters of the desks that answer for these places; of a drill only those that name it."""
    known = list(places)
    facilities, regions = {place.facility for place in known}, {place.region for place in known if not place.drill}
    return await duty.read(connection, facilities, regions, now)


def duties_for(rosters: duty.RosterRows, place: AlertPlace, now: Millis) -> list[OnDuty] | None:
    """Who is on duty for a facility, per role at the nearest desk; None: no roster answers for it.

    A drill reaches only desks that name its facility.
    """
    desks = desks_for(rosters, place.facility, None if place.drill else place.region)
    if place.drill:
        desks = [desk for desk in desks if any(scope.facility == place.facility for scope in desk.scopes)]
    if not desks:
        return None
    found: dict[str, list[OnDuty]] = {}
    for desk in desks:
        here: dict[str, list[OnDuty]] = {}
        for one in on_duty(rosters, desk, place.region, now):
            here.setdefault(one.role, []).append(one)
        found = here | found  # a desk that names the facility goes before one of the region
    return [one for duties in found.values() for one in duties]
