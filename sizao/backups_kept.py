"""Which backups lie in a folder: what the disk has, whatever was said when they were made."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from prometheus_client import Gauge

from store.keeping.folder import BadBackup, manifest_of

DAY_NAME: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"

_newest: Final = Gauge(
    "sizao_backup_newest_timestamp_seconds", "Which moment the newest backup on the disk is of; 0: none"
)
_size: Final = Gauge("sizao_backup_newest_size_bytes", "How large the newest backup on the disk is; 0: none")
_kept: Final = Gauge("sizao_backups", "Whole backups on the disk")


def show_kept(parent: Path) -> None:
    """Prometheus is told what is there whenever it asks."""
    _newest.set_function(lambda: made_at(newest(parent)))
    _size.set_function(lambda: size_of(newest(parent)))
    _kept.set_function(lambda: len(_all(parent)))


def newest(parent: Path) -> Path | None:
    """The last day's backup; None: there is none, or the disk is away."""
    return max(_all(parent), default=None)


def made_at(folder: Path | None) -> float:
    """The moment that the backup is of, in seconds since 1970; 0: there is none that can be read."""
    try:
        return 0 if folder is None else datetime.fromisoformat(manifest_of(folder).made_at).timestamp()
    except BadBackup:
        return 0


def size_of(folder: Path | None) -> int:
    """Bytes of all its files."""
    try:
        return 0 if folder is None else sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        return 0


def _all(parent: Path) -> list[Path]:
    try:
        return list(parent.glob(DAY_NAME))
    except OSError:
        return []
