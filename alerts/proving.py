"""The self-check: a test alert that goes the whole way, from a posted check to a message that arrives. Pure.

A reserved drill facility has one resident whose oxygen is critical every few minutes. The check goes through
gateway, broker, worker, router and sender like any other, and its message to the console, which writes down that
the way works. Nobody is told, and no figure counts it.
"""

from __future__ import annotations

from typing import Any, Final

from alerts.routing import NOBODY, Route
from detectors.times import MINUTE, SECOND, Millis, to_text
from store import proofs

FACILITY: Final = proofs.FACILITY
RESIDENT: Final = "SELF-CHECK-1"
CHANNEL: Final = "self_check"
CONDITION: Final = "hypoxia"
NO_NEWS: Final = "the self-check tells nobody"

LOW_PERCENT: Final = 80
"""Critical at one reading (D02), in whatever mode and at whatever altitude."""

USUAL_PERCENT: Final = 97
RECOVERY: Final = (60 * SECOND, 125 * SECOND)
"""Two good readings over a minute apart: the condition is over before the next test."""

EVERY: Final[Millis] = 3 * MINUTE
TRUSTED_FOR: Final[Millis] = 15 * MINUTE
"""Proven longer ago, the way counts as broken: four tests in a row were lost (own choice)."""


def check(at: Millis, percent: int) -> dict[str, Any]:
    """The check as it is posted."""
    return {
        "type": "reading",
        "facility": FACILITY,
        "resident": RESIDENT,
        "observed_at": to_text(at),
        "sent_at": to_text(at),
        "spo2_percent": percent,
        "source": "device",
        "device": FACILITY,
    }


def routes(condition: str, kind: str) -> list[Route]:
    """Only the test alert itself travels, and only to the console."""
    if condition == CONDITION and kind == "alarm":
        return [Route(CHANNEL, "console")]
    return [Route(NOBODY, "", not_told=NO_NEWS)]
