"""`sizao restore`: a backup into an empty database."""

from __future__ import annotations

from pathlib import Path

import click

from sizao.backup import KEY, read_back
from sizao.erase import LIST, apply_list
from sizao.migrate import prepare as bring_up_to_date
from sizao.params import database
from sizao.progress import counter
from store.keeping import restoring
from store.keeping.folder import Backup


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@database("postgresql://..., a new, empty one.")
@click.option("--check", "only_check", is_flag=True, help="Only read the backup and say whether it could be restored.")
@KEY
@LIST
def restore(folder: Path, database_url: str | None, only_check: bool, key: str | None, kept_apart: Path | None) -> None:
    """Read the backup in FOLDER into a new, empty database, and bring that up to date.

    Everything is read before the database is touched: every sum, every seal,
    the number of rows of each table; --check does only that, and needs no
    database. All rows come in one transaction: stopped in the middle, the
    database is still empty. A backup of an older version is upgraded; one of
    a newer version is refused. Stop workers, senders and gateways first and
    start them afterwards: they go on from the position of the backup and read
    again what came since.

    \b
      SIZAO_BACKUP_KEY_FILE=backup.key sizao restore /backups/2026-11-27 --check
      createdb sizao_restored
      SIZAO_BACKUP_KEY_FILE=backup.key sizao restore /backups/2026-11-27 --database-url postgresql:///sizao_restored
    """
    if database_url is None and not only_check:
        raise click.UsageError("say into which database: --database-url, or SIZAO_DATABASE_URL; --check needs none")
    backup = Backup(folder, key)
    read_back(backup)
    manifest = backup.manifest
    total = sum(part.rows for part in manifest.parts)
    if only_check or database_url is None:
        click.echo(f"{folder} can be restored: {total:,} rows as of {manifest.made_at}, {manifest.program}", err=True)
        return
    restoring.prepare(database_url, manifest)
    with counter("restore", total) as passed:
        restoring.load(database_url, backup, passed)
    applied = bring_up_to_date(database_url)
    if kept_apart is not None:
        click.echo(f"{apply_list(database_url, kept_apart)} residents were erased since and are so again", err=True)
    else:
        click.echo("who was erased since the backup is back: say --erasure-list, or `sizao erase apply`", err=True)
    since = f"; brought up to date by {len(applied)} migrations" if applied else ""
    click.echo(f"{total:,} rows as of {manifest.made_at} are restored{since}", err=True)
