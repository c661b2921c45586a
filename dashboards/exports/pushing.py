"""Packages go to another system by HTTP, in their order, each until it was taken.

The receiver knows a package by its id, which never changes: sent twice it is
taken once. Signed after Standard Webhooks: an HMAC over id, time and body, so
that a receiver may refuse what is changed or old. What it answers may be a
receipt: `{"id": ..., "digest": ...}`; then it must be of what was sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from alerts.notifiers.webhook import signed_headers
from store import exports
from store.connection import Connection, transaction
from store.exports import Package

SECONDS: Final = 30.0
"""Without a byte from the receiver; an answer that trickles in has twice as long."""
LONGEST_PAUSE: Final = 60.0
AGAIN: Final = frozenset({408, 425, 429})
TAKEN_BEFORE: Final = 409
_ANSWER_BYTES: Final = 65_536


class NotTaken(Exception):
    """The receiver did not take a package; nothing after it is sent."""


class Receipt(Struct, frozen=True):
    """What a receiver may answer of what it has."""

    id: str | None = None
    digest: str | None = None  # SHA-256 of the body, hexadecimal


class _Refused(Exception):
    """It would be refused again: for people."""


class _Again(Exception):
    """It is tried again, at the earliest after so many seconds."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after


async def push(
    connection: Connection, receiver: str, url: str, secret: str, tries: int = 5, pause: float = 1.0
) -> AsyncIterator[Package]:
    """Every package that waits, once it was taken; raises NotTaken at the first that was not.

    Nobody else sends to this receiver until the connection ends; raises NotTaken where somebody does.
    """
    async with transaction(connection):
        if not await exports.claim_sending(connection, receiver):
            raise NotTaken(f"another process is sending to {receiver}: one at a time keeps the order")
    async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
        while True:
            async with transaction(connection):
                found = await exports.waiting(connection, receiver)
            if not found:
                return
            package = found[0]
            try:
                is_confirmed = await _send(client, url, secret, package, tries, pause)
            except (_Refused, _Again) as error:
                async with transaction(connection):
                    await exports.failed(connection, package, str(error))
                what_now = "; it and what follows it waits"
                if isinstance(error, _Refused):
                    what_now += f" until that is mended there, or `sizao export set-aside {package.number}`"
                raise NotTaken(f"{package.key} was not taken: {error}{what_now}") from error
            now = round(time.time() * 1_000)
            async with transaction(connection):
                await exports.sent(connection, package, now)
                if is_confirmed:
                    await exports.received(connection, receiver, package.number, package.digest, now)
            yield package


async def _send(client: httpx.AsyncClient, url: str, secret: str, package: Package, tries: int, pause: float) -> bool:
    """It was taken; True: with a receipt. Raises _Refused, or _Again when it was tried often enough."""
    for turn in range(1, tries + 1):
        try:
            return await _once(client, url, secret, package)
        except _Again as error:
            if turn == tries:
                raise
            await asyncio.sleep(min(LONGEST_PAUSE, max(error.after, pause * 2 ** (turn - 1))))
    raise AssertionError("it is tried at least once")


async def _once(client: httpx.AsyncClient, url: str, secret: str, package: Package) -> bool:
    headers = signed_headers(secret, package.key, package.body) | {"content-type": "application/json"}
    try:
        async with (
            asyncio.timeout(2 * SECONDS),
            client.stream("POST", url, content=package.body, headers=headers) as answer,
        ):
            said = b""
            async for part in answer.aiter_bytes():
                said += part
                if len(said) > _ANSWER_BYTES:
                    break
    except (httpx.RequestError, TimeoutError) as failure:
        raise _Again(f"no answer ({type(failure).__name__})") from failure
    status = answer.status_code
    if answer.is_success or status == TAKEN_BEFORE:
        return _is_receipt(said, package)
    if status in AGAIN or status >= 500:
        raise _Again(f"the receiver says {status}", _seconds(answer.headers.get("retry-after", "")))
    raise _Refused(f"the receiver says {status}")


def _is_receipt(said: bytes, package: Package) -> bool:
    """Whether it says that it has this content; raises _Refused where it says that it has another."""
    try:
        receipt = msgspec.json.decode(said, type=Receipt)
    except msgspec.MsgspecError:  # a page, or nothing: the status counts
        return False
    if receipt.id not in (None, package.key):
        raise _Refused(f"its receipt is of {receipt.id}")
    if receipt.digest is not None and receipt.digest.lower() != package.digest.hex():
        raise _Refused(f"its receipt is of another content (digest {receipt.digest[:64]})")
    return receipt.digest is not None


def _seconds(retry_after: str) -> float:
    """Of Retry-After in seconds; a date is as if nothing was said.

    >>> _seconds("30"), _seconds("Fri, 27 Nov 2026 18:00:00 GMT"), _seconds("")
    (30.0, 0.0, 0.0)
    """
    return float(retry_after) if retry_after.isdecimal() else 0.0
