"""The unified social credit code (GB 32100-2015) and its check character.

Not python-stdnum: it refuses codes whose first characters are letters, such as
those of village collectives (N), which run homes.
"""

from __future__ import annotations

import re
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, Z, S, V
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_is_code: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}").fullmatch


def check_character(body: str) -> str:
    """The eighteenth character for the first seventeen.

    >>> check_character("91350100M000100Y4")
    '3'
    """
    total = sum(_ALPHABET.index(one) * weight for one, weight in zip(body, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Eighteen characters, the last of which agrees with the rest.

    >>> is_valid("91350100M000100Y43"), is_valid("91350100M000100Y44"), is_valid("91350100M000100YO3")
    (True, False, False)
    """
    return _is_code(code) is not None and check_character(code[:17]) == code[17]
