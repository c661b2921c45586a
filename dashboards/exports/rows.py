"""The figures of a region and of all that lies in it, as rows that say what each number is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal

from msgspec import Struct, structs

from dashboards.exports.suppression import Cells, withheld
from dashboards.rollup.places import name_of
from store import figures
from store import withheld as store_withheld
from store.cases import PositivesByTest
from store.connection import Connection
from store.dictionary import FIGURES, STORED
from store.figures import NATION, FacilityFigures, Figures, Grain

_EPOCH: Final = date(1970, 1, 1)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Row(Struct, frozen=True):
    """One figure of one region on one day."""

    date: str
    grain: Grain
    region: str
    parent: str
    name_zh: str
    figure: str  # its name in the data dictionary
    value: int | None
    state: Literal["stated", "blank", "withheld"]
    blank: int | None  # facilities that did not give it; withheld with its value


async def read(connection: Connection, region: str, grain: Grain, day: int) -> list[Row]:
    """A row for each region and figure, for those who answer for the region: nothing is withheld."""
    found, parents = await figures.tree(connection, region, grain, day)
    return _rows(found, parents, set())


async def read_leaving(connection: Connection, region: str, day: int) -> list[Row]:
    """The same of a period, for others: small counts are withheld, and stay so. In the caller's transaction."""
    found, parents = await figures.tree(connection, region, "period", day)
    return await leaving(connection, found, parents, day)


async def leaving(connection: Connection, found: Sequence[Figures], parents: dict[str, str], day: int) -> list[Row]:
    """Rows of figures of a period that others are given, counted or frozen.

    1. What was withheld of that day in anything that left stays withheld.
    2. What is to be withheld is decided for all regions there are, so that it is the same for a county
       given alone and for one given with its province.
    3. Frozen figures may be others than those of now: what must be withheld of them is withheld too.
    """
    known = await store_withheld.of_day(connection, day)
    everything, above = await figures.tree(connection, NATION, "period", day)
    counted, given = _values(everything), _values(found)
    hidden = known | withheld(counted, above, known)
    if any(told != counted.get(region) for region, told in given.items()):
        hidden |= withheld(given, parents, hidden)
    await store_withheld.add(connection, day, hidden - known)
    return _rows(found, parents, hidden)


def _values(found: Iterable[Figures]) -> dict[str, dict[str, int | None]]:
    return {one.region: {figure.name: _whole(one[figure.name].value) for figure in STORED} for one in found}


def _rows(found: Iterable[Figures], parents: dict[str, str], hidden: Cells) -> list[Row]:
    rows = []
    for one in found:
        for figure in STORED:
            value, is_hidden = one[figure.name], (one.region, figure.name) in hidden
            rows.append(
                Row(
                    date=shown(one.day),
                    grain=one.grain,
                    region=one.region,
                    parent=parents.get(one.region, ""),
                    name_zh=name_of(one.region, one.day)[0],
                    figure=figure.name,
                    value=None if is_hidden else _whole(value.value),
                    state="withheld" if is_hidden else "blank" if value.value is None else "stated",
                    blank=None if is_hidden else value.blank,
                )
            )
    return rows


def as_csv(rows: Sequence[Row]) -> bytes:
    """With a byte-order mark, by which Chinese Excel knows UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*Row.__struct_fields__[:6], "label_zh", "unit", *Row.__struct_fields__[6:]])
    for row in rows:
        figure = FIGURES[row.figure]
        place = (row.date, row.grain, row.region, row.parent, row.name_zh)
        writer.writerow([*place, row.figure, figure.zh, figure.unit, row.value, row.state, row.blank])
    return text.getvalue().encode("utf-8-sig")


def as_parquet(rows: Sequence[Row]) -> bytes:
    """The same for programs; missing is null, and the dictionary's labels are left to the dictionary."""
    import pyarrow
    from pyarrow import parquet

    kinds = {"date": pyarrow.date32(), "value": pyarrow.int64(), "blank": pyarrow.int32()}
    columns = {
        name: pyarrow.array(
            [date.fromisoformat(row.date) if name == "date" else getattr(row, name) for row in rows],
            kinds.get(name, pyarrow.string()),
        )
        for name in Row.__struct_fields__
    }
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(columns), sink, compression="zstd")
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


# ------------------------------------------------------------ a line a facility

NHSN: Final = {
    "all_beds": "beds",
    "current_census": "occupants",
    "positive_residents": "positives",
    "positive_staff": "positives_staff",
    "positive_tests": "tests_positive",
    "tests_performed": "tests",
    "tests_antigen": "tests_antigen",
    "tests_pcr": "tests_pcr",
    "symptomatic_residents": "symptomatic",
    "hospitalised": "hospitalised",
    "deaths_all_causes": "deaths",
    "staff_on_duty": "staff_on_duty",
    "oxygen_devices_working": "oxygen_devices",
    "antiviral_short": "antiviral_short",
}
"""Column -> figure: what the NHSN module for long-term care asks of a facility and a day, as far as we are told it."""

NOT_ASKED: Final = (
    "admissions_positive",
    "reinfections_symptomatic",
    "reinfections_asymptomatic",
    "deaths_covid",
    "acute_respiratory_illness",
    "ventilators",
)
"""Columns of that module of which no event tells us anything: always empty, which is not zero."""


BY_TEST: Final = tuple(
    name if name == "influenza" else f"positive_residents_{name}" for name in PositivesByTest.__struct_fields__
)
"""Columns of the positives by what was tested; the first four are `positive_residents`."""
_NOBODY: Final = PositivesByTest(0, 0, 0, 0, 0)


def facility_csv(facilities: Iterable[FacilityFigures], day: int, by_test: Mapping[str, PositivesByTest]) -> bytes:
    """Counts a facility and day, no residents; empty is not told, zero is zero."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["date", "facility", "name", "is_over", *NHSN, *BY_TEST, *NOT_ASKED])
    for one in facilities:
        told = [one.values[figure] for figure in NHSN.values()]
        is_heard = one.values["positives"] is not None
        kinds = structs.astuple(by_test.get(one.code, _NOBODY)) if is_heard else [None] * len(BY_TEST)
        blanks = [None] * len(NOT_ASKED)
        writer.writerow([shown(day), plain(one.code), plain(one.name or ""), int(one.is_over), *told, *kinds, *blanks])
    return text.getvalue().encode("utf-8-sig")


def plain(text: str) -> str:
    """A spreadsheet shows it and calculates nothing.

    >>> plain("=1+1"), plain("F-001")
    ("'=1+1", 'F-001')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def shown(day: int) -> str:
    """A day since 1970-01-01 as a date."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def _whole(value: int | float | None) -> int | None:
    return None if value is None else int(value)
