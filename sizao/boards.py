"""`sizao boards`: who sees which figures on the boards of Grafana."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

from store import boards
from store.connection import connected, transaction
from store.figures import NATION

_URL: Final = click.option(
    "--database-url",
    envvar="SIZAO_DATABASE_URL",
    show_envvar=True,
    required=True,
    help="postgresql://... of a superuser",
)


@click.group("boards")
def boards_group() -> None:
    """Who sees which figures on the boards of Grafana.

    Any viewer of a board may send any SQL to its data source. So each region
    that views has a role of its own in the database, which reads the sums of
    that region and nothing else. `docs/boards.md` says how to start Grafana.
    """


@boards_group.command("nation")
@_URL
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Its first line is the role's password; Grafana's data source reads the same file.",
)
@click.option("--role", default=boards.NATIONS_ROLE, help="What the role is called.")
def nation(database_url: str, password_file: Path, role: str) -> None:
    """Make the role that reads the figures of the whole nation, or give it another password.

    \b
      openssl rand -hex 24 > secrets/boards_password
      sizao boards nation --password-file secrets/boards_password
    """
    password = first_line(password_file)
    asyncio.run(make_role(database_url, role, NATION, password))
    click.echo(f"{role} reads the figures of the nation", err=True)


def first_line(file: Path) -> str:
    """What a file of a password says; an empty one is an error that names it."""
    lines = file.read_text("utf-8").splitlines()
    if not lines or not lines[0].strip():
        raise click.UsageError(f"{file} is empty: write a password in it (openssl rand -hex 24 > {file})")
    return lines[0].strip()


async def make_role(database_url: str, role: str, region: str, password: str) -> None:
    """The role reads the figures of the region."""
    async with connected(database_url, "boards") as connection, transaction(connection):
        await boards.make_role(connection, role, region, password)
