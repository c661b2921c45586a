"""Packages go to another system by HTTP, in their order, each until it was taken.

The receiver knows a package by its id, which never changes: sent twice it is
taken once. Signed after Standard Webhooks: an HMAC over id, time and body, so
that a receiver may refuse what is changed or old.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

import httpx

from alerts.notifiers.webhook import signed_headers
from store import exports
from store.connection import Connection, transaction
from store.exports import Package

SECONDS: Final = 30.0
AGAIN: Final = frozenset({408, 425, 429})
TAKEN_BEFORE: Final = 409


class NotTaken(Exception):
    """The receiver did not take a package; nothing after it is sent."""


async def push(
    connection: Connection, receiver: str, url: str, secret: str, tries: int = 5, pause: float = 1.0
) -> AsyncIterator[Package]:
    """Every package that waits, once it was taken; raises NotTaken at the first that was not."""
    async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
        while True:
            async with transaction(connection):
                found = await exports.waiting(connection, receiver)
            if not found:
                return
            package = found[0]
            error = await _send(client, url, secret, package, tries, pause)
            async with transaction(connection):
                if error is not None:
                    await exports.failed(connection, package, error)
                else:
                    await exports.sent(connection, package, round(time.time() * 1_000))
            if error is not None:
                raise NotTaken(f"{package.key} was not taken: {error}; it and what follows it waits")
            yield package


async def _send(
    client: httpx.AsyncClient, url: str, secret: str, package: Package, tries: int, pause: float
) -> str | None:
    """Why it was not taken in the end; None: it was."""
    error = None
    for turn in range(tries):
        if turn:
            await asyncio.sleep(min(60.0, pause * 2 ** (turn - 1)))
        headers = signed_headers(secret, package.key, package.body) | {"content-type": "application/json"}
        try:
            answer = await client.post(url, content=package.body, headers=headers)
        except httpx.TransportError as failure:
            error = f"no answer ({type(failure).__name__})"
            continue
        if answer.is_success or answer.status_code == TAKEN_BEFORE:
            return None
        error = f"the receiver says {answer.status_code}"
        if answer.status_code not in AGAIN and answer.status_code < 500:
            return error
    return error
