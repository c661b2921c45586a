"""Messages to the broker: acknowledged by all, bounded, coalesced.

kafka-python has no bound on what it holds and, once a batch that is being
retried expires, its idempotent producer is dead for ever. So it never expires
here; the bound and the deadline are our own. A message whose deadline has
passed may still be acknowledged later: sending it again is harmless, since an
event is known by its id.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import count
from typing import Any, Final, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError
from msgspec import Struct

from ingest.decode import MOST_BYTES, MOST_EVENTS

IN_FLIGHT_MESSAGES: Final = 20_000
IN_FLIGHT_BYTES: Final = 64 * 1024 * 1024
NEVER_EXPIRES_MS: Final = 2**31 - 1
SILENT_SECONDS: Final = 5.0

Headers = tuple[tuple[str, bytes], ...]


class Overloaded(Exception):
    """Too much is waiting for the broker: try again later."""


class Unacknowledged(Exception):
    """The broker did not confirm in time; it may still."""


class ProducerSettings(Struct, frozen=True):
    """How messages are sent."""

    servers: str
    prefix: str = ""
    linger_ms: int = 5
    deadline_seconds: float = 10.0


class Publisher(Protocol):
    """Takes messages to where they are safe."""

    @property
    def is_full(self) -> bool:
        """Nothing more is taken for now."""
        ...

    async def publish(self, topic: str, key: str, value: bytes) -> None:
        """The message is safe. Raises Overloaded or Unacknowledged."""
        ...


class Producer:
    """An asyncio face of the idempotent producer."""

    def __init__(self, settings: ProducerSettings) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._producer = KafkaProducer(
            bootstrap_servers=settings.servers.split(","),
            client_id="sizao-gateway",
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=settings.linger_ms,
            batch_size=256 * 1024,
            max_request_size=2 * MOST_BYTES,
            delivery_timeout_ms=NEVER_EXPIRES_MS,
            request_timeout_ms=10_000,
            reconnect_backoff_max_ms=1_000,
            max_block_ms=5_000,
        )
        self._bytes = 0
        self._numbers = count()
        self._sent_at: dict[int, float] = {}  # ascending: the broker has not confirmed these

    @property
    def in_flight(self) -> int:
        """Messages the broker has not confirmed."""
        return len(self._sent_at)

    @property
    def is_full(self) -> bool:
        """Nothing more is taken until the broker has confirmed some."""
        return self.in_flight >= IN_FLIGHT_MESSAGES or self._bytes >= IN_FLIGHT_BYTES

    @property
    def is_answering(self) -> bool:
        """No message has waited long for the broker's word."""
        oldest = next(iter(self._sent_at.values()), None)
        return oldest is None or time.monotonic() - oldest < SILENT_SECONDS

    async def publish(self, topic: str, key: str, value: bytes, headers: Headers = ()) -> None:
        """The broker has it. Raises Overloaded or Unacknowledged."""
        if self.is_full:
            raise Overloaded
        done = self._loop.create_future()
        number = next(self._numbers)
        self._sent_at[number] = time.monotonic()
        self._bytes += len(value)
        try:
            sent = await self._loop.run_in_executor(None, self._send, topic, key, value, headers)
        except (KafkaError, AssertionError) as error:
            self._landed(number, len(value))
            raise Unacknowledged(str(error)) from error
        sent.add_callback(lambda _: self._loop.call_soon_threadsafe(self._confirm, done, number, len(value), None))
        sent.add_errback(lambda error: self._loop.call_soon_threadsafe(self._confirm, done, number, len(value), error))
        try:
            await asyncio.wait_for(asyncio.shield(done), self._settings.deadline_seconds)
        except TimeoutError as error:
            raise Unacknowledged("no answer from the broker in time") from error

    def _send(self, topic: str, key: str, value: bytes, headers: Headers) -> Any:
        return self._producer.send(
            self._settings.prefix + topic, key=key.encode(), value=value, headers=list(headers) or None
        )

    def _confirm(self, done: asyncio.Future[None], number: int, size: int, error: Any) -> None:
        self._landed(number, size)
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(Unacknowledged(str(error)))
            done.exception()  # seen: the caller may have gone

    def _landed(self, number: int, size: int) -> None:
        del self._sent_at[number]
        self._bytes -= size

    async def close(self, seconds: float = 5.0) -> None:
        """What is on its way is sent, as far as it goes in time."""
        await self._loop.run_in_executor(None, lambda: self._producer.close(timeout=seconds))


class _Waiting:
    """A message that is being gathered."""

    __slots__ = ("answer", "events", "size")

    def __init__(self) -> None:
        self.events: list[bytes] = []
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.size = 0


class Coalescer:
    """Events of one facility and topic that come within a few milliseconds leave as one message.

    Faust pays per message, not per event: arrays are what makes the worker fast.
    """

    def __init__(self, publisher: Publisher, wait_seconds: float = 0.005) -> None:
        self._publisher = publisher
        self._wait = wait_seconds
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def publish(self, topic: str, facility: str, events: Sequence[bytes]) -> None:
        """All these events are with the broker. Raises Overloaded or Unacknowledged."""
        if self._publisher.is_full:
            raise Overloaded
        answers = [self._add(topic, facility, event) for event in events]
        results = await asyncio.gather(*dict.fromkeys(answers), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _add(self, topic: str, facility: str, event: bytes) -> asyncio.Future[None]:
        place = (topic, facility)
        waiting = self._waiting.get(place)
        if waiting is not None and (
            len(waiting.events) >= MOST_EVENTS or waiting.size + len(event) + 2 > MOST_BYTES - 2
        ):
            self._leave(place)
            waiting = None
        if waiting is None:
            waiting = self._waiting[place] = _Waiting()
            asyncio.get_running_loop().call_later(self._wait, self._leave_if, place, waiting)
        waiting.events.append(event)
        waiting.size += len(event) + 1
        return waiting.answer

    def _leave_if(self, place: tuple[str, str], waiting: _Waiting) -> None:
        if self._waiting.get(place) is waiting:
            self._leave(place)

    def _leave(self, place: tuple[str, str]) -> None:
        waiting = self._waiting.pop(place)
        task = asyncio.create_task(self._send(place, waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, place: tuple[str, str], waiting: _Waiting) -> None:
        value = waiting.events[0] if len(waiting.events) == 1 else b"[" + b",".join(waiting.events) + b"]"
        answer = waiting.answer
        try:
            await self._publisher.publish(place[0], place[1], value)
        except Exception as error:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()
            return
        if not answer.done():
            answer.set_result(None)
