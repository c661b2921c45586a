"""One worker process: the app, its agents, the ticking clock and the watchdog, put together and run."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import Final

import structlog

from detectors.region_counts import load_statistics
from streams.agents import add_agents, read_again
from streams.app import make_app
from streams.core import Core
from streams.messages import TopicPartition
from streams.metrics import metrics
from streams.positions import Place, Positions
from streams.settings import WorkerSettings
from streams.watchdog import STALLED, Watchdog

TICK_SECONDS: Final = 1.0
SEEN_MARGIN_SECONDS: Final = 1.5
"""A high watermark is as old as the last fetch, half a second on an idle partition."""

log = structlog.get_logger()


class Process:
    """Runs until it is told to stop, or ends itself when it can do no good."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self.core = Core(settings)
        self.app = make_app(settings, self.core)
        add_agents(self.app, settings, self.core)
        self._watchdog = Watchdog(settings.stall_seconds)
        self._positions = Positions()
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """The exit code: 0 after a signal to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        storing = asyncio.create_task(self.core.run())
        loading = asyncio.create_task(asyncio.to_thread(load_statistics))  # while the group is joined
        await self.app.start()
        await loading
        self.app.sensors.remove(self.app.monitor)  # a tenth of the cost of a message, and nobody reads it
        log.info("worker_started", group=self.settings.group)
        ticking = asyncio.create_task(self._tick())
        stopping = asyncio.create_task(self._stop.wait())
        crashed = asyncio.create_task(self._crashed())
        await asyncio.wait([stopping, crashed, ticking, storing], return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set():
            log.critical("worker_ends", crashed=bool(self.app.crashed))
            os._exit(1)
        ticking.cancel()
        try:
            await asyncio.wait_for(self.app.stop(), timeout=10)
        except TimeoutError:
            log.warning("stopped_without_waiting")  # nothing is lost: what is not acknowledged is read again
        await self.core.close()
        log.info("worker_stopped")
        return 0

    async def _crashed(self) -> None:
        """Faust may crash and leave the process alive and deaf."""
        while not self.app.crashed:  # noqa: ASYNC110  # Faust offers no event
            await asyncio.sleep(0.5)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._beat()
            except Exception:
                log.exception("tick_failed")

    async def _beat(self) -> None:
        now = round((time.time() - SEEN_MARGIN_SECONDS) * 1_000)
        look = self._positions.look(self._places())
        metrics.lag.set(look.lag)
        metrics.homes.set(len(self.core.transactions.homes))
        if self._watchdog.is_stalled(time.monotonic(), look.lag, self.core.progress) and await self.core.answers():
            log.critical("stalled", lag=look.lag)
            os._exit(STALLED)
        if self.app.rebalancing:
            return
        if look.markers:
            await self.core.pass_markers(look.markers)
        if look.beyond and await self.core.find_again(look.beyond):
            await read_again(self.app, self.core)
        elif look.at_rest and await self.core.tick(dict.fromkeys(look.at_rest, now)):
            log.warning("ledger_went_back")
            await read_again(self.app, self.core)

    def _places(self) -> dict[TopicPartition, Place]:
        """Our partitions, of which something was fetched and claimed."""
        consumer, prefix = self.app.consumer, self.settings.prefix
        found: dict[TopicPartition, Place] = {}
        if consumer.is_seeking:
            return found
        for tp in consumer.assignment():
            place = (tp.topic.removeprefix(prefix), tp.partition)
            end, stored = consumer.highwater(tp), self.core.stored.get(place)
            if end is not None and stored is not None:
                found[place] = Place(stored, end, consumer.fetches_from(tp), consumer.handed.get(tp))
        return found


def run_worker(settings: WorkerSettings) -> int:
    """Runs a worker in this process; the exit code."""
    sys.argv = ["worker"]  # Faust reads the command line it was not given
    try:
        import uvloop
    except ImportError:
        return asyncio.run(_run(settings))
    return uvloop.run(_run(settings))


async def _run(settings: WorkerSettings) -> int:
    return await Process(settings).run()
