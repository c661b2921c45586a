"""Which inputs of rules arrive at all, and which modes there are: what a rule needs to find anything."""

from __future__ import annotations

from typing import Final

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("feeding")

INPUTS: Final = (
    "spo2_percent",
    "pulse_per_min",
    "respirations_per_min",
    "temperature_celsius",
    "systolic_mmhg",
    "diastolic_mmhg",
    "consciousness",
    "on_oxygen",
    "activity",
    "perfusion_index_percent",
    "device_status",
    "test_result",
    "check_in",
    "device_binding",
    "facility_report",
    "referral_step",
    "visit",
)
"""What rules may live on, by its name on the wire, in the order in which the statement answers."""


async def arrived(connection: Connection, region: str, since: Millis) -> dict[str, bool]:
    """Input, by its name on the wire -> whether it came from the region since a time. Slow where one never came."""
    await connection.execute(_SQL["take_time"])
    values = {"region": region, "since": Moment(since)}
    row = await (await connection.execute(_SQL["arrived"], values)).fetchone()
    assert row is not None
    return dict(zip(INPUTS, row, strict=True))


async def places(connection: Connection, region: str) -> list[tuple[str, str, int]]:
    """(region, the facilities' own mode, how many) in a region, by the last that is known of each."""
    cursor = await connection.execute(_SQL["places"], {"region": region})
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]
