"""`sizao export keys|folder|accept|receipts`: signed files between networks that are kept apart."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dashboards.exports import folder as files
from dashboards.exports.folder import NotOurs, Receipt
from detectors.times import to_millis, to_text
from sizao.export_sending import RECEIVER, follow
from sizao.params import DATABASE
from store import exports
from store.connection import connected, transaction

Key = TypeVar("Key")
FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
OWN_KEY = click.option(
    "--signing-key",
    "own",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="Ours (sizao export keys).",
)
THEIR_KEY = click.option(
    "--public-key",
    "theirs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The other side's .pub.",
)


@click.command("keys")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def keys_command(file: Path) -> None:
    """Make a key pair: FILE stays here, FILE.pub goes to the other side by a way that both trust."""
    if file.exists():
        raise click.ClickException(f"{file} is there already: a key is never written over")
    click.echo(f"{file} is ours alone; {files.new_keys(file)} is for the other side", err=True)


@click.command("folder")
@FOLDER
@DATABASE
@RECEIVER
@OWN_KEY
def folder_command(folder: Path, database_url: str, receiver: str, own: Path) -> None:
    """Write what waits into FOLDER as numbered, signed files, to be carried over.

    Written again (`sizao export replay`) a package is the same file. What was
    written of an earlier day and is told otherwise by now follows by itself.
    What cannot be written waits, and is named.
    """
    key = _key(files.private_key, own)
    number = asyncio.run(_write(folder, database_url, receiver, key))
    click.echo(f"{number} packages are in {folder}", err=True)


@click.command("accept")
@FOLDER
@RECEIVER
@THEIR_KEY
@OWN_KEY
@click.option("--receipts", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where receipts go.")
def accept_command(folder: Path, receiver: str, theirs: Path, own: Path, receipts: Path) -> None:
    """On the other side: print what is new in FOLDER, a JSON object a line, and write a signed receipt for each.

    What has a receipt is ignored. What was changed, renamed or signed by
    somebody else is refused by name; missing numbers are named. Either ends
    with exit code 1, after everything else was taken.
    """
    known, ours = _key(files.public_key, theirs), _key(files.private_key, own)
    with _written(receipts):
        receipts.mkdir(parents=True, exist_ok=True)
    had = {number for number, _ in files.files(receipts, f"receipt-{receiver}")}
    refused, taken = [], set(had)
    for number, path in files.files(folder, receiver):
        if number in had:
            continue
        try:
            found = files.read_package(path, known)
        except NotOurs as error:
            refused.append(str(error))
            continue
        sys.stdout.buffer.write(bytes(found.content) + b"\n")
        sys.stdout.buffer.flush()
        now = to_text(round(time.time() * 1_000))
        with _written(receipts):
            files.write_receipt(receipts, Receipt(receiver, number, found.digest, now), ours)
        taken.add(number)
    click.echo(f"{len(taken) - len(had)} packages were taken, {len(had)} were there before", err=True)
    _complain(refused, sorted(set(range(1, max(taken, default=0))) - taken), "never came")


@click.command("receipts")
@FOLDER
@DATABASE
@RECEIVER
@THEIR_KEY
def receipts_command(folder: Path, database_url: str, receiver: str, theirs: Path) -> None:
    """Read the receipts that came back in FOLDER; name what has none though a later package has one."""
    known = _key(files.public_key, theirs)
    refused: list[str] = []
    found = []
    for number, path in files.files(folder, f"receipt-{receiver}"):
        try:
            receipt = files.read_receipt(path, known)
        except NotOurs as error:
            refused.append(str(error))
            continue
        if (receipt.receiver, receipt.number) == (receiver, number):
            found.append(receipt)
        else:
            refused.append(f"{path.name} is of number {receipt.number} of {receipt.receiver}: refused")
    others, missing = asyncio.run(_received(database_url, receiver, found))
    refused += [f"number {one}: the receiver has another content than we sent: refused" for one in others]
    click.echo(f"{len(found) - len(others)} receipts are on record", err=True)
    _complain(refused, missing, "have no receipt: `sizao export replay` sends a day again")


folder_commands: Final = (keys_command, folder_command, accept_command, receipts_command)


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    """What cannot be written is said in a sentence; nothing of it counts as done."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            f"{folder} cannot be written to: {error.strerror or error}; what was not written waits"
        ) from error


def _key(read: Callable[[Path], Key], path: Path) -> Key:
    try:
        return read(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _complain(refused: Iterable[str], missing: list[int], what: str) -> None:
    said = [*refused, *([f"numbers {', '.join(map(str, missing))} {what}"] if missing else [])]
    if said:
        raise click.ClickException("; ".join(said))


async def _write(folder: Path, database_url: str, receiver: str, key: Ed25519PrivateKey) -> int:
    number = 0
    async with connected(database_url, "export") as connection:
        async with transaction(connection):
            if not await exports.claim_sending(connection, receiver):
                raise click.ClickException(f"another process is sending to {receiver}: wait until it is done")
        await follow(connection, receiver)
        while True:
            async with transaction(connection):
                packages = await exports.waiting(connection, receiver)
                for package in packages:
                    with _written(folder):
                        files.write_package(folder, package, key)
                    await exports.sent(connection, package, round(time.time() * 1_000))
            if not packages:
                return number
            number += len(packages)


async def _received(database_url: str, receiver: str, found: list[Receipt]) -> tuple[list[int], list[int]]:
    """Numbers whose content is another one, and those without a receipt before one that has it."""
    from datetime import datetime

    others = []
    async with connected(database_url, "export") as connection, transaction(connection):
        for one in found:
            at = to_millis(datetime.fromisoformat(one.received_at))
            if not await exports.received(connection, receiver, one.number, bytes.fromhex(one.digest), at):
                others.append(one.number)
        return others, await exports.without_receipt(connection, receiver)
