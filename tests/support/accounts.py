"""Somebody signs in at the console of a test."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from litestar.testing import AsyncTestClient

from dashboards.console.sessions import COOKIE, Session
from dashboards.console.users import Role
from sizao.account_rules import RIGHTS
from store import accounts, sessions
from store.accounts import NewAccount
from store.connection import connect, transaction


async def sign_in(
    client: AsyncTestClient[Any],
    database: str,
    role: Role,
    *,
    login: str = "somebody",
    name: str = "某人",
    rights: Iterable[str] | None = None,
    **scope: str | None,
) -> str:
    """The secret for forms of a client that is signed in with a new account.

    `scope` is `region_prefix=`, `facility=`, `desk=` or `hospital=`.
    """
    connection = await connect(database, "test")
    async with transaction(connection):
        new = NewAccount(login, name, role.value, tuple(RIGHTS[role] if rights is None else rights), **scope)
        account_id = await accounts.add(connection, new, "no password is this", given=False)
        assert account_id is not None, f"{login} is there already"
        await accounts.set_factor(connection, account_id, "A" * 32, 0, [])
        token = f"token-of-{login}"
        await sessions.open_session(connection, token, account_id, "factor", round(time.time() * 1_000))
        row, account = await sessions.find(connection, token), await accounts.by_id(connection, account_id)
    await connection.close()
    assert row is not None
    assert account is not None
    client.cookies.set(COOKIE, token)
    return Session(account, token, row).csrf
