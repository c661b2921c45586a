"""An inbox that is open and can be heard says so, again and again: it counts among what wakes somebody."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from dashboards.console.access import SignedIn, done, to
from dashboards.console.pages import Asked, now
from dashboards.console.users import Role
from store import sirens
from store.connection import reading, transaction


@done("/siren", to(Role.FACILITY, Role.DESK), status_code=200)
async def heard(request: Asked, user: SignedIn) -> Response[Any]:
    """Somebody has pressed the sound test, or the page that was tested is still open with its sound on."""
    is_test = (await request.form()).get("test") == "1"
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        if is_test:
            await sirens.tested(connection, user.account_id, now())
        else:
            await sirens.goes_on(connection, user.account_id, now())
    return Response({"heard": True})


HANDLERS: Final[list[HTTPRouteHandler]] = [heard]
