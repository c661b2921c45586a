"""The first page: who needs us now, and the facilities of the reader's region."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from alerts.messages import CONDITIONS
from dashboards.console.access import EVERY_ROLE, SignedIn, shown, to
from dashboards.console.pages import Asked, now, page
from dashboards.console.registered import regions_of
from dashboards.console.users import Role, User
from dashboards.console.viewing import viewed
from detectors.times import DAY, HOUR, MINUTE, Millis
from store import console, hand_overs
from store.connection import reading
from store.console import Wanted

ZONE: Final[Millis] = 8 * HOUR
FILTERS: Final = ("worst", "condition", "facility", "unanswered")
READERS: Final = to(Role.DESK, Role.VIEWER, Role.FACILITY)
HOMES: Final[dict[Role, str]] = {Role.OPERATOR: "/technical", Role.HOSPITAL: "/referrals"}
"""Where a role begins that does not begin with the overview."""


@shown("/", EVERY_ROLE)
async def overview(request: Asked, user: SignedIn) -> Response[Any]:
    """Open alerts first, then the facilities; who has another first page goes there."""
    if user.role in HOMES:
        return Redirect(HOMES[user.role], status_code=303)
    if user.role is Role.FACILITY and len(user.scope.facilities) == 1:
        return Redirect(f"/facilities/{quote(user.scope.facilities[0])}", status_code=303)
    return await _overview(request, user, "overview.html")


@shown("/fragments/overview", READERS)
async def overview_part(request: Asked, user: SignedIn) -> Response[Any]:
    """The inside of the overview, fetched again and again."""
    return await _overview(request, user, "overview_part.html")


async def _overview(request: Asked, user: User, template: str) -> Response[Any]:
    moment, wanted = now(), wanted_of(request)
    today = (moment + ZONE) // DAY * DAY - ZONE
    async with reading(request.app.state.desk.pool) as connection:
        alerts = await console.alerts(connection, user.seen, wanted)
        values = {
            "wanted": wanted,
            "conditions": CONDITIONS,
            "query": f"?{query}" if (query := urlencode(_given(request))) else "",
            "counters": await console.counters(connection, moment - 10 * MINUTE, user.seen),
            "alerts": alerts,
            "regions": await regions_of(connection, user.seen),
            "offered": await hand_overs.waiting(connection, user.seen, user.login, moment - DAY),
            "facilities": await console.overview(connection, today, user.seen),
        }
    if user.is_told_who:
        await viewed(request, user, [f"{one.facility}/{one.resident}" for one in alerts])
    return page(request, template, values)


def wanted_of(request: Asked) -> Wanted:
    """The filters that the address names; what is no filter is left out."""
    given = _given(request)
    worst = given.get("worst", "")
    return Wanted(
        worst=int(worst) if worst in ("1", "2", "3", "4") else 3,
        condition=given["condition"] if given.get("condition") in CONDITIONS else None,
        facility=given.get("facility") or None,
        unanswered=given.get("unanswered") == "1",
    )


def _given(request: Asked) -> dict[str, str]:
    return {name: value[:60] for name in FILTERS if (value := request.query_params.get(name, "").strip())}


HANDLERS: Final[list[HTTPRouteHandler]] = [overview, overview_part]
