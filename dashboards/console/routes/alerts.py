"""One alert: why, since when, on what, who was told, and what people did."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import structs

from alerts.acting import ANSWERED
from alerts.cluster_events import CONDITIONS as CLUSTERS
from alerts.cluster_events import course as cluster_course
from alerts.keeping import keepers
from dashboards.console.access import shown, to
from dashboards.console.care import care_of
from dashboards.console.clocks import clocks_shown
from dashboards.console.course import course_of
from dashboards.console.limits import Limits, limits_of
from dashboards.console.pages import Asked, nothing, now, page, user_of, words_of
from dashboards.console.plot import plot
from dashboards.console.users import Role, User
from dashboards.console.words import Words
from detectors.profile import Profile
from detectors.rules import Rule
from detectors.schedule import Schedule
from detectors.times import HOUR, Millis
from store import alerts, cluster_events, console, deliveries, feedback, hand_overs, profiles, registered, transitions
from store.alerts import ActionRow
from store.connection import Connection, reading
from store.console import AlertLine
from store.profiles import Profiles
from store.registered import HospitalFacts
from streams.catalogue import in_force

BEFORE: Final[Millis] = 48 * HOUR
AFTER: Final[Millis] = 24 * HOUR
READERS: Final = to(Role.FACILITY, Role.DESK, Role.HOSPITAL)


@shown("/alerts/{alert_id:int}", READERS)
async def alert_page(request: Asked, alert_id: FromPath[int]) -> Response[Any]:
    """One alert: why, since when, on what, and who was told."""
    async with reading(request.app.state.desk.pool) as connection:
        line = await console.alert(connection, alert_id)
        if line is None:
            return nothing(request)
        course = (await transitions.of_alerts(connection, [alert_id]))[alert_id]
        told = (await deliveries.of_alerts(connection, [alert_id]))[alert_id]
        until = min(now(), line.last_transition_at + AFTER)
        since = line.opened_at - BEFORE
        points = await console.curve(connection, line.facility_id, line.resident_id, since, until)
        acted = await alerts.actions_of(connection, alert_id)
        kept = keepers((await hand_overs.chains(connection, [alert_id])).get(alert_id, ()))
        said = await feedback.last(connection, alert_id)
        known = await profiles.profiles_of(connection, line.facility_id)
        rules = await in_force(connection, line.region or known.region)
        hospital = await _paired(connection, known)
        reporting = await clocks_shown(connection, alert_id, line.region or known.region)
        done = await cluster_events.steps_of(connection, alert_id) if line.condition in CLUSTERS else []
        care = await care_of(connection, alert_id, line.facility_id, line.resident_id, now())
    rule = _rule(rules, line)
    limits = Limits() if rule is None else limits_of(rule.detector, _profile(known, line))
    values = {
        "a": line,
        "steps": course_of(course, told, [_shown(one, user_of(request)) for one in acted], words_of(request)),
        "care": care,
        "clocks": reporting,
        "keepers": kept.names,
        "event": cluster_course(line.opened_at, done) if line.condition in CLUSTERS else None,
        "cluster_steps": done,
        "said": said,
        "rule": rule,
        "phones": dialled(known.facility.phones if known.facility else ""),
        "hospital": hospital,
        "hospital_phones": dialled(hospital.phones if hospital else ""),
        "undone": "undone" in request.query_params,
        "plots": _plots(
            points, b"".join(step.evidence for step in course), since, until, line.zone, limits, words_of(request)
        ),
    }
    return page(request, "alert.html", values)


def _shown(one: ActionRow, user: User | None) -> ActionRow:
    """An answer about data to be verified has its name and words in the facility and its county, and no further up."""
    if one.action != ANSWERED or (user is not None and user.is_near):
        return one
    return structs.replace(one, actor="", comment=None, entered_by=None)


def dialled(phones: str) -> list[str]:
    """Each number as a telephone dials it."""
    return [number for one in re.split(r"[;；,，/\s]+", phones) if len(number := re.sub(r"[^0-9+]", "", one)) >= 3]


async def _paired(connection: Connection, known: Profiles) -> HospitalFacts | None:
    code = known.facility.hospital if known.facility is not None else None
    if code is None:
        return None
    rows = (await registered.known(connection, "hospitals", [(code, "")])).get((code, ""))
    return None if rows is None or not rows.rows else rows.rows[-1][2]


def _rule(rules: Schedule, line: AlertLine) -> Rule | None:
    """The rule that found it; None: people opened it."""
    try:
        return rules.rule(line.rule, line.last_transition_at)
    except KeyError:
        return None


def _profile(known: Profiles, line: AlertLine) -> Profile:
    found = known.of(line.resident_id)
    return next((one for one in reversed(found) if one.valid_from <= line.last_transition_at), found[0])


def _plots(
    points: list[console.Point],
    evidence: bytes,
    since: Millis,
    until: Millis,
    zone: str,
    limits: Limits,
    w: Words,
) -> list[tuple[str, str]]:
    seen = evidence.decode()
    spo2 = [(p.at, p.spo2_tenths / 10, p.event_id in seen) for p in points if p.spo2_tenths is not None]
    heat = [(p.at, p.temperature_tenths / 10, p.event_id in seen) for p in points if p.temperature_tenths is not None]
    drawn = [
        (name := w("血氧", "Oxygen saturation"), plot(name, spo2, since, until, zone, "%", limits.spo2_percent)),
        (name := w("体温", "Temperature"), plot(name, heat, since, until, zone, "°C", limits.temperature_celsius)),
    ]
    return [(name, svg) for name, svg in drawn if svg]


HANDLERS: Final[list[HTTPRouteHandler]] = [alert_page]
