"""Cases from telephone calls: the desk writes down who called when and what they said, and the clocks run from then."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts import acting, calling
from alerts.acting import Refused
from alerts.calling import Call
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.forms import Wrong, moment, text
from dashboards.console.pages import Asked, notice, now, page
from dashboards.console.routes.referrals import scene_of
from dashboards.console.users import Place, Role, User
from detectors.detector import Severity
from store import alerts, console, registry
from store.connection import Connection, reading, transaction

DESK: Final = to(Role.DESK, right="acknowledge")
CLOSERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")
SEVERITIES: Final = (Severity.P1, Severity.P2, Severity.P3)


@shown("/calls/new", to(Role.DESK))
async def call_page(request: Asked, user: SignedIn) -> Response[Any]:
    """The form beside the telephone."""
    async with reading(request.app.state.desk.pool) as connection:
        homes = await console.overview(connection, now(), user.seen, limit=1_000)
    return page(request, "call.html", {"homes": homes, "severities": [int(one) for one in SEVERITIES]})


@done("/calls", DESK)
async def take_call(request: Asked, user: SignedIn) -> Response[Any]:
    """The case is open; whoever took the call may accept it at once."""
    form = await request.form()
    facility = text(form, "facility", 64) or ""
    moment_now = now()
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            zone = await _zone(connection, user, facility)
            call = Call(
                facility,
                text(form, "caller", 64) or "",
                moment(form, "at", zone, moment_now) or moment_now,
                text(form, "words", 200) or "",
                next((one for one in SEVERITIES if str(int(one)) == form.get("severity")), Severity.P1),
                text(form, "resident", 64),
                form.get("refer") == "1",
                form.get("case") == "1",
            )
            scene = await scene_of(connection, facility)
            opened = await calling.phone_in(connection, call, scene, user.actor, moment_now)
            if form.get("accept") == "1":
                await acting.accept(connection, [opened.alert_id], user.actor, None, moment_now)
    except (Wrong, Refused) as wrong:
        return notice(request, 400, wrong.zh, wrong.en)
    return Redirect(f"/alerts/{opened.alert_id}", status_code=303)


@done("/alerts/{alert_id:int}/close", CLOSERS)
async def close_case(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """A case from a call is dealt with."""
    words = text(await request.form(), "words", 200) or ""
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            place = (await alerts.places_of(connection, [alert_id]))[alert_id]
            await registry.lock_facilities(connection, [place.facility])
            await calling.close(connection, alert_id, user.actor, words, now())
    except Refused as refused:
        return notice(request, 400, refused.zh, refused.en)
    return Redirect(f"/alerts/{alert_id}", status_code=303)


async def _zone(connection: Connection, user: User, facility: str) -> str:
    """The clock on the wall of a facility of this desk; raises Wrong, the same for one that is not there."""
    found = await console.place_of_facility(connection, facility)
    if found is None or not user.sees(Place(found.facility, found.region)):
        raise Wrong(
            "没有这个机构，或不在您的辖区：请核对机构编号。",
            "There is no such facility in your region: check its code.",
        )
    return await console.zone_of(connection, facility)


HANDLERS: Final[list[HTTPRouteHandler]] = [call_page, take_call, close_case]
