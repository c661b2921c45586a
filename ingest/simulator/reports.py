"""The daily report of a simulated home: sent in the afternoon, with nothing to say on most days."""

from __future__ import annotations

import random
from datetime import date
from typing import Any, Final
from uuid import UUID

from detectors.times import DAY, HOUR, MINUTE, Millis, to_text
from ingest.simulator.county import Home

ZONE: Final = 8 * HOUR
FORGOTTEN: Final = 0.03
LEFT_OUT: Final = 0.05  # each of the numbers
BEDS_A_RESIDENT: Final = 126 / 54  # national means of 2023 (domain.md 6)


def report_of(home: Home, day: int, seed: int) -> tuple[Millis, dict[str, Any]] | None:
    """When a home sends its report of a local day, and what it says; None: it sends none."""
    rng = random.Random(f"{seed}/{home.code}/{day}/report")  # noqa: S311  # a simulation
    if rng.random() < FORGOTTEN or (home.falls_silent and day % 2 == 0):
        return None
    at = day * DAY - ZONE + 15 * HOUR + rng.randint(0, 100) * MINUTE
    lacks = home.lacks_oxygen
    said: dict[str, Any] = {
        "residents": len(home.people),
        "staff_on_duty": round(len(home.people) / rng.uniform(5, 8)) + 2,
        "beds": round(len(home.people) * BEDS_A_RESIDENT),
        "oximeters_working": 4 - (rng.random() < 0.1),
        "oxygen_devices_working": 0 if lacks else 2,
        "visitors": rng.randint(0, 12),
        "visitors_turned_away": rng.randint(0, 2),
    }
    said = {name: value for name, value in said.items() if rng.random() >= LEFT_OUT or lacks}
    said["medicine"] = {"antiviral": 1 if lacks else rng.randint(4, 20), "antipyretic": rng.randint(5, 30)}
    said["operating"] = "open"
    if lacks:
        said["difficulties"] = [{"id": "1", "kind": "oxygen", "text": "吸氧设备均已损坏，请协调调拨", "state": "open"}]
    else:
        said["nothing_to_report"] = True
    event = {
        "type": "facility_report",
        "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
        "facility": home.code,
        "observed_at": to_text(at),
        "day": date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat(),
        **said,
    }
    return at, event
