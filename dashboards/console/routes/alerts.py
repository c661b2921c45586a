"""One alert: why, since when, on what, who was told; and what a person does about it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts.acting import acknowledge
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.pages import Asked, nothing, now, page, words_of
from dashboards.console.plot import plot
from dashboards.console.users import Role
from dashboards.console.words import Words
from detectors.times import HOUR, Millis
from store import console, deliveries, profiles, transitions
from store.connection import reading, transaction
from store.console import AlertLine
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
        known = await profiles.profiles_of(connection, line.facility_id)
        rules = await in_force(connection, known.region)
    values = {
        "a": line,
        "course": course,
        "told": told,
        "rule": rules.rule(line.rule, line.last_transition_at),
        "plots": _plots(line, points, b"".join(step.evidence for step in course), since, until, words_of(request)),
    }
    return page(request, "alert.html", values)


@done("/alerts/{alert_id:int}/acknowledge", to(Role.FACILITY, Role.DESK, Role.HOSPITAL, right="acknowledge"))
async def acknowledge_alert(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """Somebody has looked. Doing it twice is harmless."""
    form = await request.form()
    comment = str(form.get("comment", "")).strip()[:200] or None
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        await acknowledge(connection, [alert_id], user.actor, comment, now())
    return Redirect(f"/alerts/{alert_id}", status_code=303)


def _plots(
    line: AlertLine, points: list[console.Point], evidence: bytes, since: Millis, until: Millis, w: Words
) -> list[tuple[str, str]]:
    seen = evidence.decode()
    limit = 93.0 if line.condition == "hypoxia" and line.severity <= 2 else None
    spo2 = [(p.at, p.spo2_tenths / 10, p.event_id in seen) for p in points if p.spo2_tenths is not None]
    heat = [(p.at, p.temperature_tenths / 10, p.event_id in seen) for p in points if p.temperature_tenths is not None]
    drawn = [
        (w("血氧", "Oxygen saturation"), plot(spo2, since, until, line.zone, "%", limit)),
        (
            w("体温", "Temperature"),
            plot(heat, since, until, line.zone, "°C", 37.3 if line.condition == "fever" else None),
        ),
    ]
    return [(name, svg) for name, svg in drawn if svg]


HANDLERS: Final[list[HTTPRouteHandler]] = [alert_page, acknowledge_alert]
