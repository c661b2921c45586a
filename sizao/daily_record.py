"""What is on record of a daily job: shown to Prometheus, and kept in the database over restarts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from msgspec import structs
from prometheus_client import Counter, Gauge

from detectors.times import Millis
from store import daily_jobs
from store.connection import connected, transaction
from store.daily_jobs import DailyJob, merged
from store.errors import StoreError

# Whose they are is told by the target: a process has one job.
_due: Final = Gauge("sizao_daily_due_timestamp_seconds", "When the daily work that is to be done next is or was due")
_done: Final = Gauge(
    "sizao_daily_done_timestamp_seconds", "When the daily work was last done; 0: never, as far as known"
)
_duration: Final = Gauge("sizao_daily_duration_seconds", "How long the daily work took when it was last done")
_failed: Final = Gauge("sizao_daily_failed_timestamp_seconds", "When the daily work last went wrong; 0: never")
_failures: Final = Counter("sizao_daily_failures_total", "Times that the daily work went wrong; it is tried again")


class Record:
    """Of one job; what cannot be written now is written when the database is back."""

    def __init__(self, name: str, database_url: str) -> None:
        self._name = name
        self._database_url = database_url
        self._is_read = False
        self._is_written = True
        self.job = DailyJob()

    def look(self) -> None:
        """What the database knows is known, and the other way round, if it can be reached."""
        if not (self._is_read and self._is_written):
            with suppress(StoreError):  # whether the database is away is for others to tell
                asyncio.run(self._meet())
        self._show()

    def is_due(self, at: Millis) -> None:
        """That is when the next work is to be done."""
        _due.set(at / 1_000)

    def done(self, day: int, began: Millis, now: Millis, size_bytes: int | None) -> None:
        """The day's work is done."""
        self._note(structs.replace(self.job, done_day=day, done_at=now, took=now - began, size_bytes=size_bytes))

    def failed(self, now: Millis, why: str) -> None:
        """It went wrong, and why."""
        _failures.inc()
        self._note(structs.replace(self.job, failed_at=now, why=why))

    def _note(self, job: DailyJob) -> None:
        self.job, self._is_written = job, False
        self.look()

    async def _meet(self) -> None:
        async with connected(self._database_url, "daily") as connection, transaction(connection):
            self.job = merged(self.job, (await daily_jobs.read(connection)).get(self._name, DailyJob()))
            if not self._is_written:
                await daily_jobs.put(connection, self._name, self.job)
        self._is_read = self._is_written = True

    def _show(self) -> None:
        _done.set((self.job.done_at or 0) / 1_000)
        _duration.set((self.job.took or 0) / 1_000)
        _failed.set((self.job.failed_at or 0) / 1_000)
