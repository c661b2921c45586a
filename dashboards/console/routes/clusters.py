"""Clusters as events: which are open, and what is said of each: verified, acted upon, disease control told, closed."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts.acting import Refused
from alerts.cluster_events import DESKS, NewStep, say
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.forms import Wrong, moment, text
from dashboards.console.pages import Asked, notice, now, page
from dashboards.console.users import Role
from store import alerts, cluster_events
from store.connection import reading, transaction

READERS: Final = to(Role.DESK, Role.VIEWER)
SAYERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")


@shown("/clusters", READERS)
async def clusters_page(request: Asked, user: SignedIn) -> Response[Any]:
    """Those that are not closed, the worst first."""
    async with reading(request.app.state.desk.pool) as connection:
        found = await cluster_events.open_ones(connection, user.seen)
    return page(request, "clusters.html", {"events": found})


@done("/alerts/{alert_id:int}/event", SAYERS)
async def say_step(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """Something was done about it, now or a while ago."""
    form = await request.form()
    step = next((one for one in cluster_events.STEPS if one == form.get("step")), None)
    if step is None:
        return notice(request, 400, "请选择一个步骤。", "Choose a step.")
    if step in DESKS and user.role is not Role.DESK:
        return notice(
            request, 403, "核实和结案由值班台登记。", "Whether it is a cluster, and that it is over, the desk says."
        )
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            zone = (await alerts.places_of(connection, [alert_id]))[alert_id].zone
            new = NewStep(
                step, text(form, "words", 200) or "", text(form, "whom", 100), moment(form, "at", zone, now())
            )
            await say(connection, alert_id, user.actor, new, now())
    except (Wrong, Refused) as wrong:
        return notice(request, 400, wrong.zh, wrong.en)
    return Redirect(f"/alerts/{alert_id}", status_code=303)


HANDLERS: Final[list[HTTPRouteHandler]] = [clusters_page, say_step]
