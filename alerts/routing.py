"""Who is told, and for everyone who is not, why not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from alerts.channels import Channel
from alerts.ladders.ladder import ROLES, Step
from alerts.rosters import OnDuty
from detectors.detector import Severity
from detectors.times import Millis
from store.deliveries import DeliveryRow, Kind, NewDelivery, Way
from store.duty import Person
from store.recipients import Recipient

NOBODY = "nobody"
"""The channel of the row that says that no recipient fits."""


class Route(Struct, frozen=True):
    """Somebody who is told, or with a reason is not."""

    channel: str
    address: str
    recipient_id: int | None = None
    not_told: str | None = None
    person: str | None = None
    fallbacks: tuple[Way, ...] = ()
    role: str | None = None


def step_routes(step: Step, duties: Iterable[OnDuty], channels: Mapping[str, Channel]) -> list[Route]:
    """Routes of a step of the ladder: everyone on duty in its role, by the ways that suit its urgency."""
    routes = []
    for duty in duties:
        if duty.role != step.role:
            continue
        ways = ways_to(duty.person, step, channels)
        name = duty.person.name if duty.for_whom is None else f"{duty.person.name}(替{duty.for_whom})"
        if not ways:
            why = "has no way that informs only: it is in the inbox" if duty.person.ways else "has no way to be told"
            routes.append(Route(NOBODY, duty.person.code, None, f"{name} {why}", name, (), step.role))
            continue
        (channel, address), *others = ways
        routes.append(Route(channel, address, None, None, name, tuple(others), step.role))
    return routes or [Route(NOBODY, step.role, None, f"no {ROLES[step.role][1]} is on duty", None, (), step.role)]


def ways_to(person: Person, step: Step, channels: Mapping[str, Channel]) -> list[Way]:
    """A person's ways in the order to be tried: what wakes first, or what does not wake, and then a short message.

    Whoever can only be rung is rung: nothing but the inbox would be left for what is urgent.
    """

    def waking(way: Way) -> bool:
        return way[0] in channels and channels[way[0]].wakes

    if step.wakes:
        return sorted(person.ways, key=lambda way: not waking(way))
    if step.informs:
        return [way for way in person.ways if not waking(way)]
    return sorted((way for way in person.ways if way[0] != "voice"), key=waking) or list(person.ways)


def telling(
    route: Route,
    about: tuple[int, int],
    kind: Kind,
    key: str,
    now: Millis,
    *,
    severity: int,
    note: str | None = None,
) -> NewDelivery:
    """The row of a route that is told, or with its reason is not; `about` is the alert and its last transition."""
    return NewDelivery(
        alert_id=about[0],
        transition_id=about[1],
        recipient_id=route.recipient_id,
        channel=route.channel,
        address=route.address,
        kind=kind,
        idempotency_key=key,
        next_attempt_at=now,
        created_at=now,
        severity=severity,
        status="due" if route.not_told is None else "not_told",
        not_told_reason=route.not_told,
        person=route.person,
        fallbacks=route.fallbacks,
        role=route.role,
        note=note,
    )


def wakes_somebody(route: Route, channels: Mapping[str, Channel]) -> bool:
    """One of its ways wakes."""
    ways = [(route.channel, route.address), *route.fallbacks]
    return any(way[0] in channels and channels[way[0]].wakes for way in ways)


def registered(
    severity: Severity, facility_id: int, region: str | None, drill: bool, recipients: Iterable[Recipient]
) -> list[Route]:
    """Where no roster answers for the facility: every recipient of the file in scope, told or with the reason."""
    routes = []
    for one in recipients:
        of_region = one.facility_id is None and (region or "").startswith(one.region_prefix or "")
        if one.facility_id == facility_id or of_region:
            reason = None
            if drill and of_region:
                reason = "a drill reaches only the recipients of its facility"
            elif one.severity < severity:
                reason = f"wants {Severity(one.severity).name} or worse only"
            routes.append(Route(one.channel, one.address, one.id, reason))
    return routes or [Route(NOBODY, "", None, "no recipient is registered for this facility")]


def told_before(deliveries: Iterable[DeliveryRow], kinds: Sequence[str] = ("alarm", "escalation")) -> list[Route]:
    """Everyone who was told, or whose telling is on its way: they are reminded, and hear the all-clear.

    An alarm that is still waiting is sent first: deliveries of one alert to one address keep their order. What was
    tried, and taken back because somebody had the alert in hand, may have arrived all the same.
    """
    found: dict[Way, Route] = {}
    for one in deliveries:
        if one.status not in ("due", "sending", "sent") and not (one.status == "not_told" and one.attempts):
            continue
        way = (one.channel, one.address)
        if one.kind == "all_clear":
            found.pop(way, None)
        elif one.kind in (*kinds, "reminder"):
            found[way] = route_of(one)
    return list(found.values())


def route_of(row: DeliveryRow) -> Route:
    """The way by which somebody was told, to tell them again."""
    return Route(row.channel, row.address, row.recipient_id, None, row.person, row.fallbacks, row.role)
