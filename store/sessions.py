"""Sessions of the console, one-time links of a trial, and tries to sign in: in the database, over every restart."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("sessions")

Proven = Literal["password", "factor", "link"]
"""What somebody has shown: the password, the second factor too, or the link of a trial."""


class SessionRow(Struct, frozen=True):
    """A session on record."""

    account_id: int
    proven: Proven
    created_at: Millis
    seen_at: Millis


class Tries(Struct, frozen=True):
    """How often a subject was tried of late, and when last."""

    number: int
    last_at: Millis


def digest(secret: str) -> bytes:
    """What is kept of a cookie or a link: 256 random bits need no salt."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


async def open_session(connection: Connection, token: str, account_id: int, proven: Proven, now: Millis) -> None:
    """The holder of the token is known from now on."""
    values = {"hash": digest(token), "account": account_id, "proven": proven, "at": Moment(now)}
    await connection.execute(_SQL["open_session"], values)


async def find(connection: Connection, token: str) -> SessionRow | None:
    """The session of a token; its age is for the caller to judge."""
    row = await (await connection.execute(_SQL["find_session"], {"hash": digest(token)})).fetchone()
    return None if row is None else SessionRow(*row)


async def seen(connection: Connection, token: str, now: Millis) -> None:
    """Somebody is still there."""
    await connection.execute(_SQL["seen"], {"hash": digest(token), "at": Moment(now)})


async def close(connection: Connection, token: str) -> None:
    """The token is good no more."""
    await connection.execute(_SQL["close_session"], {"hash": digest(token)})


async def close_all(connection: Connection, account_id: int) -> None:
    """Nobody is signed in with this account."""
    await connection.execute(_SQL["close_all"], {"account": account_id})


async def close_old(connection: Connection, before: Millis) -> None:
    """Sessions from before a time are gone."""
    await connection.execute(_SQL["close_old"], {"before": Moment(before)})


async def add_link(connection: Connection, secret: str, account_id: int, expires: Millis) -> None:
    """The account's only good link."""
    values = {"hash": digest(secret), "account": account_id, "expires": Moment(expires)}
    await connection.execute(_SQL["add_link"], values)


async def use_link(connection: Connection, secret: str, now: Millis) -> int | None:
    """Whose link it was; None when it is not good, or was used before."""
    row = await (await connection.execute(_SQL["use_link"], {"hash": digest(secret), "at": Moment(now)})).fetchone()
    return None if row is None else row[0]


async def tries(connection: Connection, subjects: Sequence[str], since: Millis) -> dict[str, Tries]:
    """How often each subject was tried; whoever asks at the same time waits until this transaction ends."""
    await connection.execute(_SQL["hold_subjects"], {"subjects": sorted(subjects)})
    values = {"subjects": list(subjects), "since": Moment(since)}
    rows = await (await connection.execute(_SQL["tries"], values)).fetchall()
    return {subject: Tries(number, last) for subject, number, last in rows}


async def add_tries(connection: Connection, subjects: Sequence[str], now: Millis, forget_before: Millis) -> None:
    """Each subject was tried once more; old tries are forgotten."""
    await connection.execute(_SQL["forget_tries"], {"before": Moment(forget_before)})
    await connection.execute(_SQL["add_tries"], {"subjects": list(subjects), "at": Moment(now)})


async def clear_tries(connection: Connection, cleared: Sequence[str], taken_back: str) -> None:
    """It was the right person: some subjects are as new, of another this one try does not count."""
    await connection.execute(_SQL["clear_tries"], {"subjects": list(cleared)})
    await connection.execute(_SQL["take_back_try"], {"subject": taken_back})
