"""The traffic of the bench: readings of known residents, 2 % of them unquiet, and how they reach the broker."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

import msgspec
from kafka import KafkaProducer
from kafka.admin import NewTopic
from msgspec import Struct

from detectors.times import MINUTE, Millis, to_text
from ingest.decode import TOPICS
from ingest.topics import PARTITIONS, administration

FACILITIES: Final = [f"B-{number:04d}" for number in range(100)]
RESIDENTS: Final = 50
UNQUIET: Final = 0.02


class Sent(Struct, frozen=True):
    """A message, and when it is taken to have been appended to its topic."""

    facility: str
    value: bytes
    at: Millis


def reading(rng: random.Random, facility: str, resident: str, at: Millis) -> dict[str, Any]:
    """SpO2 and pulse, as the gateway stamps them; 2 % lie below the limit of resting hypoxia."""
    return {
        "type": "reading",
        "facility": facility,
        "resident": resident,
        "observed_at": to_text(at),
        "spo2_percent": 92.0 if rng.random() < UNQUIET else rng.choice((96.5, 97.0, 98.0)),
        "pulse_per_min": 65 + rng.randrange(20),
        "on_oxygen": False,
        "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
        "received_at": to_text(at + 1_000),
    }


def a_minute_each(number: int, size: int, facilities: list[str], seed: int = 1, ago: Millis = 0) -> list[Sent]:
    """Messages of `size` readings in which every resident is measured about once a minute, up to `ago` before now.

    An array holds one facility's residents, once each.
    """
    rng = random.Random(seed)
    apart = MINUTE * size / (len(facilities) * RESIDENTS)
    start = round(time.time() * 1_000 - ago - number * apart)
    made = []
    for n in range(number):
        facility, at = rng.choice(facilities), start + round(n * apart)
        who = [rng.randrange(RESIDENTS)] if size == 1 else [r % RESIDENTS for r in range(size)]
        events = [reading(rng, facility, f"R-{r:02d}", at + place) for place, r in enumerate(who)]
        made.append(Sent(facility, msgspec.json.encode(events[0] if size == 1 else events), at + 1_000))
    return made


def stamped_by_sender(kafka: str, prefix: str) -> None:
    """The topic of readings keeps the sender's times: an hour is replayed in seconds, in the order it was lived."""
    settings = {"message.timestamp.type": "CreateTime"}
    with administration(kafka) as client:
        client.create_topics([NewTopic(prefix + TOPICS[0], PARTITIONS, 1, topic_configs=settings)])


def publish(kafka: str, topic: str, messages: Iterable[Sent], *, with_times: bool = True) -> float:
    """All of them are in the topic; the seconds of CPU this took."""
    started = time.process_time()
    producer = KafkaProducer(bootstrap_servers=kafka.split(","), acks="all", linger_ms=20, compression_type="lz4")
    for one in messages:
        producer.send(topic, key=one.facility.encode(), value=one.value, timestamp_ms=one.at if with_times else None)
    producer.flush()
    producer.close()
    return time.process_time() - started
