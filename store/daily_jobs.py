"""Daily work such as the backup: when was it last done, and when and why did it fail?"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("daily_jobs")


class DailyJob(Struct, frozen=True):
    """What is known of one job."""

    done_day: int | None = None
    done_at: Millis | None = None  # when it was finished; None: never
    took: Millis | None = None
    size_bytes: int | None = None  # of what it made, where that has a size
    failed_at: Millis | None = None  # the last time that it went wrong; None: never
    why: str | None = None

    @property
    def is_failing(self) -> bool:
        """It went wrong and was not done since.

        >>> DailyJob(done_at=2, failed_at=1).is_failing, DailyJob(failed_at=1).is_failing
        (False, True)
        """
        return self.failed_at is not None and self.failed_at > (self.done_at or 0)


def merged(one: DailyJob, other: DailyJob) -> DailyJob:
    """Of both the later: a job may be done by a person beside the service.

    >>> merged(DailyJob(done_day=1, done_at=5, failed_at=9, why="full"), DailyJob(done_day=2, done_at=7))
    DailyJob(done_day=2, done_at=7, took=None, size_bytes=None, failed_at=9, why='full')
    """
    done = max(one, other, key=lambda job: job.done_at or 0)
    failed = max(one, other, key=lambda job: job.failed_at or 0)
    return structs.replace(done, failed_at=failed.failed_at, why=failed.why)


async def read(connection: Connection) -> dict[str, DailyJob]:
    """Each job that was ever begun."""
    cursor = await connection.execute(_SQL["daily_jobs"])
    return {name: DailyJob(*rest) for name, *rest in await cursor.fetchall()}


async def put(connection: Connection, name: str, job: DailyJob) -> None:
    """This is what is known of the job."""
    values = {
        "job": name,
        "done_day": job.done_day,
        "done_at": Moment.of(job.done_at),
        "took": job.took,
        "size_bytes": job.size_bytes,
        "failed_at": Moment.of(job.failed_at),
        "why": job.why,
    }
    await connection.execute(_SQL["put_daily_job"], values)
