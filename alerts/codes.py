"""The four characters by which two people on the phone know that they mean the same alert."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

ALPHABET: Final = "23456789ACFHKMQRWXY"
"""Nothing that looks like another (0 O, 1 I L, 5 S, 2 Z, 8 B) or sounds like another (B C D E G P T V; M N; F S)."""

LENGTH: Final = 4
NUMBER: Final = len(ALPHABET) ** LENGTH  # 130,321
_STRIDE: Final = 48_271  # prime to NUMBER: neighbours get codes that differ in more than their last character


def code_of(alert_id: int) -> str:
    """The code that an alert gets by its number.

    >>> code_of(1), code_of(2)
    ('92MY', 'Q3AF')
    """
    rest = (alert_id * _STRIDE + 7) % NUMBER
    found = ""
    for _ in range(LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        found = ALPHABET[digit] + found
    return found


def free_code(alert_id: int, taken: Container[str]) -> str:
    """The code by its number, or the next one that no open alert of the facility has."""
    candidate = alert_id
    while (code := code_of(candidate)) in taken:
        candidate += 1
    return code


def spoken(code: str, language: str = "zh") -> str:
    """Character by character, as a voice reads it.

    >>> spoken("K7Q4")
    'K，七，Q，四'
    """
    if language != "zh":
        return ", ".join(code)
    return "，".join("零一二三四五六七八九"[int(one)] if one.isdigit() else one for one in code)
