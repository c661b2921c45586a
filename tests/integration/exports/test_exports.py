"""Figures that leave are the right ones, in order, once; and small counts are not in them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import psycopg
from pyarrow import parquet

from dashboards.dispatch.freezing import freeze
from dashboards.exports.rows import BY_TEST, NHSN
from detectors.observations import TestResult
from detectors.times import HOUR
from sizao.days import shown
from store import figures
from store.connection import transaction
from tests.integration.exports.national import DAY, FROM, National, done, national, positives, pushing, run
from tests.integration.rollup.making import DAY_0, County, at
from tests.integration.store.making import uuid_of

__all__ = ["national"]


async def test_small_counts_are_withheld_outside_the_province_and_sums_stay(
    province: County, database: str, tmp_path: Path
) -> None:
    where = ("--region", "370000", *DAY, "--database-url", database)
    refused = await run("export", "figures", *where, "--grain", "day")
    assert "calendar days do not leave the province" in refused.output
    await done("export", "figures", *where, "--out", tmp_path / "out.csv")
    await done("export", "figures", *where, "--inside", "--out", tmp_path / "in.csv")
    await done("export", "figures", *where, "--format", "parquet", "--out", tmp_path / "out.parquet")

    def read(name: str) -> dict[str, str]:
        text = (tmp_path / name).read_bytes()
        assert text.startswith(b"\xef\xbb\xbf"), "Chinese Excel reads it as UTF-8"
        rows = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
        return {row["region"]: row["value"] or row["state"] for row in rows if row["figure"] == "positives"}

    inside = {"370000": "9", "370600": "9", "370602": "1", "370611": "2", "370612": "6"}
    assert read("in.csv") == inside
    assert read("out.csv") == {**inside, "370602": "withheld", "370611": "withheld", "370612": "withheld"}
    read_back = parquet.read_table(tmp_path / "out.parquet")
    assert {field.name: str(field.type) for field in read_back.schema} == {
        **dict.fromkeys(("grain", "region", "parent", "name_zh", "figure", "state"), "string"),
        "date": "date32[day]", "value": "int64", "blank": "int32",
    }  # fmt: skip
    table = read_back.to_pylist()
    assert {row["region"]: row["value"] for row in table if row["figure"] == "positives"} == {
        "370000": 9, "370600": 9, "370602": None, "370611": None, "370612": None,
    }  # fmt: skip


async def test_a_line_a_facility_has_counts_and_keeps_zero_and_blank_apart(province: County, database: str) -> None:
    pcr = TestResult(at(3, 8), uuid_of(province.chance), "pcr", "negative")  # within two days of the antigen
    flu = TestResult(at(2, 8), uuid_of(province.chance), "pcr", "positive", "influenza-a")
    await province.said("F-370602", pcr, resident="R-0", after=HOUR)
    await province.said("F-370612", flu, resident="R-flu", after=HOUR)
    province.now = at(0, 1)
    await province.home("F-370613", "370613")  # nothing is heard of it
    province.now = at(3, 12)
    await province.settle()
    for grain in ("day", "period"):
        where = ("--region", "370600", *DAY, "--grain", grain, "--out", "-", "--database-url", database)
        said = await done("export", "facilities", *where)
        lines = {row["facility"]: row for row in csv.DictReader(io.StringIO(said.stdout_bytes.decode("utf-8-sig")))}
        positive = {code: row["positive_residents"] for code, row in lines.items()}
        assert positive == {"F-370602": "1", "F-370611": "2", "F-370612": "7", "F-370613": ""}
        kinds = {code: [row[one] for one in BY_TEST] for code, row in lines.items()}
        assert kinds == {
            "F-370602": ["0", "0", "1", "0", "0"],
            "F-370611": ["2", "0", "0", "0", "0"],
            "F-370612": ["6", "1", "0", "0", "1"],
            "F-370613": [""] * 5,
        }
        heard = lines["F-370611"]
        assert (heard["deaths_all_causes"], heard["all_beds"], heard["deaths_covid"]) == ("0", "", "")
        rolled = await figures.of_region(province.connection, "370600", grain, DAY_0 + 2, DAY_0 + 2)  # type: ignore[arg-type]
        for column, figure in NHSN.items():
            told = [int(row[column]) for row in lines.values() if row[column]]
            assert (sum(told) if told else None) == rolled[0][figure].value, "the lines are the roll-up"


async def test_a_receiver_that_fails_in_the_middle_gets_everything_once_and_in_order(
    province: County, database: str, national: National
) -> None:
    base = ("--database-url", database)
    await done("export", "queue", "--region", "370000", *FROM, "--to", shown(DAY_0 + 3), *base)
    said = await done("export", "queue", "--region", "370000", *FROM, *base)
    assert "nothing new" in said.output, "the same is not made again"
    push = pushing(national, database)
    national.answers = [503, 0, 200, 422]
    failed = await run(*push, "--tries", "3")
    assert "national-000000002 was not taken: the receiver says 422" in failed.output
    await done(*push)
    assert [key for key, _ in national.taken] == ["national-000000001", "national-000000002"]
    assert positives(national.taken[0][1])["370000"] == 9
    assert "withheld" in positives(national.taken[0][1]).values()
    came = national.came
    await done(*push)
    assert national.came == came, "nothing waits"
    await done("export", "replay", *FROM, *base)
    await done(*push)
    assert (national.came, len(national.taken)) == (came + 1, 2), "sent again with the id it had"


async def test_what_changes_after_it_was_sent_is_another_package(province: County, database: str) -> None:
    queue = ("export", "queue", "--region", "370000", *FROM, "--database-url", database)
    assert "number 1" in (await done(*queue)).output
    province.now += HOUR
    late = province.test(province.now - 34 * HOUR, "positive")
    await province.said("F-370612", late, resident="R-99", after=34 * HOUR)
    await province.settle()
    assert "number 2" in (await done(*queue)).output


async def test_what_was_frozen_is_sent_as_the_revision_it_is_and_late_data_waits_for_the_next_one(
    province: County, database: str
) -> None:
    queue = ("export", "queue", "--region", "370000", *FROM, "--database-url", database)

    async def freezes() -> None:
        for region in ("370602", "370611", "370612", "370600", "370000"):
            async with transaction(province.connection):
                await freeze(province.connection, region, DAY_0 + 2, "Zhao Min", province.now)

    await freezes()
    assert "number 1" in (await done(*queue)).output
    late = province.test(province.now - 34 * HOUR, "positive")
    province.now += HOUR
    await province.said("F-370612", late, resident="R-99", after=35 * HOUR)
    await province.settle()
    assert "nothing new" in (await done(*queue)).output
    await freezes()
    assert "number 2" in (await done(*queue)).output
    with psycopg.connect(database) as connection:
        found = connection.execute("select revision, body from exports order by number").fetchall()
    contents = [msgspec.json.decode(body) for _, body in found]
    assert [(one["revision"], one["frozen_by"]) for one in contents] == [(1, "Zhao Min"), (2, "Zhao Min")]
    assert [positives(one) for one in contents] == [{"370000": 9, "370600": 9}, {"370000": 10, "370600": 10}]


async def test_between_networks_that_are_kept_apart_files_are_signed_numbered_and_answered(
    province: County, database: str, tmp_path: Path
) -> None:
    ours, theirs, out, back = tmp_path / "ours", tmp_path / "theirs", tmp_path / "out", tmp_path / "back"
    out.mkdir()
    for key in (ours, theirs):
        await done("export", "keys", key)
    assert ours.stat().st_mode & 0o077 == 0
    base = ("--database-url", database)
    for region in ("370000", "370600", "370602"):
        await done("export", "queue", "--region", region, *FROM, *base)
    folder = ("export", "folder", out, "--signing-key", ours, *base)
    assert "3 packages" in (await done(*folder)).output
    accept = ("export", "accept", out, "--public-key", f"{ours}.pub", "--signing-key", theirs, "--receipts", back)
    second = out / "national-000000002.json"
    right = second.read_bytes()
    second.write_bytes(right.replace(b'"370600"', b'"370611"', 1))
    said = await run(*accept)
    assert said.exit_code == 1
    assert "national-000000002.json was changed" in said.output
    assert "numbers 2 never came" in said.output
    assert [msgspec.json.decode(line)["region"] for line in said.stdout.splitlines()[:2]] == ["370000", "370602"]
    receipts = ("export", "receipts", back, "--public-key", f"{theirs}.pub", *base)
    assert "numbers 2 have no receipt" in (await run(*receipts)).output
    second.write_bytes(right)
    said = await done(*accept)
    assert "1 packages were taken, 2 were there before" in said.output
    assert "3 receipts are on record" in (await done(*receipts)).output
    assert "1 packages" not in (await done(*accept)).output, "once"
    forged = back / "receipt-national-000000003.json"
    forged.write_bytes(forged.read_bytes().replace(b'"number":3', b'"number":1'))
    assert "was changed" in (await run(*receipts)).output
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from exports where received_at is not null").fetchone() == (3,)
    first = out / "national-000000001.json"
    before = first.read_bytes()
    await done("export", "replay", *FROM, *base)
    await done(*folder)
    assert first.read_bytes() == before, "written again it is the same"
    for name in (".json", ".json.sig"):
        (out / f"national-000000001{name}").rename(out / f"national-000000009{name}")
    said = await run(*accept)
    assert "national-000000009.json was changed" in said.output, "a package under another number is refused"
