"""The two agents: they carry batches to the core, acknowledge what it stored, and let nothing escape."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any, Final

import structlog

from streams.app import topics
from streams.core import Core
from streams.messages import Message, Read, read_all
from streams.settings import WorkerSettings

ESCAPED: Final = 70
"""Exit code: something left an agent. A restarted Faust agent drops messages or hangs; the supervisor restarts us."""

log = structlog.get_logger()


def add_agents(app: Any, settings: WorkerSettings, core: Core) -> None:
    """The app reads the live topics and the backlog."""
    live, backlog = topics(settings, app)

    async def carry(stream: Any, *, is_backlog: bool) -> None:
        """Gathers and reads the next batch while the database works on this one; stores one after the other."""
        take = settings.backlog_take if is_backlog else settings.take
        before: asyncio.Task[None] | None = None
        try:
            async for events in stream.noack_take(take, within=settings.take_within_seconds):
                reads = read_all(messages_of(events, settings.prefix))
                if before is not None:
                    await before
                before = asyncio.create_task(settle(events, reads, is_backlog=is_backlog))
        except Exception:
            log.exception("agent_escaped", backlog=is_backlog)
            os._exit(ESCAPED)
        finally:
            if before is not None:
                before.cancel()  # stopped: what is not acknowledged is read again

    async def settle(events: Sequence[Any], reads: Sequence[Read], *, is_backlog: bool) -> None:
        """The batch is stored and acknowledged; what lies behind a gap is read again and acknowledged then."""
        try:
            gaps = await core.submit(reads, is_backlog=is_backlog)
            for event in events:
                message = event.message
                if (message.topic.removeprefix(settings.prefix), message.partition) not in gaps:
                    event.ack()
            if gaps and not app.rebalancing:
                await read_again(app, core)
        except Exception:
            log.exception("agent_escaped", backlog=is_backlog)
            os._exit(ESCAPED)

    @app.agent(live, concurrency=1, name="live")  # type: ignore[untyped-decorator]
    async def read_live(stream: Any) -> None:
        await carry(stream, is_backlog=False)

    @app.agent(backlog, concurrency=1, name="backlog")  # type: ignore[untyped-decorator]
    async def read_backlog(stream: Any) -> None:
        await carry(stream, is_backlog=True)


def messages_of(events: Sequence[Any], prefix: str) -> list[Message]:
    """Faust's events as messages, under the topic's own name."""
    return [
        Message(
            topic=event.message.topic.removeprefix(prefix),
            partition=event.message.partition,
            offset=event.message.offset,
            key=None if event.message.key is None else event.message.key.decode("utf-8", "replace"),
            value=event.message.value or b"",
            appended_at=round(event.message.timestamp * 1_000),
            **_headers(event.message.headers),
        )
        for event in events
    ]


def _headers(headers: Any) -> dict[str, Any]:
    given = dict(headers or ())
    found: dict[str, Any] = {}
    if "spool" in given and given["spool"].isdigit():
        found["spool"] = int(given["spool"])
    if given.get("origin") == b"backfill":
        found["origin"] = "backfill"
    return found


async def read_again(app: Any, core: Core) -> None:
    """Reads again from the ledger without a rebalance: what Faust itself does around one."""
    consumer = app.consumer
    async with core.reading_again:
        consumer.stop_flow()
        app.flow_control.suspend()
        app.flow_control.clear()
        try:
            await consumer.perform_seek()
        finally:
            if not app.rebalancing:
                app.flow_control.resume()
                consumer.resume_flow()
