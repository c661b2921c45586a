"""`sizao registry token`: who may send, and how one who may is shut out again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from detectors.times import to_text
from sizao.params import AS_JSON, DATABASE, Code
from sizao.tables import show, write_json
from store import registry, tokens
from store.connection import Connection, connected, transaction
from store.tokens import TokenRow

Answer = TypeVar("Answer")


@click.command("token")
@DATABASE
@click.option("--label", required=True, help="What it is for, to know it again when it is revoked.")
@click.option("--device", help="Good for one device only.")
@click.argument("facility", type=Code())
def make_token(database_url: str, label: str, device: str | None, facility: str) -> None:
    """Make a token with which FACILITY may send. It is shown once; only a hash is kept.

    A token is changed without any loss: make another one, give it to the
    sender, and revoke the old one once the new one sends.
    """

    async def work(connection: Connection) -> tuple[int, str, bool]:
        known = await registry.find_facility(connection, facility)
        locked = await registry.lock_facilities(connection, [facility])
        return *await tokens.create(connection, locked[facility].id, label, device), known is None

    number, secret, is_new = _run(database_url, work)
    click.echo(f"token {number} of {facility}; `sizao registry revoke {facility} {number}` shuts it out", err=True)
    if is_new:
        click.echo(f"{facility} was not known before: if it is mistyped, revoke the token", err=True)
    click.echo(secret)


@click.command("tokens")
@DATABASE
@AS_JSON
@click.argument("facility", type=Code())
def list_tokens(database_url: str, as_json: bool, facility: str) -> None:
    """Show the tokens of FACILITY, without their secrets, revoked ones too."""
    found = _run(database_url, lambda connection: _tokens_of(connection, facility))
    if as_json:
        write_json(_shown(one) for one in found)
        return
    rows = [tuple(_shown(one).values()) for one in found]
    show(("token", "label", "device", "made", "revoked"), rows, f"tokens of {facility}")


@click.command("revoke")
@DATABASE
@click.argument("facility", type=Code())
@click.argument("token", type=click.IntRange(min=1))
def revoke_token(database_url: str, facility: str, token: int) -> None:
    """Shut out TOKEN, the number of a token of FACILITY: within ten seconds the gateway takes nothing with it.

    For a stolen telephone or a lost device; what was sent with it stays. Where
    the database cannot be asked, a token that was used lately is good for an hour.
    """

    async def work(connection: Connection) -> bool:
        if token not in {one.id for one in await _tokens_of(connection, facility)}:
            raise click.ClickException(f"{facility} has no token {token}: sizao registry tokens {facility} lists them")
        return await tokens.revoke(connection, token)

    was_good = _run(database_url, work)
    click.echo(f"token {token} of {facility} is revoked" if was_good else f"token {token} was revoked before", err=True)


async def _tokens_of(connection: Connection, facility: str) -> list[TokenRow]:
    known = await registry.find_facility(connection, facility)
    if known is None:
        raise click.ClickException(f"there is no facility {facility}: look at its code")
    return await tokens.of_facility(connection, known.id)


def _shown(one: TokenRow) -> dict[str, object]:
    revoked = None if one.revoked_at is None else to_text(one.revoked_at)
    return {
        "token": one.id,
        "label": one.label,
        "device": one.device,
        "made": to_text(one.created_at),
        "revoked": revoked,
    }


def _run(database_url: str, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async def within() -> Answer:
        async with connected(database_url, "registry") as connection, transaction(connection):
            return await work(connection)

    return asyncio.run(within())
