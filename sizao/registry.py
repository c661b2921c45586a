"""`sizao registry`: facilities, residents, recipients and tokens."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from detectors.times import Millis, to_text
from sizao.params import AS_JSON, COUNT, DATABASE
from sizao.progress import progress
from sizao.registry_import import import_folder, import_quietly, tables_of
from sizao.registry_tokens import list_tokens, make_token, revoke_token
from store import assigning, registry, roll, rules, tokens
from store.connection import Connection, connected, transaction

Answer = TypeVar("Answer")
FACILITIES_A_STEP = 20


@click.group("registry")
def registry_group() -> None:
    """Who lives where, who is told, and who may send."""


for one in (import_folder, make_token, list_tokens, revoke_token):
    registry_group.add_command(one)


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


@registry_group.command("tasks")
@DATABASE
@click.option("--facility", metavar="CODE", help="Of this facility only.")
@click.option("--limit", type=COUNT, default=200, help="At most so many.")
@AS_JSON
def tasks(database_url: str, facility: str | None, limit: int, as_json: bool) -> None:
    """What is to be done so that the registry is right.

    Facilities and residents known by their checks only (the next import claims
    them), residents whose tier lacks a fact, given tiers that were overtaken.
    """
    found = asyncio.run(_with(database_url, lambda connection: roll.tasks(connection, _now(), facility, limit)))
    for one in found:
        if as_json:
            shown = msgspec.to_builtins(one) | {"since": to_text(one.since)}
            sys.stdout.buffer.write(msgspec.json.encode(shown) + b"\n")
        else:
            who = " ".join(filter(None, (one.facility, one.resident)))
            said = f": {one.en}" if one.en else ""
            click.echo(f"{one.task.replace('_', ' ')} {who} since {to_text(one.since)[:10]}{said}")
    if len(found) == limit:
        click.echo(f"there may be more than {limit}: --limit, --facility", err=True)


@registry_group.command("tiers")
@DATABASE
def compute_tiers(database_url: str) -> None:
    """Compute every tier anew by the tables in force, as after `sizao rules activate` of another table.

    What is right already stays as it is; tiers that change say why.
    """

    async def work(connection: Connection) -> tuple[int, int]:
        async with transaction(connection):
            codes = await registry.all_codes(connection)
        changed = 0
        for start in progress(range(0, len(codes), FACILITIES_A_STEP), "facilities"):
            async with transaction(connection):
                await rules.share(connection)
                some = codes[start : start + FACILITIES_A_STEP]
                changed += await assigning.assign_again(connection, some, _now(), tables_of)
        return len(codes), changed

    number, changed = asyncio.run(_with(database_url, work))
    click.echo(f"{number} facilities: {changed} tiers with another one or another reason", err=True)


def _now() -> Millis:
    return round(time.time() * 1_000)


async def _with(database_url: str, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async with connected(database_url, "registry") as connection:
        return await work(connection)
