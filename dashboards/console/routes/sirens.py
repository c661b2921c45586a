"""An inbox that is open and can be heard says so, again and again: it counts among what wakes somebody.

One that cannot ring while a P1 has no answer says so too: that is a technical alert until it can, or is closed.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from dashboards.console.access import SignedIn, done, to
from dashboards.console.pages import Asked, now
from dashboards.console.users import Role
from store import sirens, technical
from store.connection import reading, transaction

MUTED: Final = "receiver"
"""The kind of that technical alert; its subject is who sits before the page."""


@done("/siren", to(Role.FACILITY, Role.DESK), status_code=200)
async def heard(request: Asked, user: SignedIn) -> Response[Any]:
    """Somebody has pressed the sound test, or the page that was tested is still open with its sound on."""
    form = await request.form()
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        if form.get("sound") == "off":
            await technical.happened(connection, MUTED, user.name, "no sound while a P1 has no answer", now())
            return Response({"heard": False})
        await technical.well_again(connection, MUTED, user.name, now())
        if form.get("test") == "1":
            await sirens.tested(connection, user.account_id, now())
        else:
            await sirens.goes_on(connection, user.account_id, now())
    return Response({"heard": True})


HANDLERS: Final[list[HTTPRouteHandler]] = [heard]
