"""How is a resident's past kept small? Readings of 38 bytes and days of 8, in order, as rows of integers.

As objects a reading takes 300 bytes and a day 150. Packing one takes about a
microsecond, so that only what is rarely asked is packed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final, get_args

from detectors.days import DaySummary
from detectors.news2 import total
from detectors.observations import Consciousness, Reading, Site
from detectors.times import Millis

_NONE: Final = -1
_SITES: Final[tuple[Site | None, ...]] = (None, *get_args(Site))
_SITE: Final = {site: number for number, site in enumerate(_SITES)}
_LEVELS: Final[tuple[Consciousness | None, ...]] = (None, *get_args(Consciousness))
_LEVEL: Final = {level: 8 * number for number, level in enumerate(_LEVELS)}
_TRUTHS: Final = (None, False, True)
_OXYGEN: Final = {None: 0, False: 64, True: 128}
_AFTER_ACTIVITY: Final = 256
_CONTINUOUS: Final = 512
_OF_LEVEL: Final = 7 * 8
_OF_OXYGEN: Final = 64 | 128
_ALERT: Final = _LEVEL["A"]
_ON_OXYGEN: Final = _OXYGEN[True]
_NOT_AT_REST_ON_AIR: Final = _ON_OXYGEN | _AFTER_ACTIVITY
_NAMED: Final = 1_024  # the id is no UUID: it is kept beside the rows

_ROW: Final = Struct("<q16s5h2H")  # at, id, five vitals, flags, doubt
_AT: Final = Struct("<q")
_Row = tuple[Millis, bytes, int, int, int, int, int, int, int]


class PackedReadings:
    """Readings, oldest first."""

    __slots__ = ("_names", "_rows")

    def __init__(self) -> None:
        self._rows = b""  # bytes grow by copying a few hundred, and hold nothing in reserve
        self._names: dict[bytes, str] | None = None

    def __len__(self) -> int:
        return len(self._rows) // _ROW.size

    def append(self, reading: Reading) -> None:
        """The reading is the newest."""
        given = reading.id
        flags = (
            _SITE[reading.temperature_site]
            | _LEVEL[reading.consciousness]
            | _OXYGEN[reading.on_oxygen]
            | (_AFTER_ACTIVITY if reading.after_activity else 0)
            | (_CONTINUOUS if reading.continuous else 0)
        )
        name = _packed_uuid(given)
        if name is None:
            name, flags = self._name(given), flags | _NAMED
        spo2, pulse, breaths = reading.spo2_tenths, reading.pulse_per_min, reading.respirations_per_min
        temperature, systolic = reading.temperature_tenths, reading.systolic_mmhg
        self._rows += _ROW.pack(
            reading.at,
            name,
            _NONE if spo2 is None else spo2,
            _NONE if pulse is None else pulse,
            _NONE if breaths is None else breaths,
            _NONE if temperature is None else temperature,
            _NONE if systolic is None else systolic,
            flags,
            reading.doubt,
        )

    def _name(self, given: str) -> bytes:
        if self._names is None:
            self._names = {}
        number = 1 + int.from_bytes(next(reversed(self._names), b""), "big")
        key = number.to_bytes(16, "big")
        self._names[key] = given
        return key

    def newest_at(self) -> Millis:
        """When the newest was observed; there is one."""
        at: Millis = _AT.unpack_from(self._rows, len(self._rows) - _ROW.size)[0]
        return at

    def since(self, at: Millis) -> list[Reading]:
        """The readings not older than `at`, oldest first."""
        return [_reading(self._given(row[1], row[7]), row) for row in self._rows_since(at)]

    def count_since(
        self, at: Millis, begin: Millis, spo2: dict[int, int], temperatures: dict[int, int]
    ) -> list[int | None]:
        """The readings not older than `at` are in these histograms {value: how often}, SpO2 at rest on air.

        Back comes the NEWS2 of each, newest first; None: it is no complete set, or older than `begin`.
        From the rows and without making readings of them: every day of everybody is summed up.
        """
        totals: list[int | None] = []
        rows, place = self._rows, len(self._rows) - _ROW.size
        while place >= 0:
            when, _, percent, pulse, breaths, celsius, systolic, flags, _ = _ROW.unpack_from(rows, place)
            if when < at:
                break
            place -= _ROW.size
            if percent != _NONE and not flags & _NOT_AT_REST_ON_AIR:
                spo2[percent] = spo2.get(percent, 0) + 1
            if celsius != _NONE:
                temperatures[celsius] = temperatures.get(celsius, 0) + 1
            is_complete = _NONE not in (percent, pulse, breaths, celsius, systolic) and flags & _OF_OXYGEN
            if when < begin or not is_complete or not flags & _OF_LEVEL:
                totals.append(None)
                continue
            on_oxygen, is_alert = bool(flags & _ON_OXYGEN), flags & _OF_LEVEL == _ALERT
            totals.append(total(percent, pulse, breaths, celsius, systolic, on_oxygen, is_alert))
        return totals

    def _rows_since(self, at: Millis) -> Iterator[_Row]:
        rows, size = self._rows, _ROW.size
        begin = len(rows)
        while begin and _AT.unpack_from(rows, begin - size)[0] >= at:
            begin -= size
        found: Iterator[_Row] = _ROW.iter_unpack(rows[begin:])
        return found

    def forget_until(self, at: Millis) -> None:
        """Only readings later than `at` are left."""
        rows, size, begin = self._rows, _ROW.size, 0
        while begin < len(rows) and _AT.unpack_from(rows, begin)[0] <= at:
            begin += size
        self.forget(begin // size)

    def forget(self, number: int) -> None:
        """So many of the oldest are gone."""
        if not number:
            return
        self._rows = self._rows[number * _ROW.size :]
        if self._names is not None:
            kept = {row[1] for row in _ROW.iter_unpack(self._rows)}
            self._names = {key: name for key, name in self._names.items() if key in kept} or None

    def _given(self, name: bytes, flags: int) -> str:
        if flags & _NAMED and self._names is not None:
            return self._names[name]
        text = name.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _reading(given: str, row: _Row) -> Reading:
    at, _, spo2, pulse, breaths, temperature, systolic, flags, doubt = row
    return Reading(
        at,
        given,
        None if spo2 == _NONE else spo2,
        None if pulse == _NONE else pulse,
        None if breaths == _NONE else breaths,
        None if temperature == _NONE else temperature,
        _SITES[flags & 7],
        None if systolic == _NONE else systolic,
        _LEVELS[flags >> 3 & 7],
        _TRUTHS[flags >> 6 & 3],
        flags & _AFTER_ACTIVITY != 0,
        flags & _CONTINUOUS != 0,
        doubt,
    )


def _packed_uuid(given: str) -> bytes | None:
    """The 16 bytes of a canonical UUID; None: it is none."""
    if len(given) != 36 or given[8:24:5] != "----":
        return None
    digits = given.replace("-", "")
    try:
        packed = bytes.fromhex(digits)
    except ValueError:
        return None
    return packed if packed.hex() == digits else None


_DAY: Final = Struct("<4h")
_EMPTY_DAY: Final = _DAY.pack(_NONE, _NONE, _NONE, _NONE)
SPO2_MEDIAN, TEMPERATURE_MEDIAN, TEMPERATURE_HIGHEST, NEWS2_HIGHEST = range(4)
"""The values of a day."""


class PackedDays:
    """What rules ask of days that are over, by day."""

    __slots__ = ("_first", "_rows")

    def __init__(self) -> None:
        self._first = 0
        self._rows = b""

    def put(self, day: int, summary: DaySummary) -> None:
        """This is known of the day."""
        spo2, temperature = summary.spo2_median, summary.temperature_median
        highest, news2 = summary.temperature_highest, summary.news2_highest
        row = _DAY.pack(
            _NONE if spo2 is None else spo2,
            _NONE if temperature is None else temperature,
            _NONE if highest is None else highest,
            _NONE if news2 is None else news2,
        )
        place = (day - self._first) * _DAY.size
        if not self._rows:
            self._first, self._rows = day, row
        elif place < 0:
            self._rows = row + _EMPTY_DAY * (self._first - day - 1) + self._rows
            self._first = day
        elif place >= len(self._rows):
            self._rows += _EMPTY_DAY * ((place - len(self._rows)) // _DAY.size) + row
        else:
            self._rows = self._rows[:place] + row + self._rows[place + _DAY.size :]

    def put_all(self, summaries: Iterable[tuple[int, DaySummary]]) -> None:
        """This is known of the days."""
        for day, summary in summaries:
            self.put(day, summary)

    def value(self, day: int, column: int) -> int | None:
        """One value of one day; None: not known."""
        return next(iter(self.values(column, day, day)), None)

    def values(self, column: int, first: int, last: int) -> list[int]:
        """The known values of the days from `first` to `last`, by day."""
        return [value for value in self._column(column, first, last) if value != _NONE]

    def _column(self, column: int, first: int, last: int) -> list[int]:
        begin, end = max(0, first - self._first), last + 1 - self._first
        if end <= begin:
            return []
        found: list[int] = memoryview(self._rows).cast("h")[4 * begin + column : 4 * end : 4].tolist()
        return found

    def median(self, column: int, first: int, last: int, least: int) -> int | None:
        """The lower median of the known values of these days; None: they are fewer than `least`."""
        values = self._column(column, first, last)
        values.sort()
        unknown = bisect_right(values, _NONE)  # less than any value
        number = len(values) - unknown
        return values[unknown + (number - 1) // 2] if number >= least else None

    def knows(self, column: int, first: int, last: int) -> bool:
        """Some value of the days from `first` to `last` is known; asked every day of everybody."""
        values = self._column(column, first, last)
        return len(values) > values.count(_NONE)

    def forget_before(self, day: int) -> None:
        """Only this day and later ones are left."""
        if self._rows and self._first < day:
            self._rows, self._first = self._rows[(day - self._first) * _DAY.size :], day

    def __iter__(self) -> Iterator[tuple[int, tuple[int | None, ...]]]:
        """Day and values of every day of which anything is known."""
        for place, row in enumerate(_DAY.iter_unpack(self._rows)):
            if row != (_NONE,) * 4:
                yield self._first + place, tuple(None if value == _NONE else value for value in row)
