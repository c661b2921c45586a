"""The first page: who needs us now, and the facilities of the reader's region."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from dashboards.console.access import SignedIn, shown, to
from dashboards.console.pages import Asked, now, page
from dashboards.console.users import Role, User
from dashboards.console.viewing import viewed
from detectors.times import DAY, HOUR, MINUTE, Millis
from store import console
from store.connection import reading

ZONE: Final[Millis] = 8 * HOUR
READERS: Final = to(Role.DESK, Role.VIEWER, Role.FACILITY)


@shown("/", READERS)
async def overview(request: Asked, user: SignedIn) -> Response[Any]:
    """Open alerts first, then the facilities; a home goes to its own page."""
    if user.role is Role.FACILITY and len(user.scope.facilities) == 1:
        return Redirect(f"/facilities/{user.scope.facilities[0]}", status_code=303)
    return await _overview(request, user, "overview.html")


@shown("/fragments/overview", READERS)
async def overview_part(request: Asked, user: SignedIn) -> Response[Any]:
    """The inside of the overview, fetched again and again."""
    return await _overview(request, user, "overview_part.html")


async def _overview(request: Asked, user: User, template: str) -> Response[Any]:
    moment = now()
    today = (moment + ZONE) // DAY * DAY - ZONE
    async with reading(request.app.state.desk.pool) as connection:
        alerts = await console.alerts(connection, user.seen)
        values = {
            "counters": await console.counters(connection, moment - 10 * MINUTE, user.seen),
            "alerts": alerts,
            "facilities": await console.overview(connection, today, user.seen),
        }
    if user.is_told_who:
        await viewed(request, user, [f"{one.facility}/{one.resident}" for one in alerts])
    return page(request, template, values)


HANDLERS: Final[list[HTTPRouteHandler]] = [overview, overview_part]
