"""How a detector did where the outbreaks are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import median

from msgspec import Struct

from detectors.clusters.counts import Count, Verdict


class Performance(Struct, frozen=True):
    """Outbreaks found, false alarms and delay over some series."""

    outbreaks: int  # runs of days marked as outbreak in which the detector could judge
    detected: int  # those with an alarm on one of their days
    not_judged: int  # outbreaks that fell before there was enough history
    delays_days: tuple[int, ...]  # first day of the outbreak to first alarm, of the detected
    quiet_days: int  # judged rows marked as no outbreak
    false_alarms: int  # alarms on those
    alarms_unmarked: int  # alarms on rows that say neither

    @property
    def sensitivity(self) -> float | None:
        """Share of the judged outbreaks that were detected."""
        return self.detected / self.outbreaks if self.outbreaks else None

    @property
    def false_alarms_per_1000(self) -> float | None:
        """False alarms per 1,000 judged rows without an outbreak."""
        return 1000 * self.false_alarms / self.quiet_days if self.quiet_days else None

    @property
    def median_delay_days(self) -> float | None:
        """The median delay of the detected outbreaks."""
        return median(self.delays_days) if self.delays_days else None


class Marked(Struct, frozen=True):
    """A judged row and whether it was known to be an outbreak."""

    count: Count
    verdict: Verdict
    outbreak: bool | None


def performance(series: Iterable[Sequence[Marked]]) -> Performance:
    """What the verdicts on these series, each by day, are worth."""
    outbreaks = detected = not_judged = quiet = false = unmarked = 0
    delays: list[int] = []
    for rows in series:
        for mark, run in ((mark, list(run)) for mark, run in groupby(rows, lambda row: row.outbreak)):
            alarms = [row.count.day for row in run if row.verdict.alarm]
            judged = sum(row.verdict.limit is not None and row.count.cases is not None for row in run)
            if mark is None:
                unmarked += len(alarms)
            elif not mark:
                quiet, false = quiet + judged, false + len(alarms)
            elif not judged:
                not_judged += 1
            else:
                outbreaks, detected = outbreaks + 1, detected + bool(alarms)
                delays += [day - run[0].count.day for day in alarms[:1]]
    return Performance(outbreaks, detected, not_judged, tuple(delays), quiet, false, unmarked)
