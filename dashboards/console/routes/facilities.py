"""One facility: what is to be measured again, latest values, what became of what was sent."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dashboards.console.access import shown, to
from dashboards.console.facility import facility_values
from dashboards.console.pages import Asked, nothing, now, page
from dashboards.console.users import Role
from store.connection import reading

READERS: Final = to(Role.FACILITY, Role.DESK)


@shown("/facilities/{facility:str}", READERS)
async def facility_page(request: Asked, facility: FromPath[str]) -> Response[Any]:
    """One facility: what is to be measured again, latest values, what became of what was sent."""
    return await _facility(request, facility, "facility.html")


@shown("/fragments/facilities/{facility:str}", READERS)
async def facility_part(request: Asked, facility: FromPath[str]) -> Response[Any]:
    """The inside of a facility's page, fetched again and again."""
    return await _facility(request, facility, "facility_part.html")


async def _facility(request: Asked, code: str, template: str) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        values = await facility_values(connection, code, now())
    return nothing(request) if values is None else page(request, template, values)


HANDLERS: Final[list[HTTPRouteHandler]] = [facility_page, facility_part]
