"""The broker and the database that `sizao run` uses: its own, or those it is given."""

from __future__ import annotations

from typing import Protocol

from ingest.topics import TopicsError, cluster_id
from sizao.embedded.places import Trouble, listens
from store.connection import is_ready


class Service(Protocol):
    """Something that has to run before our processes do."""

    @property
    def is_alive(self) -> bool:
        """It runs, as far as this is ours to know."""
        ...

    def start(self) -> None:
        """It answers; raises Trouble."""
        ...

    def stop(self) -> None:
        """It has stopped, where it is ours to stop."""
        ...


class Database(Service, Protocol):
    """A PostgreSQL server."""

    @property
    def url(self) -> str:
        """Where it is."""
        ...


class Kafka(Service, Protocol):
    """A broker that speaks Kafka's protocol."""

    @property
    def servers(self) -> str:
        """Where it is."""
        ...

    @property
    def memory_bytes(self) -> int:
        """What a broker of ours holds in memory; 0 for others."""
        ...


class GivenDatabase:
    """Somebody else's server: looked at, never started or stopped."""

    is_alive = True

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> None:
        """It answers; raises Trouble."""
        if not is_ready(self.url):
            raise Trouble("the database of SIZAO_DATABASE_URL does not answer: start it, or unset the variable")

    def stop(self) -> None:
        """It goes on."""


class GivenKafka:
    """Somebody else's brokers: looked at, never started or stopped."""

    is_alive = True
    memory_bytes = 0

    def __init__(self, servers: str) -> None:
        self.servers = servers

    def start(self) -> None:
        """They answer; raises Trouble."""
        if not listens(self.servers):  # quicker than the client, which tries for half a minute
            raise Trouble(f"no Kafka broker answers at {self.servers}: start it, or unset SIZAO_KAFKA")
        try:
            cluster_id(self.servers)
        except TopicsError as error:
            raise Trouble(str(error)) from error

    def stop(self) -> None:
        """They go on."""
