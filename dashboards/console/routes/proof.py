"""When was the way of an alert last proven? The test message arrives here, and every page shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import structlog
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from prometheus_client import Gauge

from alerts import proving
from alerts.acting import Actor, acknowledge
from dashboards.console.access import ANYBODY, EVERY_ROLE, done, shown
from dashboards.console.pages import Asked, now
from dashboards.console.routes.receipts import Doors, is_signed
from detectors.times import Millis
from store import console, proofs
from store.connection import Pool, reading, transaction
from store.errors import StoreError
from store.proofs import Proof

LOOKS_EVERY_SECONDS: Final = 5.0
proven_at = Gauge("sizao_alert_path_proven_timestamp_seconds", "When a test check last came back as a message")
took_seconds = Gauge("sizao_alert_path_seconds", "From that test check to its message")
log = structlog.get_logger()


class Arrived(Struct, frozen=True):
    """What the sender says of a test alert."""

    alert: int


class Watch:
    """The last proof, read again and again, so that a page knows it without asking."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.last: Proof | None = None

    @property
    def trusted_until(self) -> Millis:
        """The way counts as working up to here."""
        return 0 if self.last is None else self.last.begun_at + proving.TRUSTED_FOR

    async def look(self) -> None:
        """What is on record now."""
        async with reading(self._pool) as connection:
            self.last = await proofs.last(connection)
        if self.last is not None:
            proven_at.set(self.last.begun_at / 1_000)
            took_seconds.set((self.last.told_at - self.last.begun_at) / 1_000)

    async def _look_on(self) -> None:
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("database_unavailable", error=str(error))
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Looks as long as the console lives; with the database away the last proof grows old, as it should."""
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            task.cancel()


@done("/self-check", ANYBODY, status_code=200)
async def self_check(request: Asked) -> Response[Any]:
    """A test alert has come all the way: that is on record, and it is seen."""
    doors: Doors = request.app.state.doors
    body = await request.body()
    if doors.links is None or not is_signed(doors.links, request, body):
        return Response(
            {"reason": "sign with SIZAO_RECEIPT_SECRET of the sender, within five minutes"}, status_code=401
        )
    try:
        given = msgspec.json.decode(body, type=Arrived)
    except msgspec.DecodeError as error:
        return Response({"reason": f"this is no test alert: {error}"}, status_code=400)
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        alert = await console.alert(connection, given.alert)
        if alert is None or alert.facility != proving.FACILITY:
            return Response({"reason": "this alert is no test"}, status_code=404)
        await proofs.add(connection, Proof(alert.opened_at, now()))
        await acknowledge(connection, [given.alert], Actor("自检"), None, now())
    await request.app.state.watch.look()
    return Response({"proven": True})


@shown("/fragments/proof", EVERY_ROLE)
async def proof(request: Asked) -> Response[Any]:
    """For the script of a page that stays open all night."""
    watch: Watch = request.app.state.watch
    return Response({"proven_at": None if watch.last is None else watch.last.begun_at, "until": watch.trusted_until})


HANDLERS: Final[list[HTTPRouteHandler]] = [self_check, proof]
