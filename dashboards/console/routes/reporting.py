"""That a positive was reported is written down where its clocks run."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts import reporting
from alerts.acting import Refused
from alerts.reporting import Report
from dashboards.console.access import SignedIn, done, to
from dashboards.console.forms import Wrong, moment, text
from dashboards.console.pages import Asked, notice, now
from dashboards.console.users import Role
from store import alerts
from store.connection import reading, transaction

REPORTERS: Final = to(Role.FACILITY, Role.DESK, Role.HOSPITAL, right="acknowledge")


@done("/alerts/{alert_id:int}/reported", REPORTERS)
async def record_report(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """The clock stops, for every positive of the home that was known when it was reported."""
    form = await request.form()
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            zone = (await alerts.places_of(connection, [alert_id]))[alert_id].zone
            given = Report(
                text(form, "clock", 40) or "",
                text(form, "whom", 100) or "",
                text(form, "words", 200) or "",
                moment(form, "at", zone, now()),
            )
            await reporting.report(connection, alert_id, user.actor, given, now())
    except (Wrong, Refused) as wrong:
        return notice(request, 400, wrong.zh, wrong.en)
    return Redirect(f"/alerts/{alert_id}", status_code=303)


HANDLERS: Final[list[HTTPRouteHandler]] = [record_report]
