"""Rows of observations in PostgreSQL's binary COPY format.

Written by hand because it is the hottest loop of the store: a field is its
length and its bytes, most of ours are small numbers, and those are looked up
whole. psycopg's own row writer takes about three times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from struct import Struct as Packing
from struct import error as StructError
from typing import Final

from detectors.observations import Binding, CheckIn, Correction, Element, Reading, TestResult
from store.codes import CONSCIOUSNESS, PRESENCES, RESULTS, SITES, TESTS
from store.connection import Y2000
from store.errors import Refused
from store.rows import ObservationRow

COLUMNS: Final = (
    "observed_at, received_at, content, event_id, facility_id, resident_id, type, fate, doubt, marks, "
    "spo2_tenths, pulse_per_min, respirations_per_min, temperature_tenths, temperature_site, systolic_mmhg, "
    "diastolic_mmhg, consciousness, on_oxygen, after_activity, continuous, presence, test, result, pathogen, "
    "staff, device, reporter, unit, rest"
)
"""In the order in which `copy_of` writes them."""

ResidentIds = Mapping[tuple[str, str], int]
"""(facility code, resident code) -> id."""

_COUNT: Final = len(COLUMNS.split(","))
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_pack_key: Final = Packing("!hiqiqiqi16sii").pack  # the fields every row has, each behind its length
_pack_int: Final = Packing("!ii").pack
_pack_length: Final = Packing("!i").pack
_pack_small: Final = Packing("!ih").pack


class _Smalls(dict[int | None, bytes]):
    """A smallint as a field, made once per value."""

    def __missing__(self, value: int | None) -> bytes:
        assert value is not None
        field = self[value] = _pack_small(2, value)
        return field


_small: Final = _Smalls({None: _NULL})
_truth: Final = {None: _NULL, False: b"\0\0\0\1\0", True: b"\0\0\0\1\1"}
_site, _consciousness, _presence, _test, _result = (
    {word: _small[number] for word, number in codes.number.items()}
    for codes in (SITES, CONSCIOUSNESS, PRESENCES, TESTS, RESULTS)
)
_NO_CONTEXT: Final = _NULL * 4  # consciousness, on_oxygen, after_activity, continuous
_NO_ANSWERS: Final = _NULL * 4  # presence, test, result, pathogen
_SARS_COV_2: Final = "sars-cov-2"  # kept as null: it is nearly every test


def copy_of(rows: Iterable[ObservationRow], facility_ids: Mapping[str, int], resident_ids: ResidentIds) -> bytes:
    """The whole COPY stream of the rows; raises Refused when a number does not fit its column."""
    try:
        fields = [_HEADER, *[_row(row, facility_ids[row.facility], resident_ids) for row in rows], _TRAILER]
    except (StructError, OverflowError) as error:
        raise Refused("a number is too large for its column") from error
    except UnicodeEncodeError as error:
        raise Refused("a text contains half a character (a lone surrogate)") from error
    return b"".join(fields)


def _row(row: ObservationRow, facility_id: int, resident_ids: ResidentIds) -> bytes:
    resident, element, rest = row.resident, row.element, row.rest
    return b"".join(
        (
            _pack_key(
                _COUNT,
                *(8, (row.observed_at - Y2000) * 1_000),
                *(8, (row.received_at - Y2000) * 1_000),
                *(8, row.content),
                *(16, bytes.fromhex(row.event_id.replace("-", ""))),
                *(4, facility_id),
            ),
            _NULL if resident is None else _pack_int(4, resident_ids[row.facility, resident]),
            _small[row.type],
            _small[row.fate],
            _small[element.doubt if type(element) is Reading else 0],
            _small[row.marks],
            *_judged(element, _small[row.diastolic_mmhg]),
            _NULL if row.staff is None else _text(row.staff),
            _NULL if row.device is None else _text(row.device),
            _NULL if row.reporter is None else _text(row.reporter),
            _NULL if row.unit is None else _text(row.unit),
            # A jsonb begins with the version of its format.
            _NULL if rest is None else _pack_length(len(rest) + 1) + b"\1" + rest,
        )
    )


def _judged(element: Element | Correction | Binding | None, diastolic: bytes) -> tuple[bytes, ...]:
    """The columns from spo2_tenths to pathogen."""
    if type(element) is Reading:
        return (
            _small[element.spo2_tenths],
            _small[element.pulse_per_min],
            _small[element.respirations_per_min],
            _small[element.temperature_tenths],
            _site[element.temperature_site],
            _small[element.systolic_mmhg],
            diastolic,
            _consciousness[element.consciousness],
            _truth[element.on_oxygen],
            _truth[element.after_activity],
            _truth[element.continuous],
            _NO_ANSWERS,
        )
    answers = _NO_ANSWERS
    if type(element) is CheckIn:
        answers = _presence[element.presence] + _NULL * 3
    elif type(element) is TestResult:
        pathogen = _NULL if element.pathogen == _SARS_COV_2 else _text(element.pathogen)
        answers = _NULL + _test[element.test] + _result[element.result] + pathogen
    return (_NULL * 6, diastolic, _NO_CONTEXT, answers)


def _text(text: str) -> bytes:
    data = text.encode()
    return _pack_length(len(data)) + data
