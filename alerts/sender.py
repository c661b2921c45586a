"""The sender: has due alerts routed, claims what is due, sends it, records what became of it. At least once, in order.

A claim is a lease in one short transaction; no message is sent inside one. A
sender killed between sending and recording sends again with the same key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from prometheus_client import Counter, Gauge, Histogram

from alerts.asking import ask
from alerts.channels import CHANNELS, Channel
from alerts.notifiers.base import Notifier, Retry, Undeliverable
from alerts.outgoing import GIVE_UP_AFTER, Outgoing, Page, claim_at, next_way
from alerts.reporting import remind
from alerts.router import route_due
from detectors.times import MINUTE, SECOND, Millis
from store import deliveries, outbox, slots, technical
from store.connection import Connection, Pool, reading, transaction
from store.deliveries import DeliveryRow, Way
from store.errors import StoreError

FIRST_WAIT: Final[Millis] = 2 * SECOND
LONGEST_WAIT: Final[Millis] = 10 * MINUTE
PATIENCE: Final[Mapping[int, Millis]] = {1: 20 * SECOND, 2: 5 * MINUTE}
"""By severity: a channel that has failed for so long gives way to the next one of that person (own choice)."""

USUAL_PATIENCE: Final[Millis] = 30 * MINUTE
IDLE_SECONDS: Final = 0.2

TURN_SECONDS: Final = 1.0
"""So long a turn waits for its messages; what takes longer goes on beside the next turns (own choice)."""

ANSWER_SECONDS: Final = 45.0
"""A channel that has not answered by then is tried again: before the lease ends, or another sender would try too."""

_DELAYS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200)
told_seconds = Histogram("sizao_finding_to_told_seconds", "From the finding to the message sent", buckets=_DELAYS)
outcomes = Counter("sizao_deliveries_total", "Tries to tell somebody", ["channel", "outcome"])
for _channel in CHANNELS:
    for _outcome in ("sent", "retry", "failed"):
        outcomes.labels(_channel, _outcome)
waiting = Gauge("sizao_deliveries_waiting", "Messages that are due and not sent")
oldest = Gauge("sizao_deliveries_oldest_seconds", "How long the oldest message that is due has waited")
passes = Counter("sizao_sender_passes_total", "How often the sender looked at everything that is due")

log = structlog.get_logger()

Clock = Callable[[], Millis]


def by_the_machine() -> Millis:
    """Now."""
    return round(time.time() * 1_000)


class Sender:
    """Works until it is told to stop."""

    def __init__(
        self,
        pool: Pool,
        notifiers: Mapping[str, Notifier],
        page: Page,
        channels: Mapping[str, Channel] = CHANNELS,
        clock: Clock = by_the_machine,
    ) -> None:
        """`page` is the address of the console, to which messages point."""
        self._pool = pool
        self._notifiers = notifiers
        self._page = page
        self._channels = channels
        self._now = clock
        self._known: set[Way] = set()
        self._under_way: dict[asyncio.Task[None], Way] = {}
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Routes and sends what is due, for ever; the database away is waited for."""
        while not self.stopping.is_set():
            try:
                sent = await self._turn()
                passes.inc()
            except StoreError as error:
                log.warning("database_unavailable", error=str(error))
                sent = 0
                await asyncio.sleep(1)
            if sent == 0:
                try:
                    await asyncio.wait_for(self.stopping.wait(), IDLE_SECONDS)
                except TimeoutError:
                    continue
        await self._finish()

    async def _turn(self) -> int:
        """What is due leaves, also where looking fails: then the fault ends the process, after its messages."""
        routed = sent = 0
        try:
            routed = await self.route_due()
        finally:
            sent = await self.send_due()
        return routed + sent

    async def route_due(self) -> int:
        """Looks once at alerts, reports and requests whose time has come; how many.

        Alerts first, and each kind by itself: what is wrong with a report keeps no alert waiting.
        """
        number, wrong = 0, None
        for work in (route_due, remind, ask):
            try:
                async with reading(self._pool) as connection, transaction(connection):
                    number += await work(connection, self._now(), self._channels)
            except StoreError:
                raise
            except Exception as error:
                wrong = wrong or error
        if wrong is not None:
            raise wrong
        return number

    async def send_due(self) -> int:
        """Claims and sends once; how many messages. One that hangs is waited for a moment, and goes on by itself."""
        leaving = await self._leaving()
        for one in leaving:
            self._under_way[asyncio.create_task(self._send(one))] = one.place
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=TURN_SECONDS)
            self._forget_done()
        return len(leaving)

    def _forget_done(self) -> None:
        done = [one for one in self._under_way if one.done()]
        for one in done:
            del self._under_way[one]
        for one in done:
            one.result()  # the database away: what was not recorded is claimed again when its lease ends

    async def _finish(self) -> None:
        """What is under way is recorded before the process ends."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=ANSWER_SECONDS)

    async def _leaving(self) -> list[Outgoing]:
        """Everything that leaves now, claimed."""
        leaving: list[Outgoing] = []
        busy = set(self._under_way.values())  # their next messages wait: one after another
        async with reading(self._pool) as connection:
            async with transaction(connection):
                await outbox.drop_overtaken(connection, self._now() - GIVE_UP_AFTER)
                number, since = await deliveries.backlog(connection)
                places = await outbox.places(connection, self._now()) if number else []
            waiting.set(number)
            oldest.set(0 if since is None else max(0, self._now() - since) / 1_000)
            for place in places:
                if place in busy:
                    continue
                try:
                    async with transaction(connection):
                        await self._make_slots(connection, place)
                        channel = self._channels.get(place[0])
                        leaving += await claim_at(connection, place, channel, self._page, self._now())
                except StoreError:
                    raise
                except Exception:  # its messages wait, which is measured; the other places have their turn
                    log.exception("place_not_claimed", channel=place[0])
        return leaving

    async def _make_slots(self, connection: Connection, place: Way) -> None:
        channel = self._channels.get(place[0])
        if channel is not None and channel.limits is not None:
            scope = (place[0], channel.limits.scope(place[1]))
            if scope not in self._known:
                await slots.make(connection, scope, channel.limits.messages)
                self._known.add(scope)

    async def _send(self, outgoing: Outgoing) -> None:
        channel, address = outgoing.place
        notifier = self._notifiers.get(channel)
        try:
            if outgoing.message is None:
                raise Undeliverable(outgoing.undeliverable)
            if notifier is None:
                raise Undeliverable(f"no channel {channel} is set up")
            await asyncio.wait_for(notifier.send(address, outgoing.message), ANSWER_SECONDS)
        except TimeoutError:
            await self._record(outgoing, "retry", f"no answer in {ANSWER_SECONDS:.0f} s")
        except Undeliverable as error:
            await self._record(outgoing, "failed", str(error))
        except Retry as error:
            await self._record(outgoing, "retry", str(error))
        except Exception as error:
            log.exception("sending_failed", channel=channel)
            await self._record(outgoing, "retry", type(error).__name__)
        else:
            await self._record(outgoing, "sent", "")

    async def _record(self, outgoing: Outgoing, outcome: str, error: str) -> None:
        """What became of the message; its slot is free a window after the answer."""
        channel, address = outgoing.place
        now = self._now()
        outcomes.labels(channel, outcome).inc()
        if outcome != "sent":
            numbers = [one.id for one in outgoing.rows]
            log.warning("not_delivered", deliveries=numbers, channel=channel, outcome=outcome, error=error)
        async with reading(self._pool) as connection, transaction(connection):
            for row in outgoing.rows:
                if outcome == "sent":
                    told_seconds.observe((now - row.created_at) / 1_000)
                    await deliveries.sent(connection, row, now)
                else:
                    await self._failed(connection, row, error, now, for_good=outcome == "failed")
            if outgoing.slot is not None:
                limits = self._channels[channel].limits
                assert limits is not None
                scope = (channel, limits.scope(address))
                await slots.give_back(connection, scope, [outgoing.slot], now + limits.window)

    async def _failed(
        self, connection: Connection, row: DeliveryRow, error: str, now: Millis, *, for_good: bool
    ) -> None:
        """Tried again, told on the next way to the same person, or given up; the desk hears of a broken channel."""
        age = now - row.created_at
        patience = PATIENCE.get(row.severity, USUAL_PATIENCE) if row.fallbacks else GIVE_UP_AFTER
        if not for_good and age <= patience:
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.attempts - 1, 12))
            if row.fallbacks:
                wait = min(wait, max(FIRST_WAIT, patience - age))
            await deliveries.retry(connection, row, error, now + wait)
            return
        if await deliveries.fail(connection, row, error):
            if row.fallbacks:
                await deliveries.add(connection, [next_way(row, now)])
            await technical.happened(connection, "channel", row.channel, error, now, row.alert_id)
