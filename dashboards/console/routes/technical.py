"""What of ours is broken: channels, counties that are offline. Nobody's health, so that operators see it too."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from dashboards.console.access import shown, to
from dashboards.console.pages import Asked, page
from dashboards.console.users import Role
from store import technical
from store.connection import reading

READERS: Final = to(Role.OPERATOR, Role.DESK)


@shown("/technical", READERS)
async def technical_page(request: Asked) -> Response[Any]:
    """Everything that is broken, the newest first."""
    return await _technical(request, "technical.html")


@shown("/fragments/technical", READERS)
async def technical_part(request: Asked) -> Response[Any]:
    """The inside of the list, fetched again and again."""
    return await _technical(request, "technical_part.html")


async def _technical(request: Asked, template: str) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        return page(request, template, {"broken": await technical.open_ones(connection)})


HANDLERS: Final[list[HTTPRouteHandler]] = [technical_page, technical_part]
