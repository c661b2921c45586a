"""The Faust app, set up so that it may not lose data: the ledger says where to read, never Faust's own commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from faust.types import TP

from ingest.decode import BACKLOG_TOPIC, TOPICS
from streams.messages import Gap
from streams.settings import WorkerSettings

if TYPE_CHECKING:
    from streams.core import Core


class _StableThread(AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust publishes no types
    """What a transaction took back was never sent. Faust offers this only together with its own transactions."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer


class _StableConsumer(Consumer):  # type: ignore[misc]
    """Reads what is committed, and says how far its fetches have come."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handed: dict[Any, int] = {}  # after the last message that a fetch brought
        self.is_seeking = True  # until it is done, positions belong to what was read before

    def skipped(self, tp: Any, expected: int, came: int) -> None:
        """A fetch brought nothing between the two: markers, or what a transaction took back."""

    def _new_consumer_thread(self) -> Any:
        return _StableThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, *args: Any, **kwargs: Any) -> Any:
        records = await super()._getmany(*args, **kwargs)
        for tp, found in records.items():
            place = TP(tp.topic, tp.partition)
            after = self.handed.get(place, found[0].offset)
            if found[-1].offset + 1 - after != len(found):
                for record in found:
                    if record.offset > after:
                        self.skipped(place, after, record.offset)
                    after = record.offset + 1
            self.handed[place] = found[-1].offset + 1
        return records

    def highwater(self, tp: Any) -> int | None:
        """What may be read ends here, by the last fetch; an open transaction is not over. None: not fetched yet."""
        state = self._fetching(tp)
        end: int | None = state.highwater
        stable = state.lso
        return end if end is None or stable is None or stable < 0 else min(end, stable)

    def fetches_from(self, tp: Any) -> int | None:
        """Where the next fetch begins, beyond markers too; None: the broker is being asked."""
        state = self._fetching(tp)
        return state.position if state.has_valid_position else None

    def _fetching(self, tp: Any) -> Any:
        # Without a call into the consumer's thread, which may be waiting for a broker that is away.
        return self._thread._ensure_consumer()._subscription.subscription.assignment.state_value(tp)


def make_app(settings: WorkerSettings, core: Core) -> Any:
    """An app whose consumer takes its positions from `core.claim` after every assignment."""

    class LedgerConsumer(_StableConsumer):
        """Takes its positions from the ledger."""

        async def seek_to_committed(self) -> dict[Any, int]:
            """Faust calls this after each assignment, before messages flow, and builds its offsets from the answer."""
            self.is_seeking = True
            self.handed.clear()
            committed = await super().seek_to_committed()
            earliest = await self.earliest_offsets(*committed)
            wanted = await core.claim(
                {(tp.topic, tp.partition): earliest[tp] for tp in committed},
                {(tp.topic, tp.partition): at for tp, at in committed.items()},
            )
            positions = {tp: wanted[tp.topic, tp.partition] for tp in committed}
            await self.seek_wait(positions)
            for tp, at in positions.items():
                self.handed.setdefault(tp, at)
            self.is_seeking = False
            return positions

        def skipped(self, tp: Any, expected: int, came: int) -> None:
            core.note_markers(Gap(tp.topic.removeprefix(settings.prefix), tp.partition, expected, came))

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
        # Topics that were made anew, and partitions that moved, are noticed within seconds, not five minutes.
        consumer_metadata_max_age_ms=10_000,
        stream_buffer_maxsize=16_384,
    )
    app.transport.Consumer = LedgerConsumer
    return app


def topics(settings: WorkerSettings, app: Any) -> tuple[Any, Any]:
    """The live topics as one channel, and the backlog; raw bytes, since a codec that raises stalls the agent."""
    raw = {"key_serializer": "raw", "value_serializer": "raw", "key_type": bytes, "value_type": bytes}
    live = [settings.prefix + topic for topic in TOPICS if topic != BACKLOG_TOPIC]
    return app.topic(*live, **raw), app.topic(settings.prefix + BACKLOG_TOPIC, **raw)
