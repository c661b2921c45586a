"""Who is told, and for everyone who is not, why not. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from detectors.detector import Severity
from store.deliveries import DeliveryRow
from store.recipients import Recipient

NOBODY = "nobody"
"""The channel of the row that says that no recipient fits."""


class Route(Struct, frozen=True):
    """Somebody who is told, or with a reason is not."""

    channel: str
    address: str
    recipient_id: int | None
    not_told: str | None = None


def alarm(
    severity: Severity, facility_id: int, region: str | None, recipients: Iterable[Recipient], silent: str | None
) -> list[Route]:
    """Routes of an alarm: every recipient in scope, told or with the reason; `silent` holds for all of them."""
    routes = []
    for one in recipients:
        in_scope = one.facility_id == facility_id or (
            one.facility_id is None and (region or "").startswith(one.region_prefix or "")
        )
        if in_scope:
            reason = silent
            if reason is None and one.severity < severity:
                reason = f"wants {Severity(one.severity).name} or worse only"
            routes.append(Route(one.channel, one.address, one.id, reason))
    if not routes:
        return [Route(NOBODY, "", None, silent or "no recipient is registered for this facility")]
    return routes


def all_clear(deliveries: Iterable[DeliveryRow]) -> list[Route]:
    """Routes of an all-clear: exactly those who were told, or whose alarm is on its way.

    An alarm that is still waiting is sent first: deliveries of one alert to one address keep their order.
    """
    last: dict[tuple[str, str], DeliveryRow] = {}
    for one in deliveries:
        if one.status in ("due", "sending", "sent"):
            last[one.channel, one.address] = one
    return [Route(one.channel, one.address, one.recipient_id) for one in last.values() if one.kind == "alarm"]
