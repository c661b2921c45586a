"""Topics: made with one partition count for all, and checked at every start.

A facility's events meet in one worker only while every topic has the same
number of partitions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError
from msgspec import Struct

from detectors.times import Millis
from ingest.decode import TOPICS

PARTITIONS: Final = 24
RETENTION_DAYS: Final = 30
TOLD_SECONDS: Final = 10.0


class TopicsError(Exception):
    """The broker or its topics are not as they must be; the message names the remedy."""


@contextmanager
def administration(servers: str) -> Iterator[Any]:
    """An admin client of the broker; raises TopicsError where it cannot be reached."""
    try:
        client = KafkaAdminClient(
            bootstrap_servers=servers.split(","),
            client_id="sizao-admin",
            request_timeout_ms=10_000,
            bootstrap_timeout_ms=10_000,
        )
    except KafkaError as error:
        raise TopicsError(f"no Kafka broker answers at {servers}: start it, or mend SIZAO_KAFKA ({error})") from error
    try:
        yield client
    finally:
        client.close()


def cluster_id(servers: str) -> str:
    """The broker's own id: the ledger is kept per cluster."""
    with administration(servers) as client:
        return str(client.describe_cluster()["cluster_id"])


def ensure(servers: str, prefix: str = "", partitions: int = PARTITIONS) -> int:
    """Every topic exists; the partition count that all of them have. Raises TopicsError where they differ."""
    with administration(servers) as client:
        brokers = len(client.describe_cluster()["brokers"])
        replicas = min(3, brokers)
        missing = {prefix + topic for topic in TOPICS} - set(client.list_topics())
        settings = {
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": str(RETENTION_DAYS * 86_400_000),
            "min.insync.replicas": str(max(1, replicas - 1)),
        }
        topics = [NewTopic(topic, partitions, replicas, topic_configs=settings) for topic in sorted(missing)]
        if topics:
            with suppress(TopicAlreadyExistsError):  # another process of ours was quicker
                client.create_topics(topics)
            _wait_until_told(client, prefix)
        return check(client, prefix)


def keep(servers: str, prefix: str, days: int, *, dry_run: bool = False) -> list[str]:
    """Every topic of ours keeps messages so many days; the names of those that did not. Raises TopicsError."""
    with administration(servers) as client:
        there = set(client.list_topics())
        present = sorted(prefix + topic for topic in TOPICS if prefix + topic in there)
        wanted = str(days * 86_400_000)
        told = _settings(client, present)
        others = [name for name, one in told.items() if one.get("retention.ms") != wanted]
        if others and not dry_run:
            client.alter_configs(
                [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": wanted}) for name in others]
            )
        return others


def _wait_until_told(client: Any, prefix: str) -> None:
    """A broker answers before all of its metadata knows of the new topics."""
    limit = time.monotonic() + TOLD_SECONDS
    while time.monotonic() < limit:
        with suppress(TopicsError):
            check(client, prefix)
            return
        time.sleep(0.1)


class Cluster(Struct, frozen=True):
    """A broker's answer about itself and our topics."""

    id: str
    brokers: int
    partitions: dict[str, int]  # of the topics that are there
    missing: list[str]
    replicas: int  # the fewest of any partition
    behind: int  # partitions that have fewer replicas in sync than replicas
    min_insync: int | None  # the fewest of any topic; None: the broker does not say
    stamped_by_sender: list[str]  # topics without LogAppendTime


def examine(servers: str, prefix: str = "") -> Cluster:
    """How the broker and our topics are; raises TopicsError where it cannot be reached."""
    with administration(servers) as client:
        described = client.describe_cluster()
        there = set(client.list_topics())
        present = [prefix + topic for topic in TOPICS if prefix + topic in there]
        topics = client.describe_topics(present) if present else []
        partitions = [one for topic in topics for one in topic["partitions"]]
        settings = _settings(client, present)
        return Cluster(
            id=str(described["cluster_id"]),
            brokers=len(described["brokers"]),
            partitions={topic["name"]: len(topic["partitions"]) for topic in topics},
            missing=[prefix + topic for topic in TOPICS if prefix + topic not in there],
            replicas=min((len(one["replica_nodes"]) for one in partitions), default=0),
            behind=sum(len(one["isr_nodes"]) < len(one["replica_nodes"]) for one in partitions),
            min_insync=min((int(one["min.insync.replicas"]) for one in settings.values()), default=None),
            stamped_by_sender=[
                name for name, one in settings.items() if one["message.timestamp.type"] != "LogAppendTime"
            ],
        )


def offsets_at(servers: str, prefix: str, times: Mapping[tuple[str, int], Millis]) -> dict[tuple[str, int], int]:
    """Per partition the first offset appended at or after a time; without those that have none. Raises TopicsError."""
    try:
        consumer = KafkaConsumer(bootstrap_servers=servers.split(","), request_timeout_ms=10_000)
        try:
            asked = {TopicPartition(prefix + topic, number): at for (topic, number), at in times.items()}
            found = consumer.offsets_for_times(asked)
        finally:
            consumer.close()
    except KafkaError as error:
        raise TopicsError(f"the broker at {servers} does not say which offset belongs to a time ({error})") from error
    return {
        (place.topic.removeprefix(prefix), place.partition): one.offset
        for place, one in found.items()
        if one is not None
    }


def _settings(client: Any, topics: list[str]) -> dict[str, dict[str, str]]:
    """The settings of those topics of which the broker tells any: the embedded one tells nothing."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    told = client.describe_configs(asked, config_filter="all").get("topic", {}) if asked else {}
    return {name: {key: one["value"] for key, one in values.items()} for name, values in told.items() if values}


def check(client: Any, prefix: str = "") -> int:
    """The partition count of all topics; raises TopicsError where one is missing or differs."""
    wanted = [prefix + topic for topic in TOPICS]
    found = {one["name"]: len(one["partitions"]) for one in client.describe_topics(wanted)}
    if set(found.values()) - {0} != {found.get(wanted[0])} or len(found) != len(wanted):
        counts = ", ".join(f"{name}: {found.get(name, 'missing')}" for name in wanted)
        raise TopicsError(f"all topics must have the same number of partitions; delete and make them anew ({counts})")
    return int(found[wanted[0]])
