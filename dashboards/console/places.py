"""Whose is what an address names? Every parameter of a path has its answer here, and who asks is let in by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from dashboards.console.users import Place
from store import console
from store.connection import Connection

Find = Callable[[Connection, Mapping[str, Any]], Awaitable[Place | None]]
"""The place of what the parameters of a path name; None: there is no such thing."""


async def _of_alert(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    return _place(await console.place_of_alert(connection, given["alert_id"]))


async def _of_facility(connection: Connection, given: Mapping[str, Any]) -> Place | None:
    return _place(await console.place_of_facility(connection, given["facility"]))


def _place(found: console.PlaceRow | None) -> Place | None:
    return None if found is None else Place(found.facility, found.region, found.resident)


PLACES: Final[dict[str, Find]] = {
    "alert_id": _of_alert,
    "facility": _of_facility,
}
"""By the name of the parameter. `{referral_id:int}` in a path needs a `referral_id` here."""
