"""Who an event is, and what may never stand for a person."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final
from unicodedata import normalize
from uuid import UUID, uuid5

import msgspec
import rfc8785

from detectors.times import Millis
from ingest.sentences import Refused

EVENT_NAMESPACE: Final = UUID("5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41")
"""Namespace of derived event ids; a constant of the contract, never to change."""

UUID_PATTERN: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
"""The text form of RFC 9562."""

_NOT_SAID: Final = ("sent_at", "event_id", "received_at")
is_canonical: Final = re.compile(UUID_PATTERN.replace("A-F", "")).fullmatch
"""It is a UUID in lower case, as nearly all ids are given."""
# Pseudonyms made by chance hold eleven digits in a row in one of some thousand: they are no numbers of a person.
_MADE_BY_CHANCE: Final = re.compile(rf"{UUID_PATTERN}|(?<![0-9A-Za-z])(?=\d*[a-fA-F])[0-9a-fA-F]{{24,}}(?![0-9A-Za-z])")
_IDENTITY_CARD: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_OLD_IDENTITY_CARD: Final = re.compile(r"(?<!\d)\d{15}(?!\d)")
_MOBILE: Final = re.compile(r"(?<!\d)(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SHORTEST_PERSONAL: Final = 11  # a mobile number


def canonical_id(given: str) -> str:
    """A given event id in canonical lower case; raises Refused for what is no UUID.

    >>> canonical_id("5B0C5C4E-0F0B-5E56-9D1C-6D6F2C3B9A41")
    '5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41'
    """
    if is_canonical(given):
        return given
    lower = given.lower()
    if is_canonical(lower):
        return lower
    raise Refused(
        "event_id 不是有效的 UUID,请改正,或不填由平台生成",
        "event_id is not a UUID: mend it, or leave it out and one is derived",
    )


def derived_id(raw: bytes) -> str:
    """UUIDv5 over the RFC 8785 form of the event as sent, so that a re-send is the same event.

    `sent_at` does not count: it is the sender's clock at each sending. Raises
    Refused for numbers that JSON cannot keep exactly, and what msgspec raises
    for bytes that are no JSON.
    """
    said: dict[str, Any] = msgspec.json.decode(raw)
    for name in _NOT_SAID:
        said.pop(name, None)
    try:
        return str(uuid5(EVENT_NAMESPACE, rfc8785.dumps(said).decode()))
    except rfc8785.CanonicalizationError as error:
        raise Refused(
            "有整数超过 2^53,无法精确保存,请改用文本",
            "an integer beyond 2^53 cannot be kept exactly: send it as text",
        ) from error


def replacement_id(correction_id: str, observed_at: Millis) -> str:
    """The id of what a correction puts in the place of its original: of no other event, also where an id is used again.

    >>> replacement_id("5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41", 1_767_568_200_000)
    '2882f1c1-adb1-51d0-acdf-2d84288718d7'
    """
    return str(uuid5(EVENT_NAMESPACE, f"{correction_id}@{observed_at}"))


def refuse_personal_number(value: str | None, field: str) -> None:
    """Raises Refused where a pseudonym looks like an identity card or a mobile number."""
    if value is None or len(value) < SHORTEST_PERSONAL:
        return
    said = _MADE_BY_CHANCE.sub("#", value if value.isascii() else normalize("NFKC", value))  # full-width digits
    if (
        _MOBILE.search(said)
        or any(map(_is_identity_card, _IDENTITY_CARD.findall(said)))
        or any(map(_is_old_identity_card, _OLD_IDENTITY_CARD.findall(said)))
    ):
        raise Refused(
            f"{field} 不得使用身份证号或手机号,请改用机构内部编号",
            f"{field} must not be an identity-card or phone number: use the facility's own code",
        )


def _is_identity_card(number: str) -> bool:
    """The check character of GB 11643 holds."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_old_identity_card(number: str) -> bool:
    """Fifteen digits have no check character; region and birthday tell them from a device's IMEI."""
    try:
        date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    except ValueError:
        return False
    return 11 <= int(number[:2]) <= 82  # GB/T 2260: 11 Beijing to 82 Macao
