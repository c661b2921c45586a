"""`sizao account`: who may sign in at the console, and as what."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import click
import msgspec
from msgspec import structs

from dashboards.console import passwords
from dashboards.console.users import Role
from detectors.times import to_text
from sizao.account_rules import check, ensure_known, with_rights
from sizao.params import AS_JSON, DATABASE
from sizao.tables import show
from store import accounts
from store.accounts import Account, NewAccount
from store.connection import Connection, connected, transaction

Answer = TypeVar("Answer")
_STDIN = click.option("--password-stdin", is_flag=True, help="The password is the first line of standard input.")
_MADE = click.option("--generate", is_flag=True, help="Make a password, and print it on standard output.")


def _scope(command: Callable[..., None]) -> Callable[..., None]:
    """The command takes what an account is for; one of these."""
    for option in (
        click.option("--hospital", metavar="CODE", help="Of a hospital account, as in the registry."),
        click.option("--region", metavar="PREFIX", help='Beginning of a GB/T 2260 code, as 3706; "" is everywhere.'),
        click.option("--desk", metavar="CODE", help="Of a desk account: as in the rosters (sizao roster import)."),
        click.option("--facility", metavar="CODE", help="Of a facility account."),
    ):
        command = option(command)
    return command


_MAY: Final = click.option(
    "--may",
    type=click.Choice(["dispatch", "issue"]),
    multiple=True,
    help="Also writes the daily dispatch of its region, or issues and reports it.",
)


@click.group("account")
def account_group() -> None:
    """Who may sign in at the console, and as what.

    \b
    facility  carers of one home: its residents, readings and alerts
    desk      on-call: what the rosters say of the desk, or a region
    hospital  doctors of one hospital: its referrals and their residents
    viewer    county and ministry: figures, and alerts without identity
    operator  who keeps the system running: technical pages only

    \b
    sizao account add li.na --name 李娜 --role facility --facility F-001
    sizao account add zhao --name 赵强 --role desk --desk 县值班室
    sizao account add chen --name 陈静 --role viewer --region 3706

    A password is asked for, or read from standard input; it is for once: its
    owner chooses another at the first sign-in. All but facility accounts then
    set up a telephone that gives codes (TOTP).
    """


@account_group.command("add")
@DATABASE
@click.argument("login")
@click.option("--name", required=True, help="Of the person, as colleagues say it: it stands on what they do.")
@click.option("--role", type=click.Choice([one.value for one in Role]), required=True, help="What it is for.")
@_scope
@click.option("--read-only", is_flag=True, help="May look, and neither acknowledge nor snooze.")
@_MAY
@_STDIN
@_MADE
def add(
    database_url: str,
    login: str,
    name: str,
    role: str,
    facility: str | None,
    desk: str | None,
    region: str | None,
    hospital: str | None,
    read_only: bool,
    may: tuple[str, ...],
    password_stdin: bool,
    generate: bool,
) -> None:
    """Let somebody sign in as LOGIN, such as li.na.

    One account a person: what is done and seen is on record under its name.
    """
    new = NewAccount(
        login.strip().lower(),
        name.strip(),
        role,
        with_rights(Role(role), may, read_only),
        desk=desk,
        facility=facility,
        hospital=hospital,
        region_prefix=region,
    )
    check(new)
    password = _password(new.login, password_stdin, generate)
    asyncio.run(_with(database_url, lambda connection: _add(connection, new, passwords.hashed(password))))
    click.echo(f"{new.login} may sign in, and chooses another password then", err=True)
    if generate:
        click.echo(password)


async def _add(connection: Connection, new: NewAccount, password_hash: str) -> None:
    async with transaction(connection):
        await ensure_known(connection, new)
        if await accounts.add(connection, new, password_hash, given=True) is None:
            raise click.ClickException(f"{new.login} is taken: sizao account list shows who has it")


@account_group.command("change")
@DATABASE
@click.argument("login")
@click.option("--name", help="Of the person.")
@_scope
@click.option("--read-only/--may-act", default=None, help="May look only; or may do what the role does.")
@_MAY
def change(
    database_url: str,
    login: str,
    name: str | None,
    facility: str | None,
    desk: str | None,
    region: str | None,
    hospital: str | None,
    read_only: bool | None,
    may: tuple[str, ...],
) -> None:
    """Say anew whose account LOGIN is, what it is for, or whether it may act. It counts from the next page on.

    What is not given stays. Another role is another account: disable this one.
    """

    async def work(connection: Connection) -> None:
        async with transaction(connection):
            old = await _found(connection, login)
            new = NewAccount(old.login, name or old.name, old.role, tuple(old.rights), *_scope_of(old))
            if (desk, facility, hospital, region) != (None, None, None, None):
                new = structs.replace(new, desk=desk, facility=facility, hospital=hospital, region_prefix=region)
            if read_only is not None or may:
                new = structs.replace(new, rights=with_rights(Role(old.role), may, bool(read_only)))
            check(new)
            await ensure_known(connection, new)
            await accounts.change(connection, old.id, new)

    asyncio.run(_with(database_url, work))
    click.echo(f"{login.lower()} is changed: sizao account list shows it", err=True)


def _scope_of(one: Account) -> tuple[str | None, ...]:
    return one.desk, one.facility, one.hospital, one.region_prefix


@account_group.command("list")
@DATABASE
@AS_JSON
def list_accounts(database_url: str, as_json: bool) -> None:
    """Everybody who may sign in, what for, and when they were last there."""
    found = asyncio.run(_with(database_url, accounts.everybody))
    if as_json:
        for one in found:
            sys.stdout.buffer.write(msgspec.json.encode(_shown(one)) + b"\n")
        return
    show(list(_HEADINGS), [list(_shown(one).values()) for one in found])


_HEADINGS: Final = ("login", "name", "role", "for", "rights", "second factor", "last seen", "disabled")


def _shown(one: Account) -> dict[str, str]:
    scope = one.facility or one.desk or one.hospital or (one.region_prefix or "everywhere")
    if one.role == Role.OPERATOR.value:
        scope = ""
    if one.desk is not None and not one.desk_regions and not one.desk_facilities:
        scope += " (in no roster: it sees nothing)"
    factor = "not wanted" if one.role == Role.FACILITY.value else "yes" if one.factor_secret else "not yet"
    seen = "" if one.seen_at is None else to_text(one.seen_at)
    disabled = "" if one.disabled_at is None else to_text(one.disabled_at)
    values = (one.login, one.name, one.role, scope, " ".join(one.rights), factor, seen, disabled)
    return dict(zip(_HEADINGS, values, strict=True))


@account_group.command("reset")
@DATABASE
@click.argument("login")
@click.option("--second-factor", is_flag=True, help="The telephone is lost too: another is set up at the next sign-in.")
@_STDIN
@_MADE
def reset(database_url: str, login: str, second_factor: bool, password_stdin: bool, generate: bool) -> None:
    """Give LOGIN a password for once; whoever is signed in with it is not any more.

    Make sure by telephone or in person that it is its owner who asks.
    """
    password = _password(login.lower(), password_stdin, generate)

    async def work(connection: Connection) -> None:
        async with transaction(connection):
            account = await _found(connection, login)
            await accounts.set_password(connection, account.id, passwords.hashed(password), given=True)
            if second_factor:
                await accounts.set_factor(connection, account.id, None, 0, [])

    asyncio.run(_with(database_url, work))
    click.echo(f"{login.lower()} signs in with it once, and chooses another", err=True)
    if generate:
        click.echo(password)


@account_group.command("disable")
@DATABASE
@click.argument("login")
def disable(database_url: str, login: str) -> None:
    """LOGIN signs in no more, from this moment on; what they did stays on record."""
    asyncio.run(_with(database_url, lambda connection: _disable(connection, login, round(time.time() * 1_000))))
    click.echo(f"{login.lower()} is signed out, and does not sign in any more", err=True)


@account_group.command("enable")
@DATABASE
@click.argument("login")
def enable(database_url: str, login: str) -> None:
    """LOGIN may sign in again, with the password and the telephone they had."""
    asyncio.run(_with(database_url, lambda connection: _disable(connection, login, None)))
    click.echo(f"{login.lower()} may sign in again", err=True)


async def _disable(connection: Connection, login: str, at: int | None) -> None:
    async with transaction(connection):
        await accounts.disable(connection, (await _found(connection, login)).id, at)


async def _found(connection: Connection, login: str) -> Account:
    account = await accounts.by_login(connection, login.strip().lower())
    if account is None:
        raise click.ClickException(f"there is no account {login}: sizao account list shows them")
    return account


def _password(login: str, from_stdin: bool, generate: bool) -> str:
    """Asked for, read or made; never an argument, which every process of the machine could read."""
    if generate:
        return passwords.made()
    if from_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password, for once", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise click.UsageError("there is no terminal to ask on: give --password-stdin, or --generate")
    why = passwords.why_not(password, login)
    if why is not None:
        raise click.ClickException(why[1])
    return password


async def _with(database_url: str, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async with connected(database_url, "account") as connection:
        return await work(connection)
