"""`sizao registry import` against the real database: what is taken, what is said, what stays as it is."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from click.testing import CliRunner, Result

from detectors.observations import Reading
from detectors.profile import Profile
from detectors.times import DAY, Millis
from ingest.registry.rows import Recipient, Resident
from ingest.simulator.county import county
from ingest.simulator.registry import write_registry
from sizao.registry import registry_group
from sizao.registry_import import tables_of
from store import assigning, days, moves, observations, profiles, recipients, registration, registry, roll, tiers
from store.connection import Connection, connect, transaction
from streams.archive import Archive
from tests.integration.store.making import T0, row_of

Import = Callable[..., Result]


@pytest.fixture
def take(database: str, tmp_path: Path) -> Import:
    """Writes files into a folder and imports it."""

    def run(*options: str, **files: str) -> Result:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="gb18030")
        arguments = ["import", "--database-url", database, *options, str(tmp_path)]
        result = CliRunner().invoke(registry_group, arguments, catch_exceptions=False)
        for name in files:
            (tmp_path / f"{name}.csv").unlink()
        return result

    return run


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def query(database: str, text: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(text, values).fetchall()


HOME = "机构编号,机构名称,区划代码\n{code},松鹤养老院,510107\n"


def test_a_folder_is_taken_in_shown_before_and_known_afterwards(
    take: Import, database: str, new_code: Callable[[], str]
) -> None:
    code = new_code()
    files = {
        "hospitals": f"hospital,name,green_channel\nH-{code},人民医院,028-1\n",
        "facilities": f"facility,name,region,hospital\n{code},松鹤,510107,H-{code}\n",
        "units": f"facility,unit,beds\n{code},一单元,101-1;101-2;102-1\n",
        "staff": f"facility,staff,name,role,phones\n{code},S-1,王芳,nurse,13800138000\n",
        "residents": f"facility,resident,unit,birth_year,conditions,conditions_stable,vaccination,responsible\n"
        f"{code},R-1,一单元,1938,高血压,yes,partial,S-1\n",
    }
    shown = take("--dry-run", **files)
    assert shown.exit_code == 0
    assert query(database, "select from facilities where code = %s", code) == []
    done = lines(take("--json", **files))
    assert [(one["table"], one["kind"]) for one in done[:-1] if one["what"] == "difference"] == [
        (table, "new") for table in ("hospitals", "facilities", "units", "staff", "residents")
    ]
    (tier,) = [one["tier"] for one in done if "tier" in one]
    assert (tier["tier"], tier["cause"]) == ("red", "first")
    rows = query(
        database,
        "select t.tier, t.ours, t.cause from resident_tiers t join residents r on r.id = t.resident_id "
        "join facilities f on f.id = r.facility_id where f.code = %s",
        code,
    )
    assert rows == [("red", "red", "first")]
    again = lines(take("--json", **files))
    assert [one for one in again if one["what"] == "difference"] == []
    assert again[-1]["tables"]["residents"]["unchanged"] == 1


def test_wrong_rows_are_named_the_right_ones_taken_and_strict_takes_none(
    take: Import, database: str, new_code: Callable[[], str]
) -> None:
    code = new_code()
    text = f"机构编号,老人编号,出生年份\n{code},R-1,1938\n{code},R-2,38\n{code},R-1,1939\n{code},R-3,1940\n"
    count = "select count(*) from residents r join facilities f on f.id = r.facility_id where f.code = %s"
    strict = take("--strict", residents=text)
    assert strict.exit_code == 1
    assert "nothing was taken" in strict.stderr
    assert query(database, count, code) == [(0,)]
    taken = take(residents=text)
    assert taken.exit_code == 1
    assert "residents.csv line 3 出生年份: a whole number from 1890" in taken.stderr
    assert "residents.csv line 4: stands in the file before" in taken.stderr
    assert query(database, count, code) == [(2,)]
    assert take("--strict", residents=text.replace(",38\n", ",1937\n").replace(f"{code},R-1,1939\n", "")).exit_code == 0
    assert query(database, count, code) == [(3,)]


def test_what_is_not_in_the_file_stays_and_is_listed(take: Import, database: str, new_code: Callable[[], str]) -> None:
    code = new_code()
    head = "facility,resident,bed,vaccination\n"
    take(residents=f"{head}{code},R-1,1,full\n{code},R-2,2,none\n")
    shown = lines(take("--json", "--dry-run", residents=f"facility,resident,bed\n{code},R-2,3\n"))
    assert [one["key"] for one in shown if one["what"] == "absent"] == [[code, "R-1"]]
    assert [one["changes"] for one in shown if one["what"] == "difference"] == [
        [{"field": "bed", "old": "2", "new": "3"}]  # a column that is not there leaves what is known
    ]
    table = take("--dry-run", residents=f"{head}{code},R-2,3,\n")
    assert "bed 2 -> 3; vaccination none -> -" in table.stdout
    assert "R-1" in table.stdout
    left = take(residents=f"facility,resident,left_on\n{code},R-1,2026-01-05\n{code},R-2,\n")
    assert left.exit_code == 0
    assert [
        one for one in lines(take("--json", residents=f"{head}{code},R-2,3,none\n")) if one["what"] == "absent"
    ] == []


def test_a_workbook_with_codes_as_numbers_is_taken(
    take: Import, database: str, tmp_path: Path, new_code: Callable[[], str]
) -> None:
    book = openpyxl.Workbook()
    number = 900_000 + int(new_code()[2:])
    for row in (
        ["机构编号", "机构名称", "区划代码", "统一社会信用代码"],
        [number, "康宁", 110103, "91350100M000100Y43"],
    ):
        book.active.append(row)
    book.save(tmp_path / "养老机构.xlsx")
    assert take().exit_code == 0
    (tmp_path / "养老机构.xlsx").unlink()
    found = query(
        database,
        "select p.region, p.credit_code from facility_profiles p join facilities f on f.id = p.facility_id "
        "where f.code = %s",
        str(number),
    )
    assert found == [("110103", "91350100M000100Y43")]  # a district that is no more keeps its records


def test_an_empty_folder_and_a_recipients_file_with_a_wrong_row_change_nothing(take: Import, database: str) -> None:
    nothing = take()
    assert (nothing.exit_code, "no file of the registry" in nothing.stderr) == (1, True)
    head = "region,facility,channel,address,severity\n"
    assert take(recipients=f"{head}51,,email,a@example.org,P1\n").exit_code == 0
    wrong = take(recipients=f"{head}51,,fax,b,P1\n51,,email,c@example.org,P1\n")
    assert wrong.exit_code == 1
    assert "nothing of it is taken" in wrong.stderr
    assert query(database, "select address from recipients") == [("a@example.org",)]
    shown = take("--dry-run", recipients=f"{head}51,,email,c@example.org,P1\n")
    assert "email a@example.org 51" in shown.stdout
    assert query(database, "select address from recipients") == [("a@example.org",)]


# ------------------------------------------------------------ tiers


async def take_in(connection: Connection, now: Millis, *rows: Resident) -> list[registration.Difference]:
    async with transaction(connection):
        given = frozenset(Resident.__struct_fields__)
        return await registration.take_in(connection, "residents", rows, given, now, tables_of)


async def test_a_tier_follows_new_facts_with_its_reason_and_is_used_from_then_on(
    connection: Connection, new_code: Callable[[], str]
) -> None:
    code = new_code()
    facts: dict[str, Any] = {"birth_year": 1960, "conditions": 2, "conditions_stable": True}
    (first,) = await take_in(connection, T0, Resident(code, "R-1", **facts, vaccination="none"))
    (later,) = await take_in(connection, T0 + DAY, Resident(code, "R-1", **facts, vaccination="full"))
    assert first.tier is not None
    assert later.tier is not None
    assert (first.tier.tier, later.tier.tier, later.tier.cause) == ("yellow", "green", tiers.Cause.VACCINATED)
    facility = await registry.find_facility(connection, code)
    assert facility is not None
    ((_, course),) = (await tiers.courses(connection, facility.id)).items()
    assert [(entry.since, entry.tier) for entry in course[:2]] == [(T0, "yellow"), (T0 + DAY, "green")]
    assert [entry.tier for entry in course[2:]] == ["yellow"], "the turn of a year, by the newest facts only"
    ((_, known),) = (await profiles.profiles_of(connection, facility.id)).residents.items()
    assert [(one.valid_from, one.tier) for one in known[:2]] == [(0, "yellow"), (T0 + DAY, "green")]
    assert len({one.tier for one in known[2:]}) == 1


async def test_another_table_gives_other_tiers_from_then_on(
    connection: Connection, new_code: Callable[[], str]
) -> None:
    code = new_code()
    await take_in(connection, T0, Resident(code, "R-1", birth_year=1960, conditions=0, vaccination="full"))  # type: ignore[arg-type]

    async def cautious(connection: Connection, region: str | None) -> assigning.TableAt:
        table = (await tables_of(connection, region))(T0)
        assert table is not None
        return lambda at: registration.structs.replace(table, line=(), yellow_from=0)

    for expected in (1, 0):
        async with transaction(connection):
            assert await assigning.assign_again(connection, [code], T0 + DAY, cautious) == expected
    facility = await registry.find_facility(connection, code)
    assert facility is not None
    assert facility.refold_from is not None
    ((_, course),) = (await tiers.courses(connection, facility.id)).items()
    assert [(one.since, one.tier, one.cause) for one in course[:2]] == [
        (T0, "green", tiers.Cause.FIRST),
        (T0 + DAY, "yellow", tiers.Cause.RECLASSIFIED),
    ]


# ------------------------------------------------------------ moves


async def test_a_move_opens_a_stay_that_reads_the_days_of_the_old_one_and_ends_it(
    connection: Connection, new_code: Callable[[], str]
) -> None:
    old, new, third = new_code(), new_code(), new_code()
    moved = T0 + 20 * DAY
    await take_in(connection, T0, Resident(old, "R-1"))
    refused, done = await take_in(
        connection,
        moved,
        Resident(new, "R-8", from_facility=old, from_resident="R-9"),
        Resident(new, "R-7", from_facility=old, from_resident="R-1"),
    )
    assert (refused.kind, done.moved_from) == ("refused", (old, "R-1"))
    await take_in(connection, moved + 5 * DAY, Resident(third, "R-7", from_facility=new))
    await take_in(connection, moved + 6 * DAY, Resident(third, "R-7", bed="1", from_facility=new))  # told again
    ids = {}
    for code in (old, new, third):
        facility = await registry.find_facility(connection, code)
        assert facility is not None
        ((ids[code], known),) = (await profiles.profiles_of(connection, facility.id)).residents.items()
        assert (known[-1].checks_until is None) == (code == third), "the old stays are over"
    calendar = known[-1]
    day = calendar.day_of(moved)
    for code, days_of_stay in ((old, range(day - 3, day + 2)), (new, range(day - 1, day + 9))):
        for one in days_of_stay:
            await connection.execute(
                "insert into resident_days (resident_id, day, readings, spo2_median, presence, presence_at, first_at, "
                "last_at) values (%s, %s, 1, %s, 6, now(), now(), now())",
                [ids[code], one, 900 if code == old else 950],
            )
    found = await moves.earlier_days(connection, ids.values(), calendar)
    assert old not in found
    assert {one - day: summary.spo2_median for one, summary in sorted(found[ids[third]].items())} == {
        -3: 900,
        -2: 900,
        **dict.fromkeys(range(-1, 5), 950),
    }, "each stay until the move out of it, the later one first"
    assert all(summary.presence is None for summary in found[ids[third]].values())


async def test_a_newcomer_has_the_baseline_of_the_old_home_also_of_days_not_yet_summed_up(
    connection: Connection, new_code: Callable[[], str]
) -> None:
    old, new = new_code(), new_code()
    today = Profile().midnight(Profile().day_of(now()))
    await take_in(connection, today - 40 * DAY, Resident(old, "R-1"))
    async with transaction(connection):
        home = (await registry.lock_facilities(connection, [old]))[old]
        ids = await registry.resident_ids(connection, [(old, "R-1")], {old: home.id})
        ill = [Reading(today - day * DAY, f"{day:032x}", 900 + day, on_oxygen=False) for day in range(9, 20)]
        rows = [row_of(one, old, "R-1") for one in ill]
        await observations.add(connection, rows, {old: home.id}, ids)
        await days.mark_dirty(connection, [(home.id, Profile().day_of(one.at)) for one in ill])
        await days.recompute(connection, home.id, [Profile().day_of(ill[0].at)], Profile())  # one of them is summed up
    await take_in(connection, now(), Resident(new, "R-1", from_facility=old))
    async with transaction(connection):
        facility = (await registry.lock_facilities(connection, [new]))[new]
        loaded = await Archive(connection).load(facility)
        (person,) = (one for one in loaded.people.values() if one.kind == "resident")
    person.subject.view.pass_time(now())
    assert person.subject.view.baseline()[0] == 914, "the median of the days"
    assert today < loaded.good_until <= today + DAY, "late checks of the old home may move it until then"


async def test_an_unknown_resident_is_claimed_by_the_next_import(
    connection: Connection, known: Any, new_code: Callable[[], str]
) -> None:
    code = new_code()
    await known(code, "R-1")
    (claimed,) = await take_in(connection, T0, Resident(code, "R-1", birth_year=1938))
    assert claimed.kind == "claimed"


def test_imports_at_the_same_time_do_not_disturb_each_other(database: str, new_code: Callable[[], str]) -> None:
    code = new_code()

    async def both() -> list[list[registration.Difference]]:
        first, second = await connect(database, "one"), await connect(database, "two")
        try:
            return await asyncio.gather(
                take_in(first, T0, Resident(code, "R-1")), take_in(second, T0 + 1, Resident(code, "R-1"))
            )
        finally:
            await first.close()
            await second.close()

    kinds = sorted(one.kind for found in asyncio.run(both()) for one in found)
    assert kinds == ["new", "unchanged"]


# ------------------------------------------------------------ who lives where, and what is to be done


async def test_the_roll_is_in_the_order_of_the_round_and_tasks_say_what_is_missing(
    take_in_county: str, connection: Connection, known: Any
) -> None:
    code = take_in_county
    await known(code, "R-9")
    facility = await registry.find_facility(connection, code)
    assert facility is not None
    place = "insert into residents (facility_id, kind, code, provisional) values (%s, 'unit', 'A', false)"
    await connection.execute(place, [facility.id])  # a place is a subject, and nobody who lives there
    found = await roll.residents(connection, facility.id, now())
    assert [(one.code, one.tier, one.responsible, one.provisional) for one in found] == [
        ("R-2", "red", "王芳", False),  # the bed that the round comes to first
        ("R-1", "red", None, False),
        ("R-3", None, None, False),
        ("R-9", None, None, True),
    ]
    assert found[0].tier_zh == "重点(红)：80岁及以上，基础疾病稳定，未接种（分级表）"
    tasks = await roll.tasks(connection, now(), code, 100)
    assert [(one.task, one.resident) for one in tasks] == [
        ("resident_not_registered", "R-9"),
        ("tier_missing", "R-3"),
    ]
    assert "vaccination" in tasks[1].en
    before = await roll.completeness(connection)
    async with transaction(connection):
        await recipients.replace(connection, [Recipient("email", "a@example.org", "P2", "51"), Recipient("email", "b")])
    counts = await roll.completeness(connection)
    assert (before.without_hospital, counts.without_recipients) == (counts.without_hospital, 0)
    assert counts.with_birth_year >= 3
    assert counts.unregistered_residents >= 1


@pytest.fixture
def take_in_county(take: Import, database: str, new_code: Callable[[], str]) -> str:
    """A home with a unit, somebody responsible, and three residents of whom one is hardly known."""
    code = new_code()
    took = take(
        facilities=f"facility,region\n{code},510107\n",
        units=f"facility,unit,beds\n{code},A,3;1;2\n",
        staff=f"facility,staff,name\n{code},S-1,王芳\n",
        residents="facility,resident,unit,bed,birth_year,conditions,conditions_stable,vaccination,responsible\n"
        f"{code},R-1,A,1,1938,none,,none,\n{code},R-2,A,3,1938,stroke,yes,none,S-1\n{code},R-3,A,2,1950,stroke,yes,,\n"
        f"{code},R-4,A,9,1950,none,,full,\n",
    )
    assert took.exit_code == 0, took.stderr
    assert take(residents=f"facility,resident,left_on\n{code},R-4,2026-01-05\n").exit_code == 0
    return code


def test_commands_list_tasks_and_compute_tiers_anew(take_in_county: str, database: str) -> None:
    options = ["--database-url", database]
    result = CliRunner().invoke(registry_group, ["tasks", *options, "--facility", take_in_county])
    assert result.stdout.startswith(f"tier missing {take_in_county} R-3 since ")
    as_json = CliRunner().invoke(registry_group, ["tasks", *options, "--json", "--limit", "1"])
    assert json.loads(as_json.stdout)["task"] in ("tier_missing", "resident_not_registered", "facility_not_registered")
    computed = CliRunner().invoke(registry_group, ["tiers", *options], catch_exceptions=False)
    assert computed.stderr.endswith(" 0 tiers with another one or another reason\n")


def test_a_simulated_county_is_complete_and_says_so(database: str, tmp_path: Path) -> None:
    homes = county(seed=3, facilities=2)
    write_registry(homes, tmp_path, [("webhook", "http://127.0.0.1:1/")])
    for line in lines(
        CliRunner().invoke(registry_group, ["import", "--json", "--database-url", database, str(tmp_path)])
    ):
        assert line["what"] != "problem", line
        if line["what"] == "difference" and line["table"] == "residents":
            assert line["tier"]["zh"]
    found = query(
        database,
        "select t.tier, count(*) from resident_tiers t join residents r on r.id = t.resident_id "
        "join facilities f on f.id = r.facility_id where f.code like 'SIM-%%' and t.since <= now() group by 1",
    )
    assert {tier for tier, _ in found} == {"green", "red", "yellow", None}


def now() -> Millis:
    return round(time.time() * 1_000)
