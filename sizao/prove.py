"""`sizao prove`: is the way from a check to a message open? Tried every few minutes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from pathlib import Path
from typing import Final

import click
import structlog

from alerts import proving
from detectors.times import Millis
from ingest.registry.rows import Facility
from ingest.simulator.sending import Posting, Refused
from sizao.beat import BEAT, beat
from sizao.logs import set_up_logs
from sizao.params import DATABASE
from store import registration, registry, tokens
from store.connection import connected, transaction
from store.errors import StoreError

LABEL: Final = "self-check"
log = structlog.get_logger()


@click.command()
@DATABASE
@click.option(
    "--gateway", envvar="SIZAO_GATEWAY", show_envvar=True, default="http://127.0.0.1:8080", help="Where checks go."
)
@click.option("--once", is_flag=True, help="One test, without the recovery after it.")
@BEAT
def prove(database_url: str, gateway: str, once: bool, beat_file: Path | None) -> None:
    """Send a test check every three minutes through gateway, worker and sender, until told to stop.

    What comes back as a message is written down by the console: every on-call
    page shows when that was, and turns red when it was too long ago. The test
    resident lives in a drill facility of its own, SELF-CHECK, outside every figure.
    Sender and console need the same SIZAO_RECEIPT_SECRET.
    """
    set_up_logs()
    asyncio.run(_run(database_url, gateway.rstrip("/"), once, beat_file))


async def _run(database_url: str, gateway: str, once: bool, beat_file: Path | None) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    work = asyncio.create_task(_prove(database_url, gateway, once))
    stopped = asyncio.create_task(stopping.wait())
    beating = asyncio.create_task(beat(beat_file))
    done, _ = await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    for one in (work, stopped, beating):
        one.cancel()
    if work in done:
        try:
            await work
        except Refused as error:
            raise click.ClickException(str(error)) from error


async def _prove(database_url: str, gateway: str, once: bool) -> None:
    posting = Posting(gateway, {proving.FACILITY: await _token(database_url)}, log.warning)
    try:
        while True:
            begun = time.monotonic()
            await posting.send(proving.FACILITY, [proving.check(_now(), proving.LOW_PERCENT)])
            if once:
                return
            for after in proving.RECOVERY:
                await asyncio.sleep(max(0.0, begun + after / 1_000 - time.monotonic()))
                await posting.send(proving.FACILITY, [proving.check(_now(), proving.USUAL_PERCENT)])
            await asyncio.sleep(max(0.0, begun + proving.EVERY / 1_000 - time.monotonic()))
    finally:
        await posting.close()


async def _token(database_url: str) -> str:
    """The facility is registered, and this process alone may send for it."""
    while True:
        with contextlib.suppress(StoreError):
            return await _registered(database_url)
        log.warning("database_unavailable")
        await asyncio.sleep(1)


async def _registered(database_url: str) -> str:
    async with connected(database_url, "prove") as connection, transaction(connection):
        row = Facility(proving.FACILITY, "告警链路自检", drill=True, cutoffs=())
        given = frozenset({"facility", "name", "drill", "cutoffs"})
        await registration.take_in(connection, "facilities", [row], given, _now())
        facility = (await registry.lock_facilities(connection, [proving.FACILITY]))[proving.FACILITY]
        for one in await tokens.of_facility(connection, facility.id):
            if one.label == LABEL and one.revoked_at is None:
                await tokens.revoke(connection, one.id)
        _, secret = await tokens.create(connection, facility.id, LABEL)
        return secret


def _now() -> Millis:
    return round(time.time() * 1_000)
