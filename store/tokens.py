"""Tokens: many per facility, one per device, each revocable by itself. Only a hash is kept."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("tokens")


class Sender(Struct, frozen=True):
    """Whom a token lets in."""

    token_id: int
    facility_id: int
    facility: str
    device: str | None  # None: any device of the facility


class TokenRow(Struct, frozen=True):
    """A token on record; what it was is known to its holder alone."""

    id: int
    device: str | None
    label: str
    created_at: Millis
    revoked_at: Millis | None


async def create(connection: Connection, facility_id: int, label: str, device: str | None = None) -> tuple[int, str]:
    """A new token: (its id, its secret). The secret is shown once and never again."""
    secret = f"sizao_{secrets.token_urlsafe(32)}"
    values = {"facility": facility_id, "device": device, "label": label, "hash": digest(secret)}
    row = await (await connection.execute(_SQL["add_token"], values)).fetchone()
    assert row is not None
    return row[0], secret


async def find(connection: Connection, secret: str) -> Sender | None:
    """Whose token this is; None when nobody's, or revoked."""
    row = await (await connection.execute(_SQL["find_token"], {"hash": digest(secret)})).fetchone()
    return None if row is None else Sender(*row)


async def revoke(connection: Connection, token_id: int) -> bool:
    """The token is good no more; False when it was not before."""
    return (await connection.execute(_SQL["revoke_token"], {"id": token_id})).rowcount == 1


async def forget(connection: Connection, token_id: int) -> None:
    """A token that was made for one errand is gone: a year of errands would be millions of rows."""
    await connection.execute(_SQL["forget_token"], {"id": token_id})


async def of_facility(connection: Connection, facility_id: int) -> list[TokenRow]:
    """The facility's tokens, revoked ones too."""
    return [
        TokenRow(*row)
        for row in await (await connection.execute(_SQL["tokens_of"], {"facility": facility_id})).fetchall()
    ]


def digest(secret: str) -> bytes:
    """What is kept of a token: 256 random bits need no salt."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
