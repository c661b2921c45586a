"""The router: looks at alerts whose time has come, and writes down who is told and who is not.

Any number may run; due alerts are claimed with SKIP LOCKED, and what a look
decides is one transaction with the deliveries that follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from msgspec import Struct, structs

from alerts import counties, elsewhere, proving, routing, storms
from alerts.broken import tell_desks
from alerts.channels import CHANNELS, Channel
from alerts.duties import duties_for, rosters_of
from alerts.escalation import Look, Notice, climbs_on, hurried, look
from alerts.keeping import NO_KEEPERS, Keepers, is_for, keepers, on_shift, with_keepers
from alerts.ladders.ladder import Ladder, ladder_of
from alerts.routing import NOBODY, Route
from detectors.detector import Severity
from detectors.times import MINUTE, Millis
from store import alerts, deliveries, duty, hand_overs, recipients, technical
from store.alerts import AlertPlace, AlertRow
from store.connection import Connection
from store.deliveries import DeliveryRow, NewDelivery
from store.errors import StoreError
from store.recipients import Recipient

BROKEN_AGAIN: Final = MINUTE
"""An alert that could not be looked at is looked at again."""

FOUND_AGAIN: Final = "数据恢复后核对，仍未恢复 / found again after the database was set back"

log = structlog.get_logger()


class _Known(Struct):
    """What the looks of one pass share."""

    rosters: duty.RosterRows
    recipients: list[Recipient]
    told: dict[int, list[DeliveryRow]]
    storms: storms.Storms
    silent: Mapping[str, counties.Silent]
    elsewhere: Mapping[int, str]
    kept: Mapping[int, Keepers]
    channels: Mapping[str, Channel]


async def route_due(
    connection: Connection, now: Millis, channels: Mapping[str, Channel] = CHANNELS, limit: int = 100
) -> int:
    """Every alert that was due, up to `limit`, has been looked at; how many. The caller has opened a transaction."""
    await tell_desks(connection, channels, now)
    due = await alerts.claim_escalations(connection, now, limit)
    if not due:
        return 0
    places = await alerts.places_of(connection, [one.id for one in due])
    known = await _known(connection, due, places, channels, now)
    new: list[NewDelivery] = []
    looked = [await _look_safely(connection, one, places[one.id], known, new, now) for one in due]
    await alerts.save(connection, looked)
    await deliveries.add(connection, new)
    return len(due)


def _ladder(alert: AlertRow, place: AlertPlace) -> Ladder:
    return ladder_of(place.region, Severity(alert.severity), place.is_region)


async def _known(
    connection: Connection,
    due: list[AlertRow],
    places: Mapping[int, AlertPlace],
    channels: Mapping[str, Channel],
    now: Millis,
) -> _Known:
    concerned = {counties.county_of(places[one.id]) for one in due if one.condition in storms.SILENCES}
    chains = await hand_overs.chains(connection, [one.id for one in due])
    return _Known(
        await rosters_of(connection, places.values(), now),
        await recipients.read(connection),
        await deliveries.of_alerts(connection, [one.id for one in due]),
        storms.Storms(await deliveries.recent(connection, now - storms.WITHIN)),
        await counties.silent_in(connection, concerned),
        await alerts.elsewhere(connection, [one.id for one in due], elsewhere.MEASURED, now),
        {number: keepers(chain) for number, chain in chains.items()},
        channels,
    )


async def _look_safely(
    connection: Connection, alert: AlertRow, place: AlertPlace, known: _Known, new: list[NewDelivery], now: Millis
) -> AlertRow:
    """The alert after a look; one that cannot be looked at keeps no other waiting, and the desk hears of it."""
    told: list[NewDelivery] = []
    try:
        looked = await _look(connection, alert, place, known, told, now)
    except StoreError:
        raise
    except Exception as error:
        log.exception("alert_not_looked_at", alert=alert.id)
        await technical.happened(connection, "ladder", f"{alert.id}", f"{type(error).__name__}: {error}", now, alert.id)
        return structs.replace(alert, next_escalation_at=now + BROKEN_AGAIN)
    new += told
    return looked


async def _look(
    connection: Connection, alert: AlertRow, place: AlertPlace, known: _Known, new: list[NewDelivery], now: Millis
) -> AlertRow:
    """The alert after a look at it; who is told, and who is not, is added to `new`."""
    waiting = counties.waits(alert, now)
    if waiting is not None:
        return waiting
    gone = elsewhere.why_not(alert, known.elsewhere)
    if gone is not None:
        if not elsewhere.is_on_record(known.told[alert.id], gone):
            new.append(_delivery(Route(NOBODY, "", not_told=gone), alert, place, Notice("alarm"), 0, now))
        return elsewhere.held_back(alert, now)
    reason = counties.why_not(alert, place, known.silent)
    if reason is None:
        alert = hurried(alert, _ladder(alert, place), known.told[alert.id], now)
        looked = look(alert, _ladder(alert, place), place.zone, now)
        told = _tellings(looked, place, known, now)
        new += told
        return climbs_on(looked, _ladder(alert, place), told, now)
    await technical.happened(connection, counties.KIND, counties.county_of(place), reason, now, alert.id)
    if not counties.is_on_record(known.told[alert.id]):
        new.append(_delivery(Route(NOBODY, "", not_told=reason), alert, place, Notice("alarm"), 0, now))
    return counties.held_back(alert, now)


def _tellings(looked: Look, place: AlertPlace, known: _Known, now: Millis) -> list[NewDelivery]:
    alert, new = looked.alert, list[NewDelivery]()
    kept = known.kept.get(alert.id, NO_KEEPERS)
    for notice in _spoken(looked, place):
        told = {one.person for one in new}
        for route in _routes(notice, alert, place, known, now):
            if route.person in told and is_for(route, kept.names):
                continue  # of two steps at once whoever keeps the alert hears once
            together = _joins(route, alert, place, notice, known)
            new.append(_delivery(route, alert, place, notice, len(new), now, together=together))
    return new


def _spoken(looked: Look, place: AlertPlace) -> list[Notice]:
    """What was told of before the database was set back is no new alarm."""
    if not place.is_past:
        return list(looked.notices)
    return [
        structs.replace(one, kind="reminder", note=FOUND_AGAIN) if one.kind == "alarm" else one
        for one in looked.notices
    ]


def _routes(notice: Notice, alert: AlertRow, place: AlertPlace, known: _Known, now: Millis) -> list[Route]:
    if place.facility == proving.FACILITY:
        return proving.routes(alert.condition, notice.kind)
    kept = known.kept.get(alert.id, NO_KEEPERS)
    if not kept.names:
        return _by_duty(notice, alert, place, known, now)
    kept = on_shift(kept, duties_for(known.rosters, place, now) or ())
    step = notice.step or _ladder(alert, place).steps[-1]
    return with_keepers(_by_duty(notice, alert, place, known, now), kept, step, known.rosters.people, known.channels)


def _by_duty(notice: Notice, alert: AlertRow, place: AlertPlace, known: _Known, now: Millis) -> list[Route]:
    if notice.step is None:
        told = routing.told_before(known.told[alert.id])
        return _reminded(notice, told, alert, place, known, now) if notice.kind == "reminder" else told
    duties = duties_for(known.rosters, place, now)
    if duties is not None:
        return routing.step_routes(notice.step, duties, known.channels)
    if notice.kind == "escalation":
        return []
    severity = Severity(alert.severity)
    return routing.registered(severity, alert.facility_id, place.region, place.drill, known.recipients)


def _reminded(
    notice: Notice, told: list[Route], alert: AlertRow, place: AlertPlace, known: _Known, now: Millis
) -> list[Route]:
    """Whoever is on duty by now in the steps that were told, and where nobody is, who was told before.

    Nobody has been reached so far: whoever is on duty in any step, by the ways there are by now.
    """
    steps = _ladder(alert, place).steps
    if told:
        steps = steps[: max(alert.step, 1)]
    elif alert.condition_state == "absent":
        steps = (structs.replace(steps[0], wakes=False, informs=True),)
    routes = [
        route
        for step in steps
        for route in _by_duty(structs.replace(notice, step=step), alert, place, known, now)
        if route.not_told is None and (route.role is not None or not told)
    ]
    here = {route.role for route in routes}
    routes += [route for route in told if route.role is None or route.role not in here]
    return list({(route.channel, route.address): route for route in reversed(routes)}.values())[::-1]


def _joins(route: Route, alert: AlertRow, place: AlertPlace, notice: Notice, known: _Known) -> bool:
    """A P1 or P2 that is told together with many alike, or in the list of what was found again."""
    if place.drill or alert.severity > Severity.P2 or route.person is None or notice.kind == "silence_ends":
        return False  # an exercise makes no storm, and is in none
    ways = ((route.channel, route.address), *route.fallbacks)
    if place.is_past and any(_carries_digests(channel) for channel, _ in ways):
        return known.storms.listed(route.person)
    return known.storms.joins(route.person, alert.condition, alert.facility_id)


def _delivery(
    route: Route,
    alert: AlertRow,
    place: AlertPlace,
    notice: Notice,
    number: int,
    now: Millis,
    *,
    together: bool = False,
) -> NewDelivery:
    if together and route.not_told is None:
        route = _together(route)
    severity = alert.severity if notice.kind != "silence_ends" else max(2, alert.severity)
    # Steps that reach nobody are climbed over in one moment: each has keys of its own.
    key, about = f"{notice.kind}_{alert.id}_{now}_{alert.step}_{number}", (alert.id, place.transition_id)
    return routing.telling(
        route, about, notice.kind, key, now, severity=2 if together else severity, note=notice.note or None
    )


def _together(route: Route) -> Route:
    """By a channel that carries digests, which name many in one message; who has none finds it in the inbox."""
    ways = [way for way in ((route.channel, route.address), *route.fallbacks) if _carries_digests(way[0])]
    if not ways:
        why = f"{storms.ALIKE} alike in {storms.WITHIN // MINUTE} minutes were told: this one is in the inbox"
        return structs.replace(route, not_told=why)
    (channel, address), *rest = ways
    return structs.replace(route, channel=channel, address=address, fallbacks=tuple(rest))


def _carries_digests(channel: str) -> bool:
    return channel in CHANNELS and CHANNELS[channel].digest_bytes is not None
