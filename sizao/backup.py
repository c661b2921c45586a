"""`sizao backup`: everything that is in the database at one moment, as a folder."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

from sizao.daily import Minute, each_day
from sizao.days import shown
from sizao.progress import counter
from store.keeping.folder import FORMAT, Manifest, Part, writing
from store.keeping.snapshot import rows_in, snapshot

DAY_NAME: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"

KEY = click.option(
    "--key",
    envvar="SIZAO_BACKUP_KEY",
    show_envvar=True,
    help="Seals it: 16 characters or more. Better from a file (SIZAO_BACKUP_KEY_FILE): others see command lines.",
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://...")
@KEY
@click.option("--at", type=Minute(), help="Each day at this minute of China's time, such as 02:30, into FOLDER/DATE.")
@click.option("--keep-last", type=click.IntRange(1), help="With --at: so many stay, older ones go. Default: all stay.")
def backup(folder: Path, database_url: str, key: str | None, at: int | None, keep_last: int | None) -> None:
    """Write a backup of the whole database to FOLDER, while everything goes on.

    It is the database at one moment. FOLDER appears when the backup is whole,
    with the SHA-256 of each file; stopped in the middle, nothing is left. It
    holds residents' data: give a key, and keep the key elsewhere.

    \b
      openssl rand -base64 32 > backup.key
      SIZAO_BACKUP_KEY_FILE=backup.key sizao backup /backups/2026-11-27
      (cd /backups/2026-11-27 && sha256sum -c SHA256SUMS)
      sizao backup /backups --at 02:30 --keep-last 14    # every night, until it is stopped
    """
    if at is None and keep_last is not None:
        raise click.UsageError("--keep-last is for a backup each day: add --at 02:30")
    # A service manager stops us with SIGTERM: nothing half-written may stay then either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if key is None:
        click.echo("the backup is not sealed: give a key, or keep it on an encrypted disk (docs/backup.md)", err=True)
    if at is None:
        _back_up(database_url, folder, key)
    else:
        each_day(at, lambda day: back_up_day(database_url, folder, key, day, keep_last))


def back_up_day(database_url: str, parent: Path, key: str | None, day: int, keep_last: int | None) -> None:
    """The parent folder has that day's backup, and of all its days the newest so many."""
    for killed in parent.glob(f"{DAY_NAME}.unfinished"):
        shutil.rmtree(killed)
    # A folder that is there is whole.
    if not (parent / shown(day)).exists():
        _back_up(database_url, parent / shown(day), key)
    for old in sorted(parent.glob(DAY_NAME), reverse=True)[keep_last:] if keep_last else ():
        shutil.rmtree(old)
        click.echo(f"{old}: is gone, {keep_last} newer ones are kept", err=True)


def _back_up(database_url: str, folder: Path, key: str | None) -> None:
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
    size = sum(file.stat().st_size for file in folder.iterdir())
    rows = sum(counts.values())
    click.echo(f"{folder}: {rows:,} rows of {len(counts)} tables as of {found.made_at}, {size / 1e6:,.1f} MB", err=True)


def _counted(blocks: Iterable[bytes], passed: Callable[[int], None]) -> Iterator[bytes]:
    for block, rows in rows_in(blocks):
        yield block
        passed(rows)
