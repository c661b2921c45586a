"""The sender: claims what is due, sends it, records what became of it. At least once, never lost, in order.

A claim is a lease in one short transaction; no message is sent inside one. A
sender killed between sending and recording sends again with the same key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import structlog
from msgspec import structs
from prometheus_client import Counter, Gauge, Histogram

from alerts.messages import Telling, message_of
from alerts.notifiers.base import Notifier, Retry, Undeliverable
from detectors.times import HOUR, MINUTE, SECOND, Millis
from store import deliveries, tellings
from store.connection import Pool, reading, transaction
from store.deliveries import DeliveryRow
from store.errors import StoreError
from store.tellings import TellingRow

LEASE: Final[Millis] = MINUTE
GIVE_UP_AFTER: Final[Millis] = 24 * HOUR
FIRST_WAIT: Final[Millis] = 2 * SECOND
LONGEST_WAIT: Final[Millis] = 10 * MINUTE
IDLE_SECONDS: Final = 0.2

_DELAYS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200)
told_seconds = Histogram("sizao_finding_to_told_seconds", "From the finding to the message sent", buckets=_DELAYS)
outcomes = Counter("sizao_deliveries_total", "Tries to tell somebody", ["channel", "outcome"])
for _channel in ("webhook", "email"):
    for _outcome in ("sent", "retry", "failed"):
        outcomes.labels(_channel, _outcome)
waiting = Gauge("sizao_deliveries_waiting", "Messages that are due and not sent")

log = structlog.get_logger()


class Sender:
    """Works until it is told to stop."""

    def __init__(self, pool: Pool, notifiers: Mapping[str, Notifier], page: str) -> None:
        """`page` is the address of the console, to which messages point."""
        self._pool = pool
        self._notifiers = notifiers
        self._page = page.rstrip("/")
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Sends what is due, for ever; the database away is waited for."""
        while not self.stopping.is_set():
            try:
                sent = await self.send_due()
            except StoreError as error:
                log.warning("database_unavailable", error=str(error))
                sent = 0
                await asyncio.sleep(1)
            if sent == 0:
                try:
                    await asyncio.wait_for(self.stopping.wait(), IDLE_SECONDS)
                except TimeoutError:
                    continue

    async def send_due(self) -> int:
        """Claims and sends once; how many."""
        async with reading(self._pool) as connection, transaction(connection):
            claimed = await deliveries.claim(connection, _now(), LEASE)
            said = await tellings.of_deliveries(connection, [one.id for one in claimed]) if claimed else {}
            number, _ = await deliveries.backlog(connection)
        waiting.set(number)
        await asyncio.gather(*(self._send(one, said[one.id]) for one in claimed))
        return len(claimed)

    async def _send(self, delivery: DeliveryRow, said: TellingRow) -> None:
        notifier = self._notifiers.get(delivery.channel)
        now = _now()
        try:
            if notifier is None:
                raise Undeliverable(f"no channel {delivery.channel} is set up")
            await notifier.send(delivery.address, message_of(self._telling(delivery, said), now))
        except Undeliverable as error:
            await self._record(delivery, "failed", str(error))
        except Retry as error:
            late = now - delivery.created_at > GIVE_UP_AFTER
            await self._record(delivery, "failed" if late else "retry", str(error))
        except Exception as error:
            log.exception("sending_failed", channel=delivery.channel)
            await self._record(delivery, "retry", type(error).__name__)
        else:
            told_seconds.observe((_now() - delivery.created_at) / 1_000)
            await self._record(delivery, "sent", "")

    def _telling(self, delivery: DeliveryRow, said: TellingRow) -> Telling:
        facts = structs.asdict(said)
        del facts["delivery_id"]
        return Telling(key=delivery.idempotency_key, link=f"{self._page}/alerts/{said.alert_id}", **facts)

    async def _record(self, delivery: DeliveryRow, outcome: str, error: str) -> None:
        outcomes.labels(delivery.channel, outcome).inc()
        if outcome != "sent":
            log.warning("not_delivered", delivery=delivery.id, channel=delivery.channel, outcome=outcome, error=error)
        async with reading(self._pool) as connection, transaction(connection):
            if outcome == "sent":
                await deliveries.sent(connection, delivery, _now())
            elif outcome == "failed":
                await deliveries.fail(connection, delivery, error)
            else:
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(delivery.attempts - 1, 12))
                await deliveries.retry(connection, delivery, error, _now() + wait)


def _now() -> Millis:
    return round(time.time() * 1_000)
