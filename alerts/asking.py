"""A hospital is asked for a bed: whoever is on duty there is told, and when nobody can be, the county's desk.

Following a referral writes down only that a hospital was asked; this reads who
is on duty there and tells them, so that a decline or a clock that ran out has
the next hospital told without anybody pressing anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from alerts import routing
from alerts.alert import Place, unnumbered
from alerts.by_hand import numbered, on_record
from alerts.channels import CHANNELS, Channel
from alerts.duties import duties_for
from alerts.ladders.ladder import Step
from alerts.rosters import on_duty
from alerts.routing import NOBODY, Route, telling
from detectors.detector import Severity
from detectors.times import HOUR, Millis
from store import alerts, askings, deliveries, duty, registry
from store.alerts import AlertPlace
from store.askings import Asking
from store.connection import Connection

CONDITION: Final = "referral_by_hand"
RULE: Final = "转诊申请"
OLD: Final[Millis] = 24 * HOUR
"""What was asked for longer ago is no news for anybody (own choice): the page of the hospital has it."""


async def ask(connection: Connection, now: Millis, channels: Mapping[str, Channel] = CHANNELS, limit: int = 50) -> int:
    """Hospitals that were asked, and have not answered, are told; how many. The caller has opened a transaction."""
    found = await askings.claim(connection, now, limit)
    for one in found:
        if not one.is_waiting or now - one.asked_at > OLD:
            continue
        number = one.alert_id if one.alert_id is not None else await _anchor(connection, one, now)
        if number is None:
            continue
        place = (await alerts.places_of(connection, [number]))[number]
        routes = await _at_hospital(connection, one, place, channels, now)
        is_reached = any(route.not_told is None for route in routes)
        if not is_reached:
            routes += await _at_desk(connection, one, place, channels, now)
        about = (number, place.transition_id)
        note = f"转诊 {one.referral} 请求{one.name}接收 / referral {one.referral} asks {one.name} for a bed"
        if not is_reached and one.phones:
            note += f"（☎ {one.phones}）"
        new = [
            telling(
                # The cards of the ladder say what to do about an alert.
                structs.replace(route, role=None),
                about,
                "referral_asked",
                f"asked_{one.facility_id}_{one.referral}_{one.hospital}_{one.asked_at}_{at}",
                now,
                severity=1,
                note=note,
            )
            for at, route in enumerate(routes)
        ]
        await deliveries.add(connection, new)
    return len(found)


async def _at_hospital(
    connection: Connection, one: Asking, place: AlertPlace, channels: Mapping[str, Channel], now: Millis
) -> list[Route]:
    """Everybody on duty there, by what wakes."""
    rosters = await duty.of_hospital(connection, one.hospital, now)
    return [
        route
        for desk in rosters.desks
        for person in on_duty(rosters, desk, place.region, now)
        for route in routing.step_routes(Step(person.role, 0, wakes=True), [person], channels)  # type: ignore[arg-type]
    ]


async def _at_desk(
    connection: Connection, one: Asking, place: AlertPlace, channels: Mapping[str, Channel], now: Millis
) -> list[Route]:
    """Nobody at the hospital can be told: that is said, and the county's desk reads whom to ring."""
    region = set() if place.drill else {place.region}
    rosters = await duty.read(connection, [place.facility], region, now)
    routes = routing.step_routes(Step("duty_officer", 0), duties_for(rosters, place, now) or [], channels)
    return [Route(NOBODY, one.hospital, not_told=f"nobody on duty at {one.name} can be told"), *routes]


async def _anchor(connection: Connection, one: Asking, now: Millis) -> int | None:
    """What messages about a referral without any alert hang on: an alert that is closed as it opens."""
    if one.resident_id is None:
        return None
    await registry.lock_facilities(connection, [one.facility])
    new = unnumbered(Place(one.facility_id, one.resident_id, CONDITION), Severity.P3, one.asked_at, now)
    said = {"reason_zh": "无预警，由人工申请转诊", "reason_en": "Referred by hand, without an alert"}
    (row,) = await numbered(connection, [structs.replace(new, rule=RULE, **said)])
    closed = structs.replace(row, condition_state="absent", signal="off", closed_at=now)
    await alerts.save(connection, [closed])
    await on_record(connection, [closed], "asked", now, one.asked_at)
    return closed.id
