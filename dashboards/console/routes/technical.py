"""What of ours is broken: channels, counties that are offline, pages without sound, a path that is not proven.

Nobody's health, so that operators see it too.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from dashboards.console.access import SignedIn, shown, to
from dashboards.console.pages import Asked, page
from dashboards.console.routes.sirens import MUTED
from dashboards.console.users import Role, User
from store import technical
from store.connection import reading

READERS: Final = to(Role.OPERATOR, Role.DESK)


@shown("/technical", READERS)
async def technical_page(request: Asked, user: SignedIn) -> Response[Any]:
    """Everything that is broken, the newest first."""
    return await _technical(request, user, "technical.html")


@shown("/fragments/technical", READERS)
async def technical_part(request: Asked, user: SignedIn) -> Response[Any]:
    """The inside of the list, fetched again and again."""
    return await _technical(request, user, "technical_part.html")


async def _technical(request: Asked, user: User, template: str) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        broken = await technical.open_ones(connection)
    # Who sits before a page elsewhere is nobody's matter but the operator's.
    mine = [one for one in broken if one.kind != MUTED or user.role is Role.OPERATOR or one.subject == user.name]
    return page(request, template, {"broken": mine})


HANDLERS: Final[list[HTTPRouteHandler]] = [technical_page, technical_part]
