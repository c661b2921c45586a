"""The worker's metrics. Labels come from closed sets and start at zero; never a facility or a resident."""

from __future__ import annotations

import time
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from detectors.detector import Severity
from store.rows import Fate

_DELAYS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600)


STAGES: Final = ("wait", "decode", "lock", "load", "add", "judge", "write", "commit", "sweep")
"""What a worker's time goes into: waiting for messages, reading them, a transaction's parts in order, and due times."""


class Metrics:
    """Everything one worker process counts."""

    def __init__(self) -> None:
        self.events = Counter("sizao_events_total", "Events by what became of them", ["fate"])
        for fate in (*(one.name for one in Fate), "duplicate", "conflict", "erased", "rejected", "not_yet_understood"):
            self.events.labels(fate)
        self.transitions = Counter("sizao_transitions_total", "What happened to episodes", ["kind", "severity"])
        for kind in ("opened", "worsened", "eased", "cleared", "lapsed", "revised", "joined", "divided", "withdrawn"):
            for severity in Severity:
                self.transitions.labels(kind, severity.name)
        self.rules_run = Counter("sizao_rules_run_total", "How often a rule was asked about an element")
        self.batch_seconds = Histogram("sizao_batch_seconds", "Time to store a batch of messages", buckets=_DELAYS)
        self.stage_seconds = Counter("sizao_stage_seconds_total", "Where the time of a worker goes", ["stage"])
        self.stages = {stage: self.stage_seconds.labels(stage) for stage in STAGES}
        self.observed_to_finding_seconds = Histogram(
            "sizao_observed_to_finding_seconds", "From the observation to the finding, live events", buckets=_DELAYS
        )
        self.retries = Counter("sizao_retries_total", "Batches tried again because the database was away")
        self.positions_lost = Counter(
            "sizao_positions_lost_total", "Partitions whose ledger lay outside what the broker still has"
        )
        self.gaps = Counter("sizao_gaps_total", "Gaps in a partition, read again")
        self.defects = Counter("sizao_defects_total", "Rules that raised and messages that could not be stored")
        self.lag = Gauge("sizao_lag_messages", "Messages waiting in the partitions of this worker")
        self.homes = Gauge("sizao_homes_remembered", "Facilities held in memory")


metrics: Final = Metrics()


class Laps:
    """A stopwatch: the time since the last lap is counted for the stage that ends."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The stage ends here."""
        now = time.perf_counter()
        metrics.stages[stage].inc(now - self._since)
        self._since = now
