"""Daily work as the doctor sees it: a sentence each, of when it was last done, or since when it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Final

from detectors.times import DAY, HOUR, Millis
from sizao.finding import Finding
from store.daily_jobs import DailyJob

OLD: Final[Millis] = 26 * HOUR
"""A day, and some time for the work itself: as `dashboards/prometheus/rules.yml` has it."""

GIVEN_UP: Final[Millis] = 30 * DAY
"""Not tried for so long, a push or a page is not wanted any more; a backup is wanted always."""

_CHINA: Final = timezone(timedelta(hours=8))


def daily_work(jobs: Mapping[str, DailyJob], now: Millis) -> list[Finding]:
    """A line for each job that was ever begun; and one for the backup, if it never was."""
    found = [_finding(name, job, now) for name, job in jobs.items() if name == "backup" or not _is_given_up(job, now)]
    if "backup" not in jobs:
        remedy = "sizao backup FOLDER --at 02:30 makes one each night (docs/backup.md)"
        found.append(Finding("yellow", "backup: none was made yet", remedy))
    return found


def _finding(name: str, job: DailyJob, now: Millis) -> Finding:
    since = "never done" if job.done_at is None else f"last done {_shown(job.done_at)}"
    if job.took is not None:
        since += f" in {job.took / 1_000:,.0f} s"
    if job.size_bytes is not None:
        since += f", {job.size_bytes / 1e6:,.1f} MB"
    if job.is_failing:
        assert job.failed_at is not None
        said = f"{name}: {since}; went wrong {_shown(job.failed_at)}: {job.why}"
        return Finding("red", said, "mend that; it is tried again every ten minutes (docs/runbooks/DailyWorkFails.md)")
    if job.done_at is None or now - job.done_at > OLD:
        return Finding("red", f"{name}: {since}", f"start its service again (docs/runbooks/DailyWorkLate.md): {name}")
    return Finding("green", f"{name}: {since}")


def _is_given_up(job: DailyJob, now: Millis) -> bool:
    return now - max(job.done_at or 0, job.failed_at or 0) > GIVEN_UP


def _shown(at: Millis) -> str:
    return f"{datetime.fromtimestamp(at / 1_000, _CHINA):%Y-%m-%d %H:%M} China time"
