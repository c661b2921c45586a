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
from store import console
from store.connection import Pool, reading
from store.console import Seen, Wanted

LOOKS_EVERY_SECONDS: Final = 1.0
FORGOTTEN_SECONDS: Final = 60.0
LASTS_SECONDS: Final = 240.0
"""Then the browser asks anew, and whoever is signed out by then hears no more."""


class Lists:
    """What each list is like now: looked up once in a while, however many pages of the same scope are open."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._looks: dict[tuple[Seen, Wanted], tuple[float, asyncio.Task[str]]] = {}

    async def digest(self, seen: Seen, wanted: Wanted) -> str:
        """Another text when the list is another; as of now, or of a moment ago."""
        key, now = (seen, wanted), time.monotonic()
        look = self._looks.get(key)
        if look is None or now - look[0] >= LOOKS_EVERY_SECONDS:
            self._looks = {one: kept for one, kept in self._looks.items() if now - kept[0] < FORGOTTEN_SECONDS}
            look = self._looks[key] = now, asyncio.create_task(self._look(seen, wanted))
        # Who asked first may leave before the others have their answer.
        return await asyncio.shield(look[1])

    async def _look(self, seen: Seen, wanted: Wanted) -> str:
        async with reading(self._pool) as connection:
            found = await console.alerts(connection, seen, wanted)
        return blake2b(msgspec.json.encode(found), digest_size=8).hexdigest()


@shown("/fragments/stream", READERS)
async def stream(request: Asked, user: SignedIn) -> ServerSentEvent:
    """An event for each change of the reader's list."""
    return ServerSentEvent(_changes(request.app.state.lists, user.seen, wanted_of(request)))


async def _changes(lists: Lists, seen: Seen, wanted: Wanted) -> AsyncIterator[ServerSentEventMessage]:
    before, end = "", time.monotonic() + LASTS_SECONDS
    while time.monotonic() < end:
        found = await lists.digest(seen, wanted)
        # Something is said each time: a connection that is gone is noticed by writing to it.
        yield ServerSentEventMessage(data=found, event="changed" if found != before else "same", retry=1_000)
        before = found
        await asyncio.sleep(LOOKS_EVERY_SECONDS)


HANDLERS: Final[list[HTTPRouteHandler]] = [stream]
