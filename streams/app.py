"""The Faust app, set up so that it may not lose data: the ledger says where to read, never Faust's own commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import faust
from faust.transport.drivers.aiokafka import Consumer

from ingest.decode import BACKLOG_TOPIC, TOPICS
from streams.settings import WorkerSettings

if TYPE_CHECKING:
    from streams.core import Core


def make_app(settings: WorkerSettings, core: Core) -> Any:
    """An app whose consumer takes its positions from `core.claim` after every assignment."""

    class LedgerConsumer(Consumer):  # type: ignore[misc]  # Faust publishes no types
        """Faust calls this after each assignment, before messages flow, and builds its offsets from the answer."""

        async def seek_to_committed(self) -> dict[Any, int]:
            committed = await super().seek_to_committed()
            earliest = await self.earliest_offsets(*committed)
            wanted = await core.claim({(tp.topic, tp.partition): earliest[tp] for tp in committed})
            positions = {tp: wanted[tp.topic, tp.partition] for tp in committed}
            await self.seek_wait(positions)
            return positions

    app = faust.App(
        settings.prefix + settings.group,
        broker=[f"kafka://{server}" for server in settings.kafka.split(",")],
        store="memory://",
        datadir=settings.state,
        web_enabled=False,
        # No table and no leader: nothing here depends on Faust's own topics.
        topic_disable_leader=True,
        topic_allow_declare=False,
        # Safe only because the agents acknowledge by hand and nothing escapes them.
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.heartbeat_seconds,
        broker_request_timeout=30.0,
        producer_request_timeout=30.0,
        consumer_group_instance_id=settings.instance,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=16_384,
    )
    app.transport.Consumer = LedgerConsumer
    return app


def topics(settings: WorkerSettings, app: Any) -> tuple[Any, Any]:
    """The live topics as one channel, and the backlog; raw bytes, since a codec that raises stalls the agent."""
    raw = {"key_serializer": "raw", "value_serializer": "raw", "key_type": bytes, "value_type": bytes}
    live = [settings.prefix + topic for topic in TOPICS if topic != BACKLOG_TOPIC]
    return app.topic(*live, **raw), app.topic(settings.prefix + BACKLOG_TOPIC, **raw)
