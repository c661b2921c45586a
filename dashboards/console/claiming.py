"""Claiming a reading that names only its device: this one by a correction, or the device from then on by a binding.

A correction replaces the single reading (docs/decisions/0006): what was measured stays as it came, with its resident.
The id of what is sent follows from the reading and the resident, so that pressing twice is one claim.
"""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID, uuid5

import msgspec

from detectors.times import to_text
from store.checks import Original
from store.rows import Mark

How = Literal["reading", "device"]
_TENTHS: Final = {"spo2_tenths": "spo2_percent", "temperature_tenths": "temperature_celsius"}
_AS_IT_IS: Final = (
    "device",
    "reporter",
    "unit",
    "pulse_per_min",
    "respirations_per_min",
    "systolic_mmhg",
    "diastolic_mmhg",
    "consciousness",
)


def claim_of(found: Original, facility: str, resident: str, how: How, by: str) -> dict[str, Any]:
    """The event that says whose the reading is, or whose the device is from then on."""
    number = uuid5(UUID(found.event_id), f"{how} {resident}")
    said = {
        "facility": facility,
        "event_id": str(number),
        # Of the reading, not of the press: the second press is then the same event.
        "observed_at": to_text(found.observed_at),
        "reporter": by[:64],
        "resident": resident,
    }
    if how == "device":
        return {"type": "device_binding", "device": found.device, "valid_from": to_text(found.observed_at)} | said
    return {
        "type": "correction",
        "corrects": {"event_id": found.event_id, "observed_at": to_text(found.observed_at)},
        "action": "replaced_by",
        "reason": "wrong_resident",
        "replacement": _reading(found, facility, resident),
    } | said


def _reading(found: Original, facility: str, resident: str) -> dict[str, Any]:
    """As it came, with its resident; what was only assumed then is not said now."""
    said: dict[str, Any] = {
        "type": "reading",
        "facility": facility,
        "resident": resident,
        "observed_at": to_text(found.observed_at),
    }
    said |= {name: value for name in _AS_IT_IS if (value := getattr(found, name)) is not None}
    said |= {name: value / 10 for own, name in _TENTHS.items() if (value := getattr(found, own)) is not None}
    if found.temperature_site is not None and not found.marks & Mark.SITE_ASSUMED:
        said["temperature_site"] = found.temperature_site
    if found.on_oxygen is not None and not found.marks & Mark.AIR_ASSUMED:
        said["on_oxygen"] = found.on_oxygen
    if found.after_activity is not None and not found.marks & Mark.REST_ASSUMED:
        said["activity"] = "after_slight_activity" if found.after_activity else "rest"
    if found.continuous:
        said["mode"] = "continuous"
    return said | (msgspec.json.decode(found.rest) if found.rest is not None else {})
