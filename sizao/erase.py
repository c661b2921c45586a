"""`sizao erase`: a resident's link to what was measured is cut, for ever."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
import msgspec

from detectors.times import to_text
from sizao.params import AS_JSON, DATABASE, make_sure
from sizao.tables import show, write_json
from store import erasing
from store.connection import connected, transaction
from store.erasing import Erasure

LIST: Final = click.option(
    "--erasure-list",
    "kept_apart",
    envvar="SIZAO_ERASURE_LIST",
    show_envvar=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of the erased, kept apart from the database: an older backup does not know who was erased since.",
)


@click.group("erase")
def erase_group() -> None:
    """Erase residents: who asked to be forgotten, or whose time is over.

    What was measured stays, as that of nobody: figures, episodes and the
    precision of rules are as they were. The code becomes another one, notes
    and other free text are blank. The list of the erased is kept for ever and
    holds for whatever comes from before: messages that are read again, and a
    backup that is restored. The record of who looked at whom is not changed.
    """


@erase_group.command("resident")
@click.argument("facility")
@click.argument("resident")
@DATABASE
@click.option("--by", "erased_by", required=True, help="Who does it, by name.")
@click.option("--reason", required=True, help="On whose request, and the file it rests on; no name of the resident.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@LIST
def resident_command(
    facility: str, resident: str, database_url: str, erased_by: str, reason: str, yes: bool, kept_apart: Path | None
) -> None:
    """Erase RESIDENT of FACILITY, by the facility's own codes. It cannot be taken back.

    \b
      sizao erase resident F-001 R-07 --by "Zhao Min" --reason "request of 2026-11-20, file 12"
    """
    if kept_apart is None:
        click.echo("no list is kept apart (SIZAO_ERASURE_LIST): an older backup would bring them back", err=True)
    if not yes:
        make_sure(f"Erase {facility}/{resident}? It cannot be taken back")
    if kept_apart is not None:
        _ready(kept_apart)
    erasure = Erasure(facility, resident, round(time.time() * 1_000), erased_by, reason)
    if not asyncio.run(_erased(database_url, erasure)):
        click.echo(f"{resident} is not known in {facility}; what comes from before is not taken in", err=True)
    if kept_apart is not None:
        _append(kept_apart, erasure)
    click.echo(f"{facility}/{resident} is erased", err=True)


@erase_group.command("list")
@DATABASE
@AS_JSON
def list_command(database_url: str, as_json: bool) -> None:
    """Show who was erased, when, by whom and why; with --json as --erasure-list and `sizao restore` read it."""
    found = asyncio.run(_listed(database_url))
    if as_json:
        write_json(found)
        return
    rows = [(one.facility, one.resident, to_text(one.at), one.erased_by, one.reason) for one in found]
    show(("facility", "resident", "at", "by", "reason"), rows, "erased")


@erase_group.command("apply")
@DATABASE
@LIST
def apply_command(database_url: str, kept_apart: Path | None) -> None:
    """Erase everybody on the list that is kept apart, in a database that does not know of them."""
    if kept_apart is None:
        raise click.UsageError("say which list: --erasure-list FILE, or SIZAO_ERASURE_LIST")
    number = apply_list(database_url, kept_apart)
    click.echo(f"{number} residents were erased by {kept_apart}", err=True)


def apply_list(database_url: str, path: Path) -> int:
    """Everybody on the list is erased; how many were not yet. Raises ClickException where it cannot be read."""
    return asyncio.run(_applied(database_url, _read(path)))


def _read(path: Path) -> list[Erasure]:
    try:
        lines = path.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Erasure) for line in lines if line.strip()]
    except FileNotFoundError as error:
        raise click.ClickException(f"{path} is not there: nobody knows who was erased; name the right list") from error
    except msgspec.DecodeError as error:
        raise click.ClickException(f"{path} is no list as `sizao erase list --json` writes it: {error}") from error


def _ready(path: Path) -> None:
    """The list can be written, and nobody else reads it. Before anybody is erased: a restore would bring them back."""
    try:
        path.touch(0o600)
        path.open("ab").close()
    except OSError as error:
        raise click.ClickException(
            f"{path} cannot be written ({error.strerror}): nobody is erased; name another list, or mend its folder"
        ) from error


def _append(path: Path, erasure: Erasure) -> None:
    with path.open("ab") as file:
        file.write(msgspec.json.encode(erasure) + b"\n")
        file.flush()
        os.fsync(file.fileno())


async def _erased(database_url: str, erasure: Erasure) -> bool:
    async with connected(database_url, "erase") as connection, transaction(connection):
        return await erasing.erase(connection, erasure)


async def _applied(database_url: str, erasures: Iterable[Erasure]) -> int:
    async with connected(database_url, "erase") as connection, transaction(connection):
        return await erasing.apply(connection, erasures)


async def _listed(database_url: str) -> list[Erasure]:
    async with connected(database_url, "erase") as connection, transaction(connection):
        return await erasing.the_list(connection)
