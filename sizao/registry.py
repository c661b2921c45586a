"""`sizao registry`: facilities, residents, recipients and tokens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from ingest.registry.reading import Problem, read_facilities, read_recipients, read_residents
from store import recipients, registration, registry, tokens
from store.connection import Connection, connect, transaction

Answer = TypeVar("Answer")
Row = TypeVar("Row")
_URL = click.option(
    "--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://..."
)
CHUNK = 500


@click.group("registry")
def registry_group() -> None:
    """Who lives where, who is told, and who may send."""


@registry_group.command("import")
@_URL
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_folder(database_url: str, folder: Path) -> None:
    """Take in facilities.csv, residents.csv and recipients.csv of FOLDER, those that are there.

    What is missing in a file is not deleted; recipients.csv is the whole truth
    about who is told. The same files twice change nothing. Every row that is
    not taken is named with its reason.
    """
    homes, people, told = asyncio.run(_with(database_url, lambda connection: _import(connection, folder)))
    click.echo(f"{homes} facilities, {people} residents, {told} recipients", err=True)


async def _import(connection: Connection, folder: Path) -> tuple[int, int, int]:
    homes = _taken(folder / "facilities.csv", read_facilities)
    people = sorted(_taken(folder / "residents.csv", read_residents), key=lambda row: row.facility)
    told = _taken(folder / "recipients.csv", read_recipients)
    now = round(time.time() * 1_000)
    for start in range(0, len(homes), CHUNK):
        async with transaction(connection):
            await registration.register_facilities(connection, homes[start : start + CHUNK], now)
    for start in range(0, len(people), CHUNK):
        async with transaction(connection):
            await registration.register_residents(connection, people[start : start + CHUNK], now)
    if (folder / "recipients.csv").exists():
        async with transaction(connection):
            await recipients.replace(connection, told)
    return len(homes), len(people), len(told)


async def register(database_url: str, folder: Path, senders: list[str]) -> dict[str, str]:
    """The folder is taken in; a new token for each facility that will send."""

    async def work(connection: Connection) -> dict[str, str]:
        await _import(connection, folder)
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


def _taken(path: Path, read: Callable[[Path], tuple[list[Row], list[Problem]]]) -> list[Row]:
    if not path.exists():
        return []
    rows, problems = read(path)
    for problem in problems:
        click.echo(str(problem), err=True)
    return rows
