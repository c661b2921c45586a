"""How long must somebody wait who tried wrong passwords or codes? The tries are in the database, over restarts.

Three things are counted: the account from this address, the account from anywhere, the address for any account.
Somebody who guesses from elsewhere slows the owner down only when they guess from very many places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detectors.times import HOUR, MINUTE, SECOND, Millis
from store.sessions import Tries

SINCE: Final[Millis] = HOUR
FREE: Final = {"pair": 5, "account": 30, "address": 30}
"""Wrong tries without waiting. Ours; NIST SP 800-63B allows at most 100 in a row."""
FIRST: Final[Millis] = 10 * SECOND
LONGEST: Final[Millis] = 15 * MINUTE


def subjects(login: str, address: str) -> list[str]:
    """What a try is counted for: the pair, the account, the address."""
    return [f"pair {address} {login}", f"account {login}", f"address {address}"]


def waits_until(tried: Mapping[str, Tries]) -> Millis:
    """When the next try may be made; 0: at once. Each wrong try beyond the free ones doubles it."""
    ends = [0]
    for subject, tries in tried.items():
        beyond = tries.number - FREE[subject.split(" ", 1)[0]]
        if beyond >= 0:
            ends.append(tries.last_at + min(LONGEST, FIRST * 2 ** min(beyond, 20)))
    return max(ends)
