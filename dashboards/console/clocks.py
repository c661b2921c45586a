"""Reporting clocks as the page of an alert shows them: running, stopped in time or late, or waiting for another."""

from __future__ import annotations

from msgspec import Struct

from alerts.clocks.clock import Clock, clocks_of
from detectors.times import Millis
from store import clocks
from store.clocks import ClockShown
from store.connection import Connection


class ClockLine(Struct, frozen=True):
    """One clock."""

    key: str
    clock: Clock
    row: ClockShown | None  # None: it begins with the report that it waits for

    @property
    def is_running(self) -> bool:
        """Nobody has reported yet."""
        return self.row is not None and self.row.reported_at is None

    @property
    def late(self) -> Millis:
        """By how much the report came too late; 0: in time, or not yet."""
        row = self.row
        return 0 if row is None or row.reported_at is None else max(0, row.reported_at - row.due_at)


async def clocks_shown(connection: Connection, alert_id: int, region: str | None) -> list[ClockLine]:
    """Every clock of the region where one of them has started for this alert, else none."""
    rows = {row.clock: row for row in await clocks.of_alert(connection, alert_id)}
    if not rows:
        return []
    return [ClockLine(key, clock, rows.get(key)) for key, clock in clocks_of(region).items()]
