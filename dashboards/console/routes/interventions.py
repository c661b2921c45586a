"""Early intervention: what was done because of an alert is written down where the alert stands."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts.intervening import Done, intervene
from dashboards.console.access import SignedIn, done, to
from dashboards.console.forms import Wrong, moment, text
from dashboards.console.pages import Asked, notice, now
from dashboards.console.users import Role
from store import alerts
from store.connection import reading, transaction
from store.interventions import KINDS

DOERS: Final = to(Role.FACILITY, Role.DESK, Role.HOSPITAL, right="acknowledge")


@done("/alerts/{alert_id:int}/interventions", DOERS)
async def record_intervention(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """Somebody did something for the resident, now or a while ago."""
    form = await request.form()
    kind = next((one for one in KINDS if one == form.get("kind")), None)
    if kind is None:
        return notice(request, 400, "请选择做了什么。", "Choose what was done.")
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        zone = (await alerts.places_of(connection, [alert_id]))[alert_id].zone
        try:
            at = moment(form, "at", zone, now())
        except Wrong as wrong:
            return notice(request, 400, wrong.zh, wrong.en)
        await intervene(connection, alert_id, user.actor, Done(kind, text(form, "detail", 200), at), now())
    return Redirect(f"/alerts/{alert_id}", status_code=303)


HANDLERS: Final[list[HTTPRouteHandler]] = [record_intervention]
