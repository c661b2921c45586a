"""Every figure says where it comes from, and what it says is there."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from msgspec import Struct

from dashboards.rollup.document import NAME, document
from detectors.ranking import Weeks
from ingest.events import EVENT_TYPES, Event, Medicine
from ingest.registry import rows
from store.cases import PositivesByTest
from store.console import Counters, FacilityLine, Standing
from store.dictionary import BLANK, FIGURES, LIVE, RECORD, SECTIONS, STORED, UNITS, Figure
from store.feedback import Rate
from store.ranking import Ranking
from store.roll import Completeness
from tests.support.needs import PROJECT

_MIGRATIONS = sorted(file.name for file in (resources.files("store") / "migrations").iterdir())
SCHEMA = "\n".join((resources.files("store") / "migrations" / name).read_text("utf-8") for name in _MIGRATIONS)
FIELDS = {str(kind.__struct_config__.tag): set(kind.__struct_fields__) for kind in EVENT_TYPES}
FIELDS |= {"*": set(Event.__struct_fields__), "facility_report.medicine": set(Medicine.__struct_fields__)}
FILES = {"facilities": rows.Facility, "residents": rows.Resident}


def _columns(table: str) -> str:
    """What migrations say of a table."""
    made = re.findall(rf"^create table {table} \((.*?)^\)", SCHEMA, re.MULTILINE | re.DOTALL)
    added = re.findall(rf"^alter table {table}\b(.*?);", SCHEMA, re.MULTILINE | re.DOTALL)
    return "\n".join(made + added)


def _exists(source: str) -> bool:
    name, _, field = source.rpartition(".")
    if name in FIELDS:
        return field in FIELDS[name]
    if name in FILES:
        return field in FILES[name].__struct_fields__
    return re.search(rf"^\s*(add column )?{field} ", _columns(name), re.MULTILINE) is not None


@pytest.mark.parametrize("figure", [*STORED, *RECORD.figure, *LIVE.figure], ids=lambda one: one.name)
def test_each_figure_names_fields_and_columns_that_exist(figure: Figure) -> None:
    assert figure.source
    assert figure.how_zh
    assert figure.how_en
    assert [one for one in figure.source if not _exists(one)] == []


def test_each_ratio_is_of_sums_that_exist() -> None:
    for figure in FIGURES.values():
        assert figure.unit in UNITS
        assert figure.blank in BLANK
        if figure.kind == "ratio":
            assert all(FIGURES[name].kind != "ratio" for name in (figure.of, *figure.over))
            assert figure.over
            assert not figure.source


def test_roll_ups_have_a_column_for_each_figure_and_no_other() -> None:
    kept = re.findall(r"^\s*(?:add column )?(\w+) (?:int|bigint),?$", _columns("facility_parts"), re.MULTILINE)
    assert sorted(kept) == sorted(one.name for one in STORED)
    summed = re.findall(r"(\w+) bigint, (?:add column )?\1_blank int not null", _columns("region_figures"))
    assert sorted(summed) == sorted(one.name for one in STORED)


def test_each_number_that_a_page_or_command_counts_itself_is_there_and_no_other() -> None:
    shown: dict[str, tuple[type[Struct], ...]] = {
        "counters": (Counters,),
        "facility": (FacilityLine,),
        "standing": (Standing,),
        "ranking": (Ranking, Weeks),
        "registry": (Completeness,),
        "rates": (Rate,),
        "by_test": (PositivesByTest,),
    }
    no_counts = {"facility.id", "facility.altitude_m", "standing.severity", "ranking.until"}
    counted = {
        f"{name}.{field}"
        for name, kinds in shown.items()
        for kind in kinds
        for field, said in kind.__annotations__.items()
        if said == "int"
    }
    assert counted - no_counts == {one.name for one in LIVE.figure}
    assert all(one.unit in UNITS and one.blank in BLANK for one in (*RECORD.figure, *LIVE.figure))


def test_the_document_is_written_from_the_table() -> None:
    assert (PROJECT / "docs" / NAME).read_text("utf-8") == document(), "make dictionary"
    assert len(FIGURES) == sum(len(section.figure) for section in SECTIONS), "a name stands there twice"
