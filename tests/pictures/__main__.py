"""`make pictures`: every board as a picture in docs/pictures."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import psycopg

from dashboards.grafana.boards import FOLDER
from store.connection import connect
from store.figures import NATION
from tests.integration.rollup.provinces import gone, role_that_views
from tests.pictures import history
from tests.pictures.answers import answers, chosen
from tests.pictures.camera import page, take
from tests.pictures.processes import prometheus
from tests.support.browser import chromium
from tests.support.databases import migrated_database
from tests.support.needs import PROJECT

_NEEDED: Final = {
    "npm": "nodejs npm",
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "prometheus": "prometheus",
    "promtool": "prometheus",
}


@contextmanager
def reading(database: str) -> Iterator[psycopg.Connection]:
    """A connection of a role that sees the figures of the nation and nothing else, as Grafana's."""

    async def make() -> tuple[str, str]:
        connection = await connect(database, "pictures")
        async with connection:
            return await role_that_views(connection, database, NATION)

    async def drop() -> None:
        connection = await connect(database, "pictures")
        async with connection:
            await gone(connection, role)

    role, url = asyncio.run(make())
    try:
        with psycopg.connect(url, autocommit=True) as reader:
            yield reader
    finally:
        asyncio.run(drop())


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("boards", nargs=-1)
@click.option("--database-url", envvar="SIZAO_TEST_DATABASE_URL", show_envvar=True, required=True, help="A server.")
@click.option("--kept", help="A migrated database of an earlier run, named by its URL: a month is not invented anew.")
@click.option("--region", default=NATION, help="Of the boards that show one: a code, 510000 and the like.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=PROJECT / "docs" / "pictures")
def pictures(boards: tuple[str, ...], database_url: str, kept: str | None, region: str, into: Path) -> None:
    """Draw BOARDS (regions early-warning ...; by default all) into docs/pictures.

    Needed are Node with npm, Chromium, Prometheus and PostgreSQL; no Grafana.
    """
    for program, package in _NEEDED.items():
        if shutil.which(program) is None:
            raise click.UsageError(f"{program} is not on PATH (Debian: apt-get install {package})")
    if kept:
        _taken(boards, kept, region, into)
        return
    with migrated_database(database_url, timescale=True) as database:
        click.echo("a month of homes is written and summed up: some minutes ...", err=True)
        history.write(database)
        _taken(boards, database, region, into)


def _taken(wanted: tuple[str, ...], database: str, region: str, into: Path) -> None:
    boards = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.iterdir())}
    with (
        page(boards.values()) as address,
        tempfile.TemporaryDirectory() as folder,
        reading(database) as reader,
        prometheus(Path(folder)) as metrics,
        chromium(Path(folder) / "profile") as browser,
    ):
        for name, board in boards.items():
            if not wanted or name in wanted:
                given = chosen(board, reader, region)
                taken = take(browser, address, given, answers(given, reader, metrics))
                (into / f"board-{name}.png").write_bytes(taken)
                click.echo(f"board-{name}.png: {len(taken):,} bytes")


if __name__ == "__main__":
    pictures()
