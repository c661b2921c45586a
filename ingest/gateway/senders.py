"""Who sends: bearer tokens, looked up rarely, revoked within seconds, and honoured while the database is away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from store.errors import StoreError
from store.tokens import Sender, digest

FRESH_SECONDS: Final = 8.0  # a revoked token is refused within 10 s
STRANGER_SECONDS: Final = 5.0
STALE_SECONDS: Final = 3_600.0  # the database is away: who was let in lately is let in
MOST: Final = 100_000

Find = Callable[[str], Awaitable[Sender | None]]


class Unknown(Exception):
    """Nobody can say whose token this is: the database is away."""


class Senders:
    """Tokens by their hash; a token itself is never kept."""

    def __init__(self, find: Find, clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Sender | None]] = OrderedDict()

    async def of(self, secret: str) -> Sender | None:
        """Whose token this is; None: nobody's. Raises Unknown."""
        key, now = digest(secret), self._clock()
        known = self._known.get(key)
        if known is not None and now - known[0] < (STRANGER_SECONDS if known[1] is None else FRESH_SECONDS):
            return known[1]
        try:
            sender = await self._find(secret)
        except StoreError as error:
            if known is not None and known[1] is not None and now - known[0] < STALE_SECONDS:
                return known[1]
            raise Unknown from error
        self._known[key] = (now, sender)
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return sender


class Buckets:
    """At most `rate` events a second per facility, with room for one full request."""

    def __init__(self, rate: float, room: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._room = room
        self._clock = clock
        self._left: dict[int, tuple[float, float]] = {}

    def wait_for(self, facility_id: int, events: int) -> float:
        """Takes the events and returns 0, or takes none and returns the seconds to wait."""
        now = self._clock()
        left, at = self._left.get(facility_id, (self._room, now))
        left = min(self._room, left + (now - at) * self._rate)
        if events > left:
            self._left[facility_id] = (left, now)
            return (events - left) / self._rate
        self._left[facility_id] = (left - events, now)
        return 0.0
