"""Accounts: who may sign in, as what, and how they prove it. Passwords and codes are kept as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("accounts")


class NewAccount(Struct, frozen=True):
    """What an operator says of somebody."""

    login: str
    name: str
    role: str
    rights: tuple[str, ...]
    desk: str | None = None
    facility: str | None = None
    hospital: str | None = None
    region_prefix: str | None = None


class Account(Struct, frozen=True):
    """An account as it is on record."""

    id: int
    login: str
    name: str
    role: str
    rights: Sequence[str]
    desk: str | None
    facility: str | None
    hospital: str | None
    region_prefix: str | None
    password_hash: str
    password_is_given: bool
    factor_secret: str | None
    factor_step: int
    recovery_left: int
    created_at: Millis
    disabled_at: Millis | None
    desk_regions: Sequence[str]  # what the desk answers for
    desk_facilities: Sequence[str]
    seen_at: Millis | None


class Known(Struct, frozen=True):
    """What of a scope there is."""

    desk: bool
    facility: bool
    hospital: bool


async def add(connection: Connection, new: NewAccount, password_hash: str, given: bool) -> int | None:
    """The number of the new account; None when the login is taken."""
    values = {"login": new.login, "role": new.role, "hash": password_hash, "given": given, **_said(new)}
    row = await (await connection.execute(_SQL["add_account"], values)).fetchone()
    return None if row is None else row[0]


async def change(connection: Connection, account_id: int, new: NewAccount) -> None:
    """Name, scope and rights are these; login and role stay."""
    await connection.execute(_SQL["change_account"], {"id": account_id, **_said(new)})


def _said(new: NewAccount) -> dict[str, object]:
    return {
        "name": new.name,
        "rights": list(new.rights),
        "desk": new.desk,
        "facility": new.facility,
        "hospital": new.hospital,
        "region": new.region_prefix,
    }


async def known(connection: Connection, new: NewAccount) -> Known:
    """Whether what the account is for exists."""
    values = {"desk": new.desk, "facility": new.facility, "hospital": new.hospital}
    row = await (await connection.execute(_SQL["known_scope"], values)).fetchone()
    assert row is not None
    return Known(*row)


async def everybody(connection: Connection) -> list[Account]:
    """All accounts by their logins, disabled ones too."""
    rows = await (await connection.execute(_SQL["accounts"], {"login": None, "id": None})).fetchall()
    return [Account(*row) for row in rows]


async def by_login(connection: Connection, login: str) -> Account | None:
    """The account of a login, disabled or not."""
    row = await (await connection.execute(_SQL["accounts"], {"login": login, "id": None})).fetchone()
    return None if row is None else Account(*row)


async def by_id(connection: Connection, account_id: int) -> Account | None:
    """An account by its number."""
    row = await (await connection.execute(_SQL["accounts"], {"login": None, "id": account_id})).fetchone()
    return None if row is None else Account(*row)


async def set_password(
    connection: Connection, account_id: int, password_hash: str, *, given: bool, but: bytes = b""
) -> None:
    """Another password; every session but one (by its hash) has ended."""
    values = {"id": account_id, "hash": password_hash, "given": given, "but": but}
    await connection.execute(_SQL["set_password"], values)


async def rehash_password(connection: Connection, account_id: int, password_hash: str) -> None:
    """The same password is kept in today's way."""
    await connection.execute(_SQL["rehash_password"], {"id": account_id, "hash": password_hash})


async def set_factor(
    connection: Connection, account_id: int, secret: str | None, step: int, recovery: Sequence[bytes]
) -> None:
    """The second factor, and the hashes of its recovery codes; None: it is enrolled anew at the next sign-in."""
    values = {"id": account_id, "secret": secret, "step": step, "recovery": list(recovery)}
    await connection.execute(_SQL["set_factor"], values)


async def seal_factor(connection: Connection, account_id: int, secret: str) -> None:
    """The secret of the same telephone is kept in another way."""
    await connection.execute(_SQL["seal_factor"], {"id": account_id, "secret": secret})


async def use_step(connection: Connection, account_id: int, step: int) -> bool:
    """The code of this step is taken; False when it or a later one was taken before."""
    return (await connection.execute(_SQL["use_step"], {"id": account_id, "step": step})).rowcount == 1


async def use_recovery(connection: Connection, account_id: int, code_hash: bytes) -> bool:
    """The recovery code is taken; False when there is no such code left."""
    return (await connection.execute(_SQL["use_recovery"], {"id": account_id, "hash": code_hash})).rowcount == 1


async def disable(connection: Connection, account_id: int, at: Millis | None) -> None:
    """Nobody signs in with it from now on, and its sessions have ended; None: they may again."""
    await connection.execute(_SQL["disable"], {"id": account_id, "at": Moment.of(at)})


async def count(connection: Connection) -> int:
    """How many accounts may sign in."""
    row = await (await connection.execute(_SQL["count_accounts"])).fetchone()
    assert row is not None
    number: int = row[0]
    return number
