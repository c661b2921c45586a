"""Publishes a stream at a steady rate through the gateway's own producer, and remembers what was acknowledged."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Final

from ingest.producer import Overloaded, Producer, ProducerSettings, Unacknowledged
from tests.faults.stream import EventKey, Sent

LONGEST_SECONDS: Final = 300.0


class Feeder(threading.Thread):
    """What is not acknowledged is sent again, as every sender does; `accepted` is what was."""

    def __init__(self, servers: str, prefix: str, messages: Sequence[Sent], per_second: float) -> None:
        super().__init__(daemon=True)
        self._servers, self._prefix = servers, prefix
        self._messages, self._per_second = messages, per_second
        self.accepted: set[EventKey] = set()
        self.events = 0  # acknowledged, repetitions among them
        self.again = 0  # messages sent again because no acknowledgement came
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._feed())
        except BaseException as error:
            self.error = error

    def finish(self) -> None:
        """Everything was acknowledged."""
        self.join(LONGEST_SECONDS + len(self._messages) / self._per_second)
        assert not self.is_alive(), "the producer is stuck"
        if self.error is not None:
            raise self.error

    async def _feed(self) -> None:
        producer = Producer(ProducerSettings(self._servers, self._prefix))
        started = time.monotonic()
        tasks = []
        try:
            for number, message in enumerate(self._messages):
                await asyncio.sleep(max(0.0, started + number / self._per_second - time.monotonic()))
                tasks.append(asyncio.create_task(self._publish(producer, message)))
            await asyncio.gather(*tasks)
        finally:
            await producer.close()

    async def _publish(self, producer: Producer, message: Sent) -> None:
        limit = time.monotonic() + LONGEST_SECONDS
        while True:
            try:
                await producer.publish(message.topic, message.facility, message.value)
            except (Overloaded, Unacknowledged):
                assert time.monotonic() < limit, "the broker stayed away"
                self.again += 1
                await asyncio.sleep(0.5)
                continue
            keys = message.keys
            self.accepted.update(keys)
            self.events += len(keys)
            return
