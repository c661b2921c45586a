"""Whose resident is in hospital, gone or dead: nobody is woken for what can no longer be measured here.

The alert stays open and in the inbox, with the reason on record. Whoever is
measured here again, or said to be back, is told of again where the ladder stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import structs

from detectors.times import MINUTE, Millis
from store.alerts import AlertRow
from store.deliveries import DeliveryRow

LOOK_AGAIN: Final[Millis] = 5 * MINUTE
"""Somebody may be back (own choice)."""

MEASURED: Final = frozenset(
    {
        "hypoxia",
        "cannot_measure",
        "early_warning",
        "exertional_desaturation",
        "oxygen_trend",
        "tachypnoea",
        "fever",
        "hypothermia",
        "heart_rate",
        "soft_signs",
    }
)
"""Conditions that are about a resident who is here; a positive test or a referral is for somebody wherever they are."""

_SAID: Final = "the resident is elsewhere: "


def why_not(alert: AlertRow, elsewhere: Mapping[int, str]) -> str | None:
    """Why the alert is told to nobody now; None: it is."""
    found = elsewhere.get(alert.id)
    return None if found is None else f"{_SAID}{found}"


def held_back(alert: AlertRow, now: Millis) -> AlertRow:
    """The ladder waits where it stands."""
    return structs.replace(alert, next_escalation_at=now + LOOK_AGAIN)


def is_on_record(rows: Iterable[DeliveryRow], reason: str) -> bool:
    """It was the last that was written of the alert."""
    last = max(rows, key=lambda one: one.id, default=None)
    return last is not None and last.not_told_reason == reason
