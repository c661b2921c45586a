"""How much a channel takes, and which urgent messages it cannot take in time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace
from typing import Final, Literal

from msgspec import Struct

from detectors.times import MINUTE, Millis

IN_TIME: Final[Millis] = MINUTE
"""An urgent message that would wait longer than this for its channel goes on the next one."""


class Limits(Struct, frozen=True):
    """At most `messages` in any `window`, for one address or for the whole channel.

    `kept_for_digests` of them are left to digests while one waits, so that a
    flood of urgent messages never hides the other alerts.
    """

    messages: int
    per: Literal["address", "channel"] = "address"
    window: Millis = MINUTE
    kept_for_digests: int = 0

    def scope(self, address: str) -> str:
        """Whose messages are counted together."""
        return address if self.per == "address" else ""

    def for_singles(self, digest_waits: bool) -> int:
        """How many single messages may be under way."""
        return self.messages - self.kept_for_digests if digest_waits else self.messages


def beyond(created: Sequence[Millis], free_at: Sequence[Millis], limits: Limits, now: Millis) -> list[int]:
    """Which of the waiting messages (their places in `created`, eldest first) would not leave in time.

    `free_at` says when each slot that they may use is free.

    >>> beyond([0, 0, 0], [0, 30_000], Limits(2), now=0)
    []
    >>> beyond([0, 0, 0], [0, 60_000], Limits(2), now=1)
    [2]
    """
    leaves = [max(at, now) for at in free_at]
    heapify(leaves)
    late = []
    for number, since in enumerate(created):
        if not leaves or leaves[0] > since + IN_TIME:
            late.append(number)
        else:
            heapreplace(leaves, leaves[0] + limits.window)
    return late
