"""What is held of readings, and what may be asked of them: the newest 64 of 72 hours, and what is left of those before.

Sparse homes measure twice a day, so 72 hours and not 30 minutes; a wearable
fills 64 readings in a minute, so what lies beyond them is kept in summaries.
Most residents are well, and nobody asks: readings of earlier hours are packed.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from copy import copy
from typing import Final

from detectors.beyond import BUCKET, KEPT_VITALS, Beyond, Bucket, Newest, add_to_buckets, note_newest
from detectors.days import RAW_COUNT, DaySummary, median
from detectors.news2 import total_of
from detectors.observations import Reading
from detectors.packed import PackedReadings
from detectors.times import HOUR, NEVER, Millis

RAW_AGE: Final = 72 * HOUR
BUCKET_COUNT: Final = RAW_AGE // BUCKET

FRESH: Final = HOUR
"""Readings are packed when the next one comes later than this: a stream never is, and needs no unpacking."""

MOST_HELD: Final = 2 * RAW_COUNT
"""So many are held before the older half goes beyond them."""

LONG_AGO: Final[Millis] = -NEVER


class RecentReadings:
    """The readings up to `at`; `latest` is the newest, if that may be judged."""

    __slots__ = (
        "_beyond",
        "_fresh",
        "_newest_of",
        "_packed",
        "_seen",
        "_today_from",
        "_unpacked",
        "_was_unpacked",
        "at",
        "kept",
        "latest",
    )

    def __init__(self) -> None:
        self.at: Millis = 0
        self.latest: Reading | None = None  # the element, when it is a reading that may be judged
        self.kept: dict[object, object] = {}  # what detectors worked out about readings, until these are packed
        self._packed = PackedReadings()  # readings of earlier hours, then
        self._fresh: list[Reading] = []  # those of this one; together at least the newest 64 of 72 hours
        self._unpacked: list[Reading] | None = None  # the packed ones, while somebody asks for them
        self._was_unpacked = False
        self._beyond: Beyond | None = None  # what is left of those before them
        self._newest_of: Newest | None = None  # of the first `_seen` fresh ones
        self._seen = 0
        self._today_from: Millis = LONG_AGO  # readings from here on are of today

    # ------------------------------------------------------------ growing

    def _settle(self, at: Millis) -> None:
        """Fresh readings are packed when they are of an earlier hour; too many of them all are let go."""
        fresh, packed = self._fresh, self._packed
        if at - fresh[-1].at > FRESH:
            for reading in fresh:
                packed.append(reading)
            if self._unpacked is not None:
                # Kept from reading to reading while somebody asks, else only when somebody does.
                self._unpacked = [*self._unpacked, *fresh] if self._was_unpacked else None
                self._was_unpacked = False
            fresh.clear()
            self._newest_of = None
            self.kept.clear()
        over = len(packed) + len(fresh) - RAW_COUNT
        if over >= RAW_COUNT:
            self._let_go(over)

    def _let_go(self, over: int) -> None:
        """So many of the oldest readings go beyond the newest 64."""
        fresh, packed = self._fresh, self._packed
        if self._beyond is None:
            self._beyond = Beyond()
        if packed:
            self._beyond.add(self._earlier()[:over], self._today_from)
            packed.forget(min(over, len(packed)))
            self._unpacked = None
            over = len(fresh) - RAW_COUNT
        if over > 0:
            self._beyond.add(fresh[:over], self._today_from)
            del fresh[:over]
            self._newest_of = None

    def _forget_until(self, until: Millis) -> None:
        """Only later readings are left, and none of those let go is of today."""
        self._packed.forget_until(until)
        self._unpacked = None
        if self._fresh and self._fresh[0].at <= until:
            self._fresh[:] = [reading for reading in self._fresh if reading.at > until]
            self._newest_of = None
        if self._beyond is not None:
            self._beyond.forget(until)
            if self._beyond.is_empty:
                self._beyond = None

    def _summed_up(self, begin: Millis) -> DaySummary | None:
        """What is known of the day that began at `begin`; None: nothing that counts."""
        spo2 = {} if self._beyond is None else self._beyond.spo2_today
        temperatures = {} if self._beyond is None else self._beyond.temperature_today
        totals = []  # newest first
        for reading in reversed(self._fresh):
            totals.append(total_of(reading) if reading.at >= begin else None)
            if reading.at < self._today_from:
                continue
            percent, celsius = reading.spo2_tenths, reading.temperature_tenths
            if percent is not None and not reading.on_oxygen and not reading.after_activity:
                spo2[percent] = spo2.get(percent, 0) + 1
            if celsius is not None:
                temperatures[celsius] = temperatures.get(celsius, 0) + 1
        totals += self._packed.count_since(self._today_from, begin, spo2, temperatures)
        if not spo2 and not temperatures:
            return None
        return DaySummary(
            median(spo2),
            median(temperatures),
            temperature_highest=max(temperatures) if temperatures else None,
            news2_highest=max([total for total in totals[:RAW_COUNT] if total is not None], default=None),
        )

    # ------------------------------------------------------------ asking

    def _earlier(self) -> list[Reading]:
        """The readings that are packed, oldest first."""
        self._was_unpacked = True
        if self._unpacked is None:
            self._unpacked = self._packed.since(LONG_AGO)
        return self._unpacked

    def _held(self) -> Iterator[Reading]:
        """All readings that are held one by one, newest first."""
        yield from reversed(self._fresh)
        if self._packed:
            yield from reversed(self._earlier())

    def recent(self, within: Millis = RAW_AGE) -> Iterator[Reading]:
        """Judged readings, newest first, at most 64, none older than `within` (inclusive) nor 72 h."""
        since, left = self.at - min(within, RAW_AGE - 1), RAW_COUNT
        for reading in reversed(self._fresh):
            if reading.at < since or not left:
                return
            left -= 1
            yield reading
        if left and self._packed and self._packed.newest_at() >= since:
            for reading in reversed(self._earlier()):
                if reading.at < since or not left:
                    return
                left -= 1
                yield reading

    def newest_within(self, vital: str, within: Millis) -> Reading | None:
        """The newest reading that has this vital, none older than `within`."""
        latest = self.latest
        if latest is not None and getattr(latest, vital) is not None:
            return latest
        since = self.at - min(within, RAW_AGE - 1)
        reading = self._newest_fresh().get(vital)
        if reading is None and self._packed and self._packed.newest_at() >= since:
            reading = next((one for one in reversed(self._earlier()) if getattr(one, vital) is not None), None)
        if reading is None and self._beyond is not None:
            reading = self._beyond.newest.get(vital)
        return reading if reading is not None and reading.at >= since else None

    def newest_of_all(self, within: Millis) -> Newest:
        """The newest reading of every vital that has one, none older than `within`."""
        latest = self.latest
        if latest is not None and latest.is_complete:
            return dict.fromkeys(KEPT_VITALS, latest)
        found = ((vital, self.newest_within(vital, within)) for vital in KEPT_VITALS)
        return {vital: reading for vital, reading in found if reading is not None}

    def _newest_fresh(self) -> Newest:
        if self._newest_of is None:
            self._newest_of, self._seen = {}, 0
        if self._seen < len(self._fresh):
            note_newest(self._newest_of, self._fresh[self._seen :])
            self._seen = len(self._fresh)
        return self._newest_of

    def has_held(self, limit: int, lasting: Millis, *, at_rest: bool) -> bool:
        """Oxygen is at or above `limit` in every reading since `lasting` or longer, and they are at least two.

        At rest: only readings at rest on air count.
        """
        number = 0
        for reading in self.recent():
            spo2 = reading.spo2_tenths
            if spo2 is None or (at_rest and (reading.on_oxygen or reading.after_activity)):
                continue
            if spo2 < limit:
                return False
            number += 1
            if number >= 2 and self.at - reading.at >= lasting:
                return True
        if number < RAW_COUNT // 2:
            return False  # sparse: the first good reading must itself be that old
        below = self.last_below(limit, at_rest=at_rest)  # dense: the readings do not reach back far enough
        return below is None or self.at - below >= lasting

    def last_below(self, limit: int, *, at_rest: bool) -> Millis | None:
        """When oxygen was last below `limit`, as far as is known."""
        for reading in self._held():
            spo2 = reading.spo2_tenths
            if spo2 is not None and spo2 < limit and not (at_rest and (reading.on_oxygen or reading.after_activity)):
                return reading.at
        beyond = self._beyond
        return None if beyond is None else beyond.below(limit, beyond.rest_stair if at_rest else beyond.stair)

    def quarters(self, number: int = BUCKET_COUNT, before: int | None = None) -> list[Bucket]:
        """The last quarter hours, at most those of 72 h, with SpO2 at rest on air; oldest first.

        `before` leaves out that one, counted since 1970, and all later ones.
        """
        first = self.at // BUCKET - number
        held = self._held_since((first + 1) * BUCKET)
        found: list[Bucket] = []
        if self._beyond is not None and (buckets := self._beyond.buckets) and buckets[-1].number > first:
            end = len(buckets) if before is None else bisect.bisect_left(buckets, before, key=_number_of)
            found = buckets[bisect.bisect_right(buckets, first, key=_number_of) : end]
        if before is not None:
            held = [reading for reading in held if reading.at < before * BUCKET]
        if found and held:
            found[-1] = copy(found[-1])  # it may go on
        add_to_buckets(found, held)
        return found

    def _held_since(self, at: Millis) -> list[Reading]:
        """The readings that are held one by one and not older than `at`, oldest first."""
        fresh = self._fresh
        index = len(fresh)
        while index and fresh[index - 1].at >= at:
            index -= 1
        if index == 0 and self._packed and self._packed.newest_at() >= at:
            return [*(reading for reading in self._earlier() if reading.at >= at), *fresh]
        return fresh[index:]


def _number_of(bucket: Bucket) -> int:
    return bucket.number
