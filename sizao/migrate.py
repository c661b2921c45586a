"""`sizao migrate`: the schema and the shipped rules."""

from __future__ import annotations

import asyncio

import click

from sizao.params import DATABASE
from store import rules
from store.connection import connected, transaction
from store.migrate import migrate as apply_migrations
from streams.catalogue import shipped


@click.command()
@DATABASE
def migrate(database_url: str) -> None:
    """Bring the database up to date, before workers and gateways of a new version start.

    Forward only, any number of times, from any number of machines at once.
    """
    for name in prepare(database_url):
        click.echo(f"applied {name}", err=True)


def prepare(database_url: str) -> list[str]:
    """The schema is current and rules are in force: the shipped ones, if there were none. The migrations applied.

    An upgrade changes nobody's judgement: `sizao rules diff` shows what it ships, `sizao rules activate` takes it over.
    """
    applied = apply_migrations(database_url)
    asyncio.run(_activate(database_url))
    return applied


async def _activate(database_url: str) -> None:
    async with connected(database_url, "migrate") as connection, transaction(connection):
        await rules.hold(connection)
        if not await rules.heads(connection):
            for one in shipped():
                await rules.activate(connection, one)
