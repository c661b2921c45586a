"""Answers of phones without login: a signed link that expires and is good once, a key of a call, a reply.

A link names nobody: it holds the number of a telling, when it ends, and a
signature. Opening it changes nothing, since chat apps fetch links ahead.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from struct import Struct as Packing
from typing import Final, Literal

from alerts import acting
from alerts.acting import Actor, Outcome
from alerts.codes import ALPHABET, LENGTH
from detectors.times import HOUR, MINUTE, Millis
from store import receipts
from store.connection import Connection
from store.receipts import Answerable

Answer = Literal["accept", "acknowledge", "reject"]
LASTS: Final[Millis] = 12 * HOUR
"""A link is good for so long (own choice: a shift)."""

_PACKED: Final = Packing("!QI")  # telling, minute of its end
_SIGNATURE_BYTES: Final = 13  # with the packed part a whole number of base32 characters
_REPLY: Final = re.compile(rf"\s*([{ALPHABET}]{{{LENGTH}}})\s*[,，。. ]?\s*([12])\s*", re.IGNORECASE)
KEYS: Final[dict[str, Answer]] = {"1": "accept", "2": "reject"}


class BadLink(Exception):
    """The link is none of ours, or its time is over."""


def link_of(secret: str, delivery_id: int, now: Millis) -> str:
    """The last part of a link by which this telling may be answered."""
    packed = _PACKED.pack(delivery_id, (now + LASTS) // MINUTE)
    return base64.b32encode(packed + _signed(secret, packed)).decode().lower()


def read_link(secret: str, text: str, now: Millis) -> int:
    """The telling that a link answers; raises BadLink."""
    try:
        raw = base64.b32decode(text.upper())
    except (binascii.Error, ValueError) as error:
        raise BadLink("this is no link of ours") from error
    packed, given = raw[: _PACKED.size], raw[_PACKED.size :]
    if not hmac.compare_digest(given, _signed(secret, packed)):
        raise BadLink("this is no link of ours")
    delivery_id, minute = _PACKED.unpack(packed)
    if now >= minute * MINUTE:
        raise BadLink("this link is too old")
    number: int = delivery_id
    return number


def read_reply(text: str) -> tuple[str, Answer] | None:
    """The code and the answer of a short message: `K7Q4 1`.

    >>> read_reply("k7q4 1"), read_reply("K7Q42"), read_reply("好的")
    (('K7Q4', 'accept'), ('K7Q4', 'reject'), None)
    """
    found = _REPLY.fullmatch(text)
    return None if found is None else (found[1].upper(), KEYS[found[2]])


async def answered(connection: Connection, told: Answerable, answer: Answer, now: Millis) -> Outcome:
    """The person who was told acts on the alert; a telling is answered once. The caller has opened a transaction."""
    if not await receipts.answer(connection, told.delivery_id, answer, now):
        return Outcome(told.alert_id, False, "this telling was answered before")
    actor, wanted = Actor(told.person), [told.alert_id]
    if answer == "accept":
        (done,) = await acting.accept(connection, wanted, actor, None, now)
    elif answer == "acknowledge":
        (done,) = await acting.acknowledge(connection, wanted, actor, None, now)
    else:
        (done,) = await acting.reject(connection, wanted, actor, "by phone", now)
    return done


def _signed(secret: str, packed: bytes) -> bytes:
    return hmac.new(secret.encode(), b"receipt" + packed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
