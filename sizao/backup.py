"""`sizao backup`: everything that is in the database at one moment, as a folder."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import click

from detectors.times import Millis
from sizao.backups_kept import DAY_NAME, show_kept, size_of
from sizao.daily import METRICS_PORT, METRICS_VARIABLE, Minute, each_day
from sizao.daily_record import Record
from sizao.days import day_of, shown
from sizao.params import COUNT, DATABASE
from sizao.ports import METRICS_HOST, show_metrics
from sizao.progress import counter
from store.keeping.folder import FORMAT, Backup, Manifest, Part, writing
from store.keeping.snapshot import rows_in, snapshot

KEY = click.option(
    "--key",
    envvar="SIZAO_BACKUP_KEY",
    show_envvar=True,
    help="Seals it: 16 characters or more. Better from a file (SIZAO_BACKUP_KEY_FILE): others see command lines.",
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@DATABASE
@KEY
@click.option("--at", type=Minute(), help="Each day at this minute of China's time, such as 02:30, into FOLDER/DATE.")
@click.option("--keep-last", type=COUNT, help="With --at: so many stay, older ones go. Default: all stay.")
@METRICS_PORT
@METRICS_HOST
def backup(
    folder: Path,
    database_url: str,
    key: str | None,
    at: int | None,
    keep_last: int | None,
    metrics_port: int,
    metrics_host: str,
) -> None:
    """Write a backup of the whole database to FOLDER, while everything goes on.

    It is the database at one moment, and it is read back from the disk before
    FOLDER appears: every sum, every seal, the number of rows of each table. A
    backup that is stopped, or cannot be read back, leaves nothing. It holds
    residents' data: give a key, and keep the key elsewhere. `sizao doctor` says
    when the last one was made.

    \b
      openssl rand -base64 32 > backup.key
      SIZAO_BACKUP_KEY_FILE=backup.key sizao backup /backups/2026-11-27
      sizao restore /backups/2026-11-27 --check          # later, or on another machine
      sizao backup /backups --at 02:30 --keep-last 14    # every night, until it is stopped
    """
    if at is None and keep_last is not None:
        raise click.UsageError("--keep-last is for a backup each day: add --at 02:30")
    # A service manager stops us with SIGTERM: nothing half-written may stay then either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if key is None:
        click.echo("the backup is not sealed: give a key, or keep it on an encrypted disk (docs/backup.md)", err=True)
    record = Record("backup", database_url)
    if at is None:
        began = _now()
        size = _back_up(database_url, folder, key)
        record.look()
        record.done(day_of(None), began, _now(), size)
        return
    show_kept(folder)
    show_metrics(metrics_host, metrics_port, METRICS_VARIABLE)
    each_day(at, lambda day: back_up_day(database_url, folder, key, day, keep_last), record)


def back_up_day(database_url: str, parent: Path, key: str | None, day: int, keep_last: int | None) -> int:
    """The parent folder has that day's backup, and of all its days the newest so many; the bytes of that day's."""
    for killed in parent.glob(f"{DAY_NAME}.unfinished"):
        shutil.rmtree(killed)
    folder = parent / shown(day)
    # A folder that is there is whole, and was read back.
    size = size_of(folder) if folder.exists() else _back_up(database_url, folder, key)
    for old in sorted(parent.glob(DAY_NAME), reverse=True)[keep_last:] if keep_last else ():
        shutil.rmtree(old)
        click.echo(f"{old}: is gone, {keep_last} newer ones are kept", err=True)
    return size


def _back_up(database_url: str, folder: Path, key: str | None) -> int:
    with writing(folder, key) as written, snapshot(database_url) as found:
        for name in found.foreign:
            click.echo(f"table {name} is not ours and is left out", err=True)
        counts = {table: found.count(table) for table in found.tables}
        with counter("backup", sum(counts.values())) as passed:
            files = {table: written.add(table, _counted(found.blocks(table), passed)) for table in found.tables}
        written.finish(
            Manifest(
                format=FORMAT,
                made_at=found.made_at,
                program=version("sizao"),
                server=found.server,
                timescaledb=found.timescaledb,
                migrations=found.migrations,
                parts=tuple(Part(table, found.columns(table), counts[table], files[table]) for table in files),
                sequences=found.sequences(),
                salt=written.salt,
            )
        )
        read_back(Backup(written.folder, key))
    size = size_of(folder)
    rows = sum(counts.values())
    click.echo(
        f"{folder}: {rows:,} rows of {len(counts)} tables as of {found.made_at}, {size / 1e6:,.1f} MB, read back",
        err=True,
    )
    return size


def read_back(backup: Backup) -> None:
    """Everything that a restore would read was read; raises BadBackup where it could not be restored."""
    with counter("check", backup.size()) as passed:
        backup.check(passed)


def _counted(blocks: Iterable[bytes], passed: Callable[[int], None]) -> Iterator[bytes]:
    for block, rows in rows_in(blocks):
        yield block
        passed(rows)


def _now() -> Millis:
    return round(time.time() * 1_000)
