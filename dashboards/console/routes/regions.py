"""A county or a city: its open alerts and their clocks, silent homes, tiers, referrals on the way, and its ranking."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dashboards.console.access import shown, to
from dashboards.console.pages import Asked, now, page
from dashboards.console.regions import region_values
from dashboards.console.users import Role
from store.connection import reading


@shown("/regions/{region:str}", to(Role.DESK, Role.VIEWER))
async def region_page(request: Asked, region: FromPath[str]) -> Response[Any]:
    """What is open there, and the ranking of each county. It names homes, and nobody in them."""
    return await _region(request, region, "region.html")


@shown("/fragments/regions/{region:str}", to(Role.DESK, Role.VIEWER))
async def region_part(request: Asked, region: FromPath[str]) -> Response[Any]:
    """The inside of a region's page, fetched again and again."""
    return await _region(request, region, "region_part.html")


async def _region(request: Asked, region: str, template: str) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        values = await region_values(connection, region, now())
    return page(request, template, values)


HANDLERS: Final[list[HTTPRouteHandler]] = [region_page, region_part]
