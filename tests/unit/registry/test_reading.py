"""Files as people make them: headings, encodings, what Excel does to codes, and every fault with its place."""

from __future__ import annotations

import csv
import doctest
from datetime import date, datetime
from pathlib import Path
from unicodedata import normalize

import openpyxl
import pytest

from detectors.tiers import Condition
from ingest.registry import cells, credit_code, headings
from ingest.registry.headings import TABLES
from ingest.registry.reading import Problem, Sheet, find, read_facilities, read_residents, strangers
from ingest.registry.rows import TABLE, Facility, Resident, Row
from ingest.sentences import Refused


def rows_of(path: Path, table: str) -> list[Row]:
    found = [one for one in Sheet(path, table) if not isinstance(one, Problem)]
    return [row for _, row in found]


def problems_of(path: Path, table: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.sentence.en) for one in Sheet(path, table) if isinstance(one, Problem)]


def workbook(path: Path, rows: list[list[object]], formats: dict[str, str] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    book.save(path)
    book.close()
    return path


@pytest.mark.parametrize("module", [headings, credit_code, cells])
def test_the_examples_of_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_every_column_has_headings_and_no_heading_means_two_columns() -> None:
    for table in TABLES:
        assert headings.headings(table).keys() == TABLE[table].columns.keys()
        plain = [one for all_ in headings.headings(table).values() for one in all_]
        assert len(plain) == len(set(plain))
        assert all(headings.column_of(table, one) for one in plain)


CHINESE = "机构编号,机构名称,区划代码,海拔（米）,是否农村,测温部位\n007,松鹤养老院,110101.0,40,是,额温\n"
ENGLISH = "facility,name,region,altitude_m,rural,temperature_site\n007,松鹤养老院,110101,40,yes,forehead\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("text", [CHINESE, CHINESE.replace(",", "\t"), ENGLISH, ENGLISH.replace(",", ";")])
def test_a_file_means_the_same_in_every_encoding_language_and_delimiter(
    tmp_path: Path, encoding: str, text: str
) -> None:
    file = tmp_path / "facilities.csv"
    file.write_text(text, encoding=encoding)
    assert rows_of(file, "facilities") == [
        Facility("007", "松鹤养老院", None, "110101", altitude_m=40, rural=True, temperature_site="forehead")
    ]


def test_codes_are_text_whatever_excel_made_of_them(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "residents.xlsx",
        [
            ["机构编号", "老人编号", "出生年份", "平时血氧", "生效时间", "床位"],
            [110101, 42, datetime(1938, 5, 1), 96.5, date(2026, 1, 5), "01"],  # noqa: DTZ001  # as a sheet has it
            [110101.0, "0042", 1938, 97, "2026/1/5", 3],
        ],
        {"B2": "0000"},
    )
    first, second = rows_of(file, "residents")
    assert isinstance(first, Resident)
    assert isinstance(second, Resident)
    assert (first.facility, first.resident, first.birth_year, first.usual_spo2_tenths, first.bed) == (
        "110101",
        "0042",
        1938,
        965,
        "01",
    )
    assert (second.resident, second.bed, second.valid_from) == ("0042", "3", first.valid_from)
    file = tmp_path / "facilities.csv"
    file.write_text('facility,name\n="007",a\n')
    assert rows_of(file, "facilities") == [Facility("007", "a")]


def test_of_several_sheets_the_one_that_is_called_like_the_table_is_read_and_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["2026年登记表"])
    for title, code in (("入住老年人", "R-1"), ("旧表", "R-9")):
        book.create_sheet(title).append(["机构编号", "老人编号"])
        book[title].append(["F-1", code])
    book.create_sheet("Sheet3")
    book.save(tmp_path / "residents.xlsx")
    sheet = Sheet(tmp_path / "residents.xlsx", "residents")
    assert [row.resident for _, row in sheet] == ["R-1"]  # type: ignore[misc,union-attr]
    (note,) = sheet.notes
    assert str(note) == (
        "residents.xlsx: read the sheet 入住老年人, not 说明, 旧表; if that is wrong, call the one to be read residents"
    )
    assert note.weight == "note"


def test_without_such_a_name_the_first_sheet_with_anything_in_it_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, code in (("甲", "F-1"), ("乙", "F-2")):
        book.create_sheet(title).append(["facility"])
        book[title].append([code])
    book.save(tmp_path / "facilities.xlsx")
    sheet = Sheet(tmp_path / "facilities.xlsx", "facilities")
    assert [row.facility for _, row in sheet] == ["F-1"]  # type: ignore[misc,union-attr]
    assert "read the sheet 甲, not 乙" in str(sheet.notes[0])
    book["乙"].title = "养老机构"
    book["甲"].title = "Facilities"
    book.save(tmp_path / "facilities.xlsx")
    with pytest.raises(Refused, match="the sheets Facilities and 养老机构 are one table"):
        Sheet(tmp_path / "facilities.xlsx", "facilities")


def test_lost_digits_are_told_and_never_guessed(tmp_path: Path) -> None:
    file = workbook(tmp_path / "f.xlsx", [["facility"], [110101193801010017], ["ok"]])
    ((line, column, reason),) = problems_of(file, "facilities")
    assert (line, column) == (2, "facility")
    assert "format the column as text" in reason
    (tmp_path / "f.csv").write_text("facility,resident\nF-1,1.10101E+17\n")
    assert "lost digits" in problems_of(tmp_path / "f.csv", "residents")[0][2]


FAULTS = """机构编号,老人编号,床位,出生年份,分级,血氧评分表,平时血氧,基础疾病,病情稳定,接种情况,生效时间
F-1,11010519491231002X,1,,,,,,,,
F-1,张13800138000,1,,,,,,,,
F-1,,1,,,,,,,,
F-1,Ｒ１,1,,,,,,,,
F-1,R-1,1,38,,,,,,,
F-1,R-2,1,,蓝,,,,,,
F-1,R-3,1,,,3,,,,,
F-1,R-4,1,,,,49,,,,
F-1,R-5,1,,,,96.55,,,,
F-1,R-6,1,,,,,高血压;感冒,,,
F-1,R-7,1,,,,,无;高血压,,,
F-1,R-8,1,,,,,,也许,,
F-1,R-9,1,,,,,,,两针,
F-1,R-10,1,,,,,,,,去年
F-1,R-11,1,1938年,重点（红）,2,88.5%,高血压、慢阻肺,否,已加强接种,2026年1月5日
"""


def test_every_fault_names_its_line_and_column_and_the_rest_is_read(tmp_path: Path) -> None:
    file = tmp_path / "residents.csv"
    file.write_text(FAULTS, encoding="gb18030")
    (row,) = rows_of(file, "residents")
    assert isinstance(row, Resident)
    assert (row.resident, row.tier, row.vaccination, row.conditions_stable) == ("R-11", "red", "booster", False)
    assert row.conditions == Condition.HYPERTENSION | Condition.CHRONIC_LUNG
    found = problems_of(file, "residents")
    assert [line for line, _, _ in found] == list(range(2, 16))
    heads = FAULTS.splitlines()[0].split(",")
    assert [column for _, column, _ in found] == [
        *heads[1:2] * 4,
        *heads[3:6],
        *heads[6:7] * 2,
        *heads[7:8] * 2,
        *heads[8:],
    ]
    said = " ".join(reason for _, _, reason in found)
    assert "identity-card" in said
    assert "1101051949" not in said
    assert "13800138000" not in said


def test_a_fact_not_known_is_not_none(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("facility,resident,conditions\nF,R1,\nF,R2,none\n")
    unknown, none = rows_of(file, "residents")
    assert isinstance(unknown, Resident)
    assert isinstance(none, Resident)
    assert (unknown.conditions, none.conditions) == (None, Condition(0))


def test_personal_columns_are_not_read_and_named(tmp_path: Path) -> None:
    file = tmp_path / "residents.csv"
    file.write_text("机构编号,老人编号,姓名,身份证号,爱好\nF,R1,张三,11010519491231002X,棋\n")
    sheet = Sheet(file, "residents")
    assert [(one.column, one.weight) for one in sheet.notes] == [
        ("姓名", "note"),
        ("身份证号", "note"),
        ("爱好", "note"),
    ]
    assert sheet.given == {"facility", "resident"}
    assert [row for _, row in (one for one in sheet if not isinstance(one, Problem))] == [Resident("F", "R1")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("facility,name,机构名称\nF,a,b\n", "the same column"),
        ("name\na\n", "lack facility"),
        ("", "lack facility"),
    ],
)
def test_a_file_that_cannot_be_a_table_is_refused_as_a_whole(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "facilities.csv"
    file.write_text(text)
    rows, (problem,) = read_facilities(file)
    assert rows == []
    assert reason in str(problem)


def test_bytes_that_are_no_table_are_refused(tmp_path: Path) -> None:
    for name, content, reason in (
        ("a.csv", b"facility\n\xff\x00\xfe\n", "save the file as UTF-8"),
        ("a.csv", b"PK\3\4rest", "save it as .xlsx"),
        ("a.xlsx", b"PK\3\4rest", "no valid .xlsx"),
        ("a.csv", b'facility\n"F\n', ""),
    ):
        (tmp_path / name).write_bytes(content)
        if reason:
            with pytest.raises(Refused, match=reason):
                list(Sheet(tmp_path / name, "facilities"))


def test_a_table_is_found_by_its_english_or_chinese_name_once(tmp_path: Path) -> None:
    (tmp_path / "入住老年人.xlsx").touch()
    (tmp_path / "扣款.csv").touch()
    assert find(tmp_path, "residents") == tmp_path / "入住老年人.xlsx"
    assert find(tmp_path, "units") is None
    assert strangers(tmp_path) == ["扣款.csv"]
    (tmp_path / "residents.csv").touch()
    with pytest.raises(Refused, match="one table"):
        find(tmp_path, "residents")


@pytest.mark.parametrize("code", ["110103", "441900", "429004", "460400", "110100", "110155"])
def test_regions_retired_new_without_counties_and_straight_under_a_province_are_kept(code: str) -> None:
    assert cells.region(code) == code


@pytest.mark.parametrize("code", ["991234", "1101", "11010x", "1.10101e+05"])
def test_what_is_no_region_is_refused(code: str) -> None:
    with pytest.raises(Refused):
        cells.region(code)


def test_a_credit_code_of_a_village_collective_is_good_and_a_slip_is_not() -> None:
    body = "N2510107MA6C12348"
    code = body + credit_code.check_character(body)
    assert cells.credit_code(f" {code.lower()} ") == code
    for wrong in (code[:17], code.replace("6", "7", 1), "9.13501E+17"):
        with pytest.raises(Refused):
            cells.credit_code(wrong)


def test_residents_may_have_several_rows(tmp_path: Path) -> None:
    file = tmp_path / "residents.csv"
    file.write_text("facility,resident,valid_from\nF,R,2026-01-05\nF,R,2026-01-06T08:00:00+08:00\n")
    rows, problems = read_residents(file)
    assert problems == []
    assert [row.valid_from for row in rows] == [1_767_542_400_000, 1_767_657_600_000]


@pytest.mark.parametrize("table", TABLES)
def test_no_sentence_repeats_the_number_of_a_person_whatever_column_it_slipped_into(table: str, tmp_path: Path) -> None:
    keys = [name for name, column in TABLE[table].columns.items() if column.is_key]
    for number in ("110101193801011234", "13912345678", "１３９１２３４５６７８", "王秀英 139 1234 5678"):
        for slipped in TABLE[table].columns:
            cells_ = {**dict.fromkeys(keys, "X-1"), slipped: number}
            path = tmp_path / f"{table}.csv"
            path.write_text(f"{','.join(cells_)}\n{','.join(cells_.values())}\n", encoding="utf-8")
            for _, _, sentence in problems_of(path, table):
                assert "".join(normalize("NFKC", number).split())[-8:] not in sentence, slipped


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("zone", "right/UTC", "IANA"),
        ("zone", "localtime", "IANA"),
        ("zone", "../../etc/passwd", "IANA"),
        ("valid_from", "0001-01-01", "1900"),
        ("valid_from", "9999-12-31T23:59:59-14:00", "1900"),
        ("facility", "F/13", "stroke"),
        ("facility", "..", "stroke"),
        ("name", "a\0b", "visible"),
        ("name", "x" * 100_000, "visible"),
    ],
)
def test_a_cell_that_nothing_can_keep_is_its_own_lines_affair(
    column: str, value: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "facilities.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, ["facility", "name", "zone", "valid_from"])
        rows.writeheader()
        rows.writerows([{"facility": "F-1", column: value}, {"facility": "F-2", "name": "=1+1"}])
    found = read_facilities(path)
    assert [one.facility for one in found[0]] == ["F-2"]
    assert [(one.line, one.column, said in one.sentence.en) for one in found[1]] == [(2, column, True)]
