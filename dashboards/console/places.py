"""Whose is what an address names? Every parameter of a path has its answer here, and who asks is let in by it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from dashboards.console.dispatches import is_known
from dashboards.console.registered import registered_in
from dashboards.console.users import Place
from dashboards.dispatch.reading import counted_in
from detectors.profile import Profile
from detectors.times import HOUR, Millis
from store import console, hand_overs, items, referrals, sights
from store.connection import Connection

KEPT: Final[Millis] = 72 * HOUR
"""So long after a referral ended its hospital still sees who it was."""

Find = Callable[[Connection, Mapping[str, Any]], Awaitable[Place | None]]
"""The place of what the parameters of a path name; None: there is no such thing."""


async def _of_alert(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    found = await console.place_of_alert(connection, given["alert_id"])
    if found is None:
        return None
    hospitals = await referrals.hospitals_of_alert(connection, given["alert_id"], _since())
    return Place(found.facility, found.region, found.resident, hospitals)


async def _of_referral(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    found = await referrals.place_of(connection, given["referral_id"], _since())
    return None if found is None else Place(found.facility, found.region, found.resident, found.hospitals)


async def _of_sight(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    found = await sights.by_id(connection, given["sight_id"])
    if found is None or found.until <= round(time.time() * 1_000):
        return None
    return Place(found.facility, found.region, found.resident, frozenset((found.hospital,)))


async def _of_facility(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    return _place(await console.place_of_facility(connection, given["facility"]))


async def _of_hand_over(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    record = await hand_overs.find(connection, given["hand_over_id"])
    if record is None:
        return None
    homes = [await console.place_of_facility(connection, code) for code in record.facilities]
    parts = [Place(one.facility, one.region) for one in homes if one is not None]
    return Place("", parts=(*parts, *(Place("", region) for region in record.regions)))


def _since() -> Millis:
    """What ended before is no hospital's any more."""
    return round(time.time() * 1_000) - KEPT


async def _of_region(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    known = await registered_in(connection, given["region"])
    return Place("", given["region"]) if known else None


async def _of_dispatch(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    region: str = given["dispatch_region"]
    return Place("", region) if is_known(region) else None


async def _of_item(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    found = await items.find(connection, given["item_id"])
    return None if found is None else Place("", counted_in(found.region, Profile().day_of(round(time.time() * 1_000))))


def _place(found: console.PlaceRow | None) -> Place | None:
    return None if found is None else Place(found.facility, found.region, found.resident)


PLACES: Final[dict[str, Find]] = {
    "alert_id": _of_alert,
    "facility": _of_facility,
    "referral_id": _of_referral,
    "sight_id": _of_sight,
    "region": _of_region,
    "hand_over_id": _of_hand_over,
    "dispatch_region": _of_dispatch,
    "item_id": _of_item,
}
"""By the name of the parameter. `{referral_id:int}` in a path needs a `referral_id` here."""
