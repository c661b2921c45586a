"""Who an event is, and what may never stand for a person."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
import rfc8785

from ingest.sentences import Refused

EVENT_NAMESPACE: Final = UUID("5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41")
"""Namespace of derived event ids; a constant of the contract, never to change."""

_NOT_SAID: Final = ("sent_at", "event_id", "received_at")
_LONG_NUMBER: Final = re.compile(r"(?<!\d)(\d{17}[\dXx]|\d{15}|1[3-9]\d{9})(?!\d)")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SHORTEST_PERSONAL: Final = 11  # a mobile number


def canonical_id(given: str) -> str:
    """A given event id in canonical lower case; raises Refused for what is no UUID.

    >>> canonical_id("5B0C5C4E-0F0B-5E56-9D1C-6D6F2C3B9A41")
    '5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41'
    """
    try:
        return str(UUID(given))
    except ValueError as error:
        raise Refused(
            "event_id 不是有效的 UUID,请改正,或不填由平台生成",
            "event_id is not a UUID: mend it, or leave it out and one is derived",
        ) from error


def derived_id(raw: bytes) -> str:
    """UUIDv5 over the RFC 8785 form of the event as sent, so that a re-send is the same event.

    `sent_at` does not count: it is the sender's clock at each sending.
    """
    said: dict[str, Any] = msgspec.json.decode(raw)
    for name in _NOT_SAID:
        said.pop(name, None)
    try:
        return str(uuid5(EVENT_NAMESPACE, rfc8785.dumps(said).decode()))
    except rfc8785.CanonicalizationError as error:
        raise Refused(
            f"数值超出可精确表示的范围:{error}", f"a number is too large to be kept exactly: {error}"
        ) from error


def refuse_personal_number(value: str | None, field: str) -> None:
    """Raises Refused where a pseudonym looks like an identity card or a mobile number."""
    if value is None or len(value) < _SHORTEST_PERSONAL:
        return
    for found in _LONG_NUMBER.findall(value):
        if len(found) != 18 or _is_identity_card(found):
            raise Refused(
                f"{field} 不得使用身份证号或手机号,请改用机构内部编号",
                f"{field} must not be an identity-card or phone number: use the facility's own code",
            )


def _is_identity_card(number: str) -> bool:
    """The check character of GB 11643 holds."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()
