"""Counties and cities on a real database: the same findings in whatever order reports arrive, told to their desk."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner

from alerts.router import route_due
from dashboards.console.regions import region_values
from detectors.times import DAY, HOUR, MINUTE, Millis, to_text
from ingest.partitions import partition_of
from ingest.registry.rows import Facility
from sizao.audit import audit
from sizao.migrate import prepare
from sizao.ranking import ranking
from store.connection import connect, transaction
from store.registration import take_in
from streams.catalogue import national, national_text
from streams.county_audit import AuditedCounty, audit_city, audit_county
from streams.messages import Message
from tests.integration.path.test_rules_command import WHO, Command
from tests.integration.path.test_worker import Story

COUNTY, CITY = "510107", "510100"
HOMES = {f"F-{number:03d}": COUNTY for number in range(6)} | {"F-100": "510104", "F-200": "441900", "F-300": "429004"}
FINDINGS = """
select r.code, e.condition, e.opened_at, e.ended_at, e.content from episodes e join residents r on r.id = e.resident_id
where r.kind = 'region' and e.withdrawn_at is null order by 1, 2, 3
"""


class Region(Story):
    """Homes in several counties, and weeks of check-ins that end yesterday."""

    def __init__(self, database: str) -> None:
        super().__init__(database)
        self.rng = random.Random(5)
        real = round(time.time() * 1_000)
        self.midnight = (real + 8 * HOUR) // DAY * DAY - 8 * HOUR  # of today, in Beijing
        self.now = self.midnight + 12 * HOUR  # so that an hour later is the same day, whenever the test runs

    async def registers(self) -> None:
        await self.knows([Facility(code, region=region) for code, region in HOMES.items()], self.now)

    async def knows(self, facilities: list[Facility], at: Millis) -> None:
        connection = await connect(self.database, "test")
        try:
            async with transaction(connection):
                await take_in(connection, "facilities", facilities, frozenset({"region"}), at)
        finally:
            await connection.close()

    def of(self, facility: str, *events: dict[str, Any], topic: str = "check-ins.v1") -> Message:
        place = partition_of(facility, 24)
        offset = self.offsets.get(f"{topic}{place}", 0)
        self.offsets[f"{topic}{place}"] = offset + 1
        return Message(topic, place, offset, facility, json.dumps(events).encode(), self.now + 3 * HOUR)

    def check(self, facility: str, day: int, resident: str, *symptoms: str, late: Millis = MINUTE) -> dict[str, Any]:
        """A check-in `day` days before today, at nine."""
        at = self.midnight - day * DAY + 9 * HOUR
        return {
            "type": "check_in",
            "facility": facility,
            "resident": resident,
            "event_id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "observed_at": to_text(at),
            "received_at": to_text(at + late),
            "presence": "in",
            "symptoms": list(symptoms),
        }

    def weeks(self, days: int = 50) -> list[dict[str, Any]]:
        """Everybody is checked every day, and in each home somebody falls ill now and then."""
        return [
            self.check(home, day, f"R-{day % 10}", *(("cough",) if (day + int(home[2:])) % 11 == 0 else ()))
            for home in HOMES
            for day in range(1, days)
        ]

    def wave(self, day: int, number: int, among: int = 6) -> list[dict[str, Any]]:
        """So many fall ill on one day, in some homes of the county by turns."""
        homes = [code for code, region in HOMES.items() if region == COUNTY][:among]
        return [self.check(homes[n % len(homes)], day, f"W-{day}-{n}", "fever", "cough") for n in range(number)]

    async def counted_again(self, county: str) -> AuditedCounty:
        """Compared with what raw rows come to; it was not left out."""
        connection = await connect(self.database, "test")
        try:
            found = await audit_county(connection, county)
        finally:
            await connection.close()
        assert found.waiting is None, found.waiting
        return found

    async def city_again(self) -> tuple[int, list[str]]:
        """(findings, differences) of the city, judged again by what is stored of its counties."""
        connection = await connect(self.database, "test")
        try:
            found = await audit_city(connection, CITY)
        finally:
            await connection.close()
        assert found.waiting is None, found.waiting
        return found.episodes, [one.what for one in found.differences]

    def correction(self, of: dict[str, Any]) -> dict[str, Any]:
        """It was entered in error."""
        return {
            "type": "correction",
            "facility": of["facility"],
            "resident": of["resident"],
            "event_id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "observed_at": to_text(self.now),
            "received_at": to_text(self.now),
            "corrects": {"event_id": of["event_id"], "observed_at": of["observed_at"]},
            "action": "entered_in_error",
        }

    async def takes_all(self, events: list[dict[str, Any]]) -> None:
        by_home: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            by_home.setdefault(event["facility"], []).append(event)
        for home, mine in by_home.items():
            await self.takes(*(self.of(home, *mine[start : start + 50]) for start in range(0, len(mine), 50)))


@pytest.fixture
async def region(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Region]:
    monkeypatch.setattr("streams.excess.TURN_SECONDS", 0)
    monkeypatch.setattr("streams.excess.AT_ONCE_SECONDS", 60)
    made = Region(database)
    await made.registers()
    await made.starts()
    yield made
    await made.ends()


async def test_a_county_far_above_its_weeks_is_told_its_desk_and_a_late_correction_takes_it_back(
    region: Region,
) -> None:
    await region.takes_all(region.weeks())
    wave = region.wave(1, 24)
    await region.takes_all(wave)
    await region.time_passes(60)
    told = region.rows(
        "select r.kind, r.code, t.kind, t.rule, t.reason_zh, f.region from transitions t "
        "join residents r on r.id = t.resident_id join facilities f on f.id = t.facility_id where t.kind = 'opened' "
        "and r.kind = 'region' order by 2"
    )
    assert [one[:3] for one in told] == [("region", CITY, "opened"), ("region", COUNTY, "opened")]
    assert {one[5] for one in told} == {CITY, COUNTY}
    assert "新增24例" in told[1][4]
    assert "F-000(4)" in told[1][4]
    with psycopg.connect(region.database, autocommit=True) as connection:
        connection.execute(
            "insert into recipients (region_prefix, channel, address, severity) "
            "values ('510107', 'email', 'county@x', 2), ('5101', 'email', 'city@x', 2), ('4419', 'email', 'other@x', 2)"
        )
    connection_ = await connect(region.database, "test")
    try:
        async with transaction(connection_):
            while await route_due(connection_, region.midnight + DAY + 12 * HOUR):
                pass  # homes have alerts of their own, and a pass takes so many
    finally:
        await connection_.close()
    addresses = region.rows(
        "select distinct r.code, d.address from deliveries d join alerts a on a.id = d.alert_id "
        "join residents r on r.id = a.resident_id where r.kind = 'region' and d.status = 'due' order by 1, 2"
    )
    assert addresses == [(CITY, "city@x"), (COUNTY, "city@x"), (COUNTY, "county@x")]
    await region.takes_all([region.correction(one) for one in wave])
    await region.time_passes(90)
    assert region.rows(
        "select r.code, t.kind from transitions t join residents r on r.id = t.resident_id where r.kind = 'region' "
        "order by t.id"
    ) == [(COUNTY, "opened"), (CITY, "opened"), (COUNTY, "withdrawn"), (CITY, "withdrawn")]
    assert region.rows(FINDINGS) == []
    assert region.rows(
        "select count(*) from alerts a join residents r on r.id = a.resident_id "
        "where r.kind = 'region' and closed_at is null"
    ) == [(0,)]


async def test_what_is_not_as_counted_again_is_named(region: Region) -> None:
    await region.takes_all([*region.weeks(), *region.wave(1, 40, among=4)])
    await region.time_passes(60)
    found = await region.counted_again(COUNTY)
    assert (found.facilities, found.episodes, found.differences) == (6, 5, [])
    assert await region.city_again() == (1, [])
    with psycopg.connect(region.database, autocommit=True) as connection:
        connection.execute("update region_days set cases = 1 where region = '510107' and cases > 30")
        connection.execute(
            "update episodes set withdrawn_at = now() where condition = 'case_excess' and facility_id = 1"
        )
    told = [f"{one.facility} {one.what.split(' from ')[0]}" for one in (await region.counted_again(COUNTY)).differences]
    assert [one.partition(": ")[0] for one in told[1:]] == ["F-000 missing"]
    assert told[0].startswith("510107 day ")
    command = ("--database-url", region.database, "--sample", "9")
    done = await asyncio.to_thread(CliRunner().invoke, audit, [*command])
    assert done.exit_code == 1
    assert "6 counties and cities: 3 differences" in done.stderr
    await region.takes_all([region.check("F-001", 3, "N-1", "cough")])
    assert "510107: not compared, it waits" in (await asyncio.to_thread(CliRunner().invoke, audit, [*command])).stderr


async def test_in_a_wave_the_county_has_one_ranking_and_no_home_an_alarm(region: Region) -> None:
    await region.takes_all([*region.weeks(), *region.wave(2, 18), *region.wave(1, 30)])
    more = [region.check("F-003", 1, f"X-{n}", "fever") for n in range(9)]
    await region.takes_all(more)
    await region.time_passes(60)
    found = region.rows(
        "select r.kind, r.code, a.reason_en from alerts a join residents r on r.id = a.resident_id "
        "where a.condition = 'case_excess'"
    )
    assert [one[:2] for one in found] == [("region", COUNTY)]
    assert "6 of 6 homes have more cases than usual" in found[0][2]
    assert "(week before -> last week): F-003(1 -> 17)" in found[0][2]
    command = ("--database-url", region.database, "--region", "5101")
    done = await asyncio.to_thread(CliRunner().invoke, ranking, [*command, "--json"])
    shown = {one["region"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert shown[COUNTY]["is_wave"]
    assert not shown["510104"]["is_wave"]
    assert [home["place"] for home in shown[COUNTY]["homes"]] == [1, 2, 3, 4, 5, 6]
    first = shown[COUNTY]["homes"][0]
    assert (first["weeks"]["home"], first["weeks"]["recent"], first["open"]) == ("F-003", 17, ["cluster"])
    assert first["rise"] > shown[COUNTY]["homes"][1]["rise"]
    text = await asyncio.to_thread(CliRunner().invoke, ranking, [*command])
    assert "6 of 6 homes in outbreak, a wave" in text.stdout
    connection = await connect(region.database, "test")
    try:
        blocks = (await region_values(connection, CITY, 0))["blocks"]
    finally:
        await connection.close()
    assert [(block.ranking.region, block.ranking.is_wave) for block in blocks] == [(COUNTY, True), ("510104", False)]
    assert [place for place, _ in blocks[0].homes] == [1, 2, 3, 4, 5, 6]
    assert blocks[0].days[0][1].cases == 39
    await region.takes_all([region.correction(one) for one in more])
    await region.time_passes(90)
    courses = region.rows("select kind from transitions where condition = 'case_excess' order by id")
    assert courses == [("opened",), ("revised",)], "who rises fastest has changed, and that is said"


async def test_a_region_is_no_facility(region: Region) -> None:
    await region.takes_all([*region.weeks(), *region.wave(1, 24)])
    await region.time_passes(60)
    assert region.rows("select count(*) from facilities where region is not null") == [(2,)]
    await region.time_passes(120)
    assert region.rows("select partition, due_at from facilities where region is not null") == [(None, None)] * 2
    assert region.rows("select code from facilities where region = '510107'") == [("四川省成都市武侯区 510107",)]


@pytest.mark.parametrize("seed", range(4))
async def test_in_any_order_and_any_split_the_regions_have_the_same_findings(region: Region, seed: int) -> None:
    rng = random.Random(seed)
    events = region.weeks()
    for day, number in ((12, 22), (11, 8), (9, 3), (3, 26), (2, 9)):
        events += region.wave(day, number)
    events += [region.check("F-200", 5, f"D-{n}", "vomiting") for n in range(16)]
    rng.shuffle(events)
    while events:
        size = rng.choice((5, 40, 200))
        batch, events = events[:size], events[size:]
        await region.takes_all(batch)
        if rng.random() < 0.4:
            await region.time_passes(60)
        if rng.random() < 0.1:
            await region.ends()
            await region.starts()
    await region.time_passes(60)
    for county in (COUNTY, "510104", "441900", "429004"):
        assert (await region.counted_again(county)).differences == []
    found = region.rows(FINDINGS)
    assert {code for code, *_ in found} == {COUNTY, CITY, "441900"}
    of_county = [condition for code, condition, *_ in found if code == COUNTY]
    assert of_county == ["case_excess", "region_excess", "region_excess"], (
        "a wave of its homes, and twice more than usual"
    )
    assert found == _first.setdefault(region.midnight, found)


_first: dict[Millis, list[tuple[Any, ...]]] = {}
"""What the first order of these events ended in."""


async def test_a_county_that_went_on_under_another_code_is_counted_there_and_its_finding_ends(region: Region) -> None:
    await region.knows([Facility(code, region="371202") for code in HOMES if HOMES[code] == COUNTY], region.now + 1)
    await region.takes_all([*region.weeks(), *region.wave(1, 24)])
    await region.time_passes(60)
    assert {code for code, *_ in region.rows(FINDINGS)} == {"370116", "370100"}
    await region.knows([Facility(code, region=COUNTY) for code in HOMES if HOMES[code] == COUNTY], region.now + 2)
    await region.time_passes(90)
    ended = region.rows(
        "select r.code, t.kind, t.reason_en from transitions t join residents r on r.id = t.resident_id "
        "where r.kind = 'region' and r.code like '37%' and t.kind <> 'opened' order by 1"
    )
    assert [(code, kind) for code, kind, _ in ended] == [("370100", "lapsed"), ("370116", "lapsed")]
    assert all("no longer in force" in reason for *_, reason in ended)
    assert {code for code, *_ in region.rows(FINDINGS)} == {"370100", "370116", COUNTY, CITY}


async def test_what_began_stays_as_it_began_when_it_can_be_judged_anew_no_more(region: Region) -> None:
    await region.takes_all([*region.weeks(), *region.wave(1, 48, among=3)])
    for day in range(20):
        await region.time_passes(60 + day * 1_440)
    today = (region.midnight + 8 * HOUR) // DAY
    assert region.rows("select distinct judged_until from case_regions where region <> ''") == [(today + 18,)]
    courses = region.rows(
        "select distinct t.kind, t.condition from transitions t join residents r on r.id = t.resident_id "
        "where t.condition in ('region_excess', 'case_excess') order by 1, 2"
    )
    assert courses == [("opened", "case_excess"), ("opened", "region_excess")]


async def test_a_new_rule_set_judges_no_day_that_was_over_and_a_rule_that_is_gone_ends_what_stands(
    region: Region, tmp_path: Path
) -> None:
    await asyncio.to_thread(prepare, region.database)
    await region.takes_all([*region.weeks(), *region.wave(1, 40, among=4)])
    await region.time_passes(60)
    rules = Command(region.database, tmp_path)
    text = national_text().replace(f'version = "{national().version}"', 'version = "off"')
    begin, end = text.index('[[rule]]\nid = "D30"'), text.index('[[rule]]\nid = "D32"')
    file = rules.file("off.toml", text[:begin] + text[end:])
    put = await asyncio.to_thread(rules, "activate", file, *WHO, "--yes")
    assert put.exit_code == 0, put.output
    await region.takes_all([region.check("F-005", 3, "N-1", "cough")])
    await region.time_passes(90)
    course = "select kind, count(*)::int from transitions where condition = 'case_excess' group by 1 order by 1"
    assert region.rows(course) == [("opened", 4)], "days that were over are judged as they were"
    await region.time_passes(60 + 2 * 1_440)
    assert region.rows(course) == [("lapsed", 4), ("opened", 4)]
