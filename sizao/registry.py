"""`sizao registry`: facilities, residents, recipients and tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from sizao.registry_import import import_folder, import_quietly
from store import registry, tokens
from store.connection import Connection, connect, transaction

Answer = TypeVar("Answer")
_URL = click.option(
    "--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://..."
)


@click.group("registry")
def registry_group() -> None:
    """Who lives where, who is told, and who may send."""


registry_group.add_command(import_folder)


async def register(database_url: str, folder: Path, senders: list[str]) -> dict[str, str]:
    """The folder is taken in; a new token for each facility that will send."""

    async def work(connection: Connection) -> dict[str, str]:
        await import_quietly(connection, folder)
        made = {}
        async with transaction(connection):
            locked = await registry.lock_facilities(connection, senders)
            for code, facility in locked.items():
                _, made[code] = await tokens.create(connection, facility.id, "simulated county")
        return made

    return await _with(database_url, work)


@registry_group.command("token")
@_URL
@click.option("--label", required=True, help="What it is for, to know it again when it is revoked.")
@click.option("--device", help="Good for one device only.")
@click.argument("facility")
def token(database_url: str, label: str, device: str | None, facility: str) -> None:
    """Make a token with which FACILITY may send. It is shown once; only a hash is kept."""

    async def work(connection: Connection) -> str:
        async with transaction(connection):
            locked = await registry.lock_facilities(connection, [facility])
            _, secret = await tokens.create(connection, locked[facility].id, label, device)
            return secret

    click.echo(asyncio.run(_with(database_url, work)))


async def _with(database_url: str, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    connection = await connect(database_url, "registry")
    try:
        return await work(connection)
    finally:
        await connection.close()
