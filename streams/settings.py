"""What a worker is told by its environment."""

from __future__ import annotations

from msgspec import Struct


class WorkerSettings(Struct, frozen=True):
    """Where the worker reads, writes and how it behaves; defaults as measured on real services."""

    kafka: str  # host:port[,host:port]
    database_url: str
    cluster_id: str  # of the broker: the ledger is kept per cluster
    group: str = "sizao"
    prefix: str = ""  # before every topic name
    partitions: int = 24  # of every topic
    instance: str | None = None  # static membership: a killed worker is back in 3 s; None on the embedded broker
    session_timeout_seconds: float = 10.0
    heartbeat_seconds: float = 2.0
    take: int = 400  # messages a batch; a transaction holds at most 5,000 of their events
    backlog_take: int = 200  # of which each part of one partition is a transaction
    take_within_seconds: float = 0.05
    homes: int = 20_000  # facilities remembered
    grace_seconds: float = 2.0  # due times wait this long for checks that are on their way
    stall_seconds: float = 20.0  # lag, no progress, and the database answers: exit
    spool: bool = False  # the embedded default: accepted messages wait in the database
    state: str = "."  # Faust's data directory
