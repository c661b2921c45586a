"""Topics: made with one partition count for all, and checked at every start.

A facility's events meet in one worker only while every topic has the same
number of partitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError
from msgspec import Struct

from ingest.decode import TOPICS

PARTITIONS: Final = 24
RETENTION_DAYS: Final = 30


class TopicsError(Exception):
    """The broker or its topics are not as they must be; the message names the remedy."""


@contextmanager
def administration(servers: str) -> Iterator[Any]:
    """An admin client of the broker; raises TopicsError where it cannot be reached."""
    try:
        client = KafkaAdminClient(
            bootstrap_servers=servers.split(","), client_id="sizao-admin", request_timeout_ms=10_000
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
        return check(client, prefix)


class Cluster(Struct, frozen=True):
    """A broker's answer about itself and our topics."""

    id: str
    brokers: int
    partitions: dict[str, int]  # of the topics that are there
    missing: list[str]


def examine(servers: str, prefix: str = "") -> Cluster:
    """How the broker and our topics are; raises TopicsError where it cannot be reached."""
    with administration(servers) as client:
        described = client.describe_cluster()
        wanted = [prefix + topic for topic in TOPICS]
        there = set(client.list_topics())
        present = [topic for topic in wanted if topic in there]
        counts = {one["name"]: len(one["partitions"]) for one in client.describe_topics(present)} if present else {}
        missing = [topic for topic in wanted if topic not in there]
        return Cluster(str(described["cluster_id"]), len(described["brokers"]), counts, missing)


def check(client: Any, prefix: str = "") -> int:
    """The partition count of all topics; raises TopicsError where one is missing or differs."""
    wanted = [prefix + topic for topic in TOPICS]
    found = {one["name"]: len(one["partitions"]) for one in client.describe_topics(wanted)}
    if set(found.values()) - {0} != {found.get(wanted[0])} or len(found) != len(wanted):
        counts = ", ".join(f"{name}: {found.get(name, 'missing')}" for name in wanted)
        raise TopicsError(f"all topics must have the same number of partitions; delete and make them anew ({counts})")
    return int(found[wanted[0]])
