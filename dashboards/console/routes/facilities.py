"""One facility: what is to be measured again, latest values, what became of what was sent."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dashboards.console.access import SignedIn, shown, to
from dashboards.console.facility import facility_values
from dashboards.console.pages import Asked, nothing, now, page
from dashboards.console.users import Role, User
from detectors.times import DAY
from store import hand_overs
from store.connection import reading

READERS: Final = to(Role.FACILITY, Role.DESK)


@shown("/facilities/{facility:str}", READERS)
async def facility_page(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """One facility: what is to be measured again, latest values, what became of what was sent."""
    return await _facility(request, user, facility, "facility.html")


@shown("/fragments/facilities/{facility:str}", READERS)
async def facility_part(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """The inside of a facility's page, fetched again and again."""
    return await _facility(request, user, facility, "facility_part.html")


async def _facility(request: Asked, user: User, code: str, template: str) -> Response[Any]:
    moment = now()
    async with reading(request.app.state.desk.pool) as connection:
        values = await facility_values(connection, code, moment)
        # The desk reads of its hand-overs on its own first page.
        is_home = user.role is Role.FACILITY
        offered = await hand_overs.waiting(connection, user.seen, user.login, moment - DAY) if is_home else 0
    return nothing(request) if values is None else page(request, template, values | {"offered": offered})


HANDLERS: Final[list[HTTPRouteHandler]] = [facility_page, facility_part]
