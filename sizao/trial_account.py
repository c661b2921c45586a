"""The account of a trial: a desk that answers for everything on this machine, entered by a printed link.

Production has none: `sizao account add`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Final, get_args

from alerts.acting import Right
from dashboards.console import passwords
from dashboards.console.users import Role
from detectors.times import DAY, Millis
from store import accounts, sessions
from store.accounts import NewAccount
from store.connection import connected, transaction

LOGIN: Final = "trial"
NAME: Final = "试用值班员"
LASTS: Final[Millis] = DAY


def trial_link(database_url: str) -> str:
    """What opens one session of the trial's account, within a day; a link that was made before is good no more."""
    return asyncio.run(_link(database_url))


async def _link(database_url: str) -> str:
    async with connected(database_url, "run") as connection, transaction(connection):
        account = await accounts.by_login(connection, LOGIN)
        if account is None:
            new = NewAccount(LOGIN, NAME, Role.DESK.value, get_args(Right), region_prefix="")
            # Nobody knows this password: the link is the only way in.
            await accounts.add(connection, new, passwords.hashed(secrets.token_urlsafe(32)), given=True)
            account = await accounts.by_login(connection, LOGIN)
        assert account is not None
        link = secrets.token_urlsafe(18)
        await sessions.add_link(connection, link, account.id, round(time.time() * 1_000) + LASTS)
        return link
