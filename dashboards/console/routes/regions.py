"""A county or a city: its homes ranked by how fast new cases rise, and its days."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dashboards.console.access import shown, to
from dashboards.console.pages import Asked, page
from dashboards.console.regions import region_values
from dashboards.console.users import Role
from store.connection import reading


@shown("/regions/{region:str}", to(Role.DESK, Role.VIEWER))
async def region_page(request: Asked, region: FromPath[str]) -> Response[Any]:
    """The ranking of each county there, those in a wave first. It names homes, and nobody in them."""
    async with reading(request.app.state.desk.pool) as connection:
        values = await region_values(connection, region)
    return page(request, "region.html", values)


HANDLERS: Final[list[HTTPRouteHandler]] = [region_page]
