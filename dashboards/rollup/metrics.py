"""What the roll-up counts of itself."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

facilities: Final = Counter("sizao_rollup_facilities_total", "Facilities whose figures were counted again")
regions: Final = Counter("sizao_rollup_regions_total", "Days of regions that were summed up again")
failures: Final = Counter("sizao_rollup_failures_total", "Turns in which something could not be counted")
frozen: Final = Counter("sizao_dispatches_frozen_total", "Revisions of dispatches that were made by themselves")
not_frozen: Final = Counter("sizao_dispatches_not_frozen_total", "Times that a dispatch could not be frozen, and waits")
overdue: Final = Gauge("sizao_dispatches_overdue", "Dispatches whose cut-off is over and that could not be frozen")
looked: Final = Gauge(
    "sizao_dispatches_looked_timestamp_seconds", "When it was last looked whether a dispatch is to be frozen"
)
waiting: Final = Gauge("sizao_rollup_waiting", "Marks of what has changed and is not counted yet", ["kind"])
for _kind in ("facilities", "regions"):
    waiting.labels(_kind)
