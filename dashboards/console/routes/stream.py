"""The inbox as it changes: a page that stays open hears at once that its list is another.

Only that something changed is said, never what: the page then asks for its list as everybody does, so that scope,
filters and the record of views are those of the list.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from hashlib import blake2b
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.response import ServerSentEvent, ServerSentEventMessage

from dashboards.console.access import SignedIn, shown
from dashboards.console.pages import Asked
from dashboards.console.routes.overview import READERS, wanted_of
from dashboards.console.users import User
from store import console
from store.connection import Pool, reading
from store.console import Wanted

LOOKS_EVERY_SECONDS: Final = 1.0
LASTS_SECONDS: Final = 240.0
"""Then the browser asks anew, and whoever is signed out by then hears no more."""


@shown("/fragments/stream", READERS)
async def stream(request: Asked, user: SignedIn) -> ServerSentEvent:
    """An event for each change of the reader's list."""
    return ServerSentEvent(_changes(request.app.state.desk.pool, user, wanted_of(request)))


async def _changes(pool: Pool, user: User, wanted: Wanted) -> AsyncIterator[ServerSentEventMessage]:
    before, end = "", time.monotonic() + LASTS_SECONDS
    while time.monotonic() < end:
        found = await _digest(pool, user, wanted)
        # Something is said each time: a connection that is gone is noticed by writing to it.
        yield ServerSentEventMessage(data=found, event="changed" if found != before else "same", retry=1_000)
        before = found
        await asyncio.sleep(LOOKS_EVERY_SECONDS)


async def _digest(pool: Pool, user: User, wanted: Wanted) -> str:
    async with reading(pool) as connection:
        found = await console.alerts(connection, user.seen, wanted)
    return blake2b(msgspec.json.encode(found), digest_size=8).hexdigest()


HANDLERS: Final[list[HTTPRouteHandler]] = [stream]
