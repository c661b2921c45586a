"""Who holds what, in which order, and what is known of whom since when."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from detectors.times import DAY, HOUR, MINUTE
from ingest.registry.reading import read_facilities, read_recipients, read_residents
from ingest.registry.rows import Facility, Resident
from store import errors, profiles, recipients, registration, registry, spool, tokens
from store.connection import Connection, open_pool, reading, transaction
from store.ledger import Entry, Ledger
from tests.integration.store.making import T0

LEDGER = Ledger("cluster", "sizao")


async def test_a_partition_is_moved_by_one_transaction_at_a_time(connection: Connection, other: Connection) -> None:
    async with transaction(connection):
        claimed = await LEDGER.claim(connection, {("readings.v1", 3): 10, ("backlog.v1", 3): 0})
        assert claimed["readings.v1", 3] == Entry(10, None)
    await other.execute("set lock_timeout = '100ms'")
    async with transaction(connection):
        await LEDGER.lock(connection, [3])
        with pytest.raises(errors.Unavailable):
            async with transaction(other):
                await LEDGER.lock(other, [3])
        await LEDGER.move(connection, {("readings.v1", 3): 25})
        await LEDGER.see(connection, {("readings.v1", 3): T0})
        await LEDGER.see(connection, {("readings.v1", 3): T0 - DAY})
    async with transaction(other):
        again = await LEDGER.claim(other, {("readings.v1", 3): 99})
    assert again == {("backlog.v1", 3): Entry(0, None), ("readings.v1", 3): Entry(25, T0)}
    assert await Ledger("another cluster", "sizao").read(other) == {}


async def test_workers_that_meet_at_new_facilities_never_wait_in_a_circle(
    connection: Connection, other: Connection, new_code: Any
) -> None:
    codes = [new_code() for _ in range(40)]

    async def work(mine: Connection, order: list[str]) -> None:
        for step in range(20):
            async with transaction(mine):
                locked = await registry.lock_facilities(mine, order[: step + 10])
                ids = {code: facility.id for code, facility in locked.items()}
                await registry.resident_ids(mine, [(code, f"R-{step // 2}") for code in ids], ids)

    await asyncio.gather(work(connection, codes), work(other, codes[::-1]))
    async with transaction(connection):
        locked = await registry.lock_facilities(connection, codes)
    assert list(locked) == sorted(codes)
    both = [facility.version for facility in locked.values()]
    assert sum(both) == 2 * sum(range(10, 30)) + 40
    assert len(await registry.residents_of(connection, locked[codes[0]].id)) == 10


async def test_a_version_grows_by_one_with_every_lock(connection: Connection, new_code: Any) -> None:
    code = new_code()
    versions = []
    for _ in range(3):
        async with transaction(connection):
            versions.append((await registry.lock_facilities(connection, [code, code]))[code].version)
    assert versions == [1, 2, 3]


EVERY_HOME = frozenset(Facility.__struct_fields__)
EVERY_PERSON = frozenset(Resident.__struct_fields__)
FACILITIES = """\ufefffacility,name,region,zone,altitude_m,rural,temperature_site,cutoffs,phones,mode,drill
{code},玉树福利院,632701,Asia/Urumqi,3900,yes,ear,09:30;17:00,0976-1,封闭管理,no
"""
RESIDENTS = """facility,resident,unit,bed,birth_year,tier,spo2_scale,usual_spo2,usual_pulse,usual_temperature,valid_from
{code},R-1,3F,12,1938,red,2,88.5,70,36.2,
{code},R-2,,,,,,,,,
"""


async def test_the_same_files_twice_change_nothing(connection: Connection, new_code: Any, tmp_path: Path) -> None:
    code = new_code()
    async with transaction(connection):
        before = (await registry.lock_facilities(connection, [code]))[code]
        await registry.resident_ids(connection, [(code, "R-1"), (code, "R-9")], {code: before.id})
        await registry.seen(connection, {before.id: T0 - DAY})
    (tmp_path / "f.csv").write_text(FACILITIES.format(code=code))
    (tmp_path / "r.csv").write_text(RESIDENTS.format(code=code))
    homes, problems = read_facilities(tmp_path / "f.csv")
    people, more = read_residents(tmp_path / "r.csv")
    assert (problems, more) == ([], [])
    said = []
    for now in (T0, T0 + HOUR):
        async with transaction(connection):
            said += await registration.take_in(connection, "facilities", homes, EVERY_HOME, now)
            said += await registration.take_in(connection, "residents", people, EVERY_PERSON, now)
    assert [one.kind for one in said] == ["claimed", "claimed", "new", *["unchanged"] * 3]
    after = await registry.find_facility(connection, code)
    assert after is not None
    assert after.version == before.version + 2, "nothing new disturbs nobody"
    found = await profiles.profiles_of(connection, before.id)
    assert (found.region, found.default[0].zone, found.default[0].cutoffs) == ("632701", "Asia/Urumqi", (570, 1020))
    listed = await registry.residents_of(connection, before.id)
    assert [(one.code, one.provisional) for one in listed] == [("R-1", False), ("R-2", False), ("R-9", True)]
    ((only,),) = [found.of(one.id) for one in listed if one.code == "R-1"]
    assert (only.spo2_scale, only.usual_spo2_tenths, only.altitude_m, only.mode) == (2, 885, 3900, "封闭管理")
    facility = await registry.find_facility(connection, code)
    assert facility is not None
    assert (facility.provisional, facility.refold_from) == (False, T0 - DAY)  # judged again from its first check


def test_a_profile_counts_from_when_it_was_recorded_unless_it_is_the_first() -> None:
    def facts(usual: int) -> profiles.ResidentFacts:
        return profiles.ResidentFacts(None, None, None, None, 1, usual, None, None)

    rows = [
        (T0 - DAY, T0, facts(1)),
        (T0 - HOUR, T0, facts(2)),  # recorded together with the first
        (T0 - DAY, T0 + HOUR, facts(3)),  # too late to change what was judged
        (T0 + DAY, T0 + 2 * HOUR, facts(4)),  # announced
        (T0, T0 + HOUR, facts(5)),  # the same moment, recorded with 3: the later beginning wins
    ]
    counting = profiles.in_force(rows)
    assert counting == [(T0 - DAY, facts(1)), (T0 - HOUR, facts(2)), (T0 + HOUR, facts(5)), (T0 + DAY, facts(4))]
    merged = profiles.merged([], counting)
    assert [(one.valid_from, one.usual_spo2_tenths) for one in merged] == [
        (0, 1),
        (T0 - HOUR, 2),
        (T0 + HOUR, 5),
        (T0 + DAY, 4),
    ]


async def test_a_later_profile_is_judged_from_when_it_counts(
    connection: Connection, new_code: Any, tmp_path: Path
) -> None:
    code, file = new_code(), tmp_path / "r.csv"
    for now, usual in ((T0, 95), (T0 + HOUR, 93)):
        file.write_text(f"facility,resident,usual_spo2\n{code},R-1,{usual}\n")
        async with transaction(connection):
            facility = (await registry.lock_facilities(connection, [code]))[code]
            await registry.seen(connection, {facility.id: T0 - DAY})
            await connection.execute("update facilities set refold_from = null where id = %s", [facility.id])
            rows, _ = read_residents(file)
            await registration.take_in(connection, "residents", rows, frozenset({"usual_spo2_tenths"}), now)
    found = await registry.find_facility(connection, code)
    assert found is not None
    assert found.refold_from == T0 + HOUR
    (course,) = (await profiles.profiles_of(connection, found.id)).residents.values()
    assert [(one.valid_from, one.usual_spo2_tenths) for one in course] == [(0, 950), (T0 + HOUR, 930)]


async def test_a_token_opens_until_it_is_revoked_and_only_its_hash_is_kept(
    connection: Connection, known: Any, new_code: Any
) -> None:
    code = new_code()
    facility_id = (await known(code)).facilities[code]
    number, secret = await tokens.create(connection, facility_id, "tablet", device="OX-1")
    assert await tokens.find(connection, secret) == tokens.Sender(number, facility_id, code, "OX-1")
    assert await tokens.find(connection, secret + "x") is None
    assert await tokens.find(connection, "\ud800") is None
    kept = await (await connection.execute("select row_to_json(t)::text from tokens t")).fetchall()
    assert all(secret not in row[0] for row in kept)
    assert await tokens.revoke(connection, number)
    assert not await tokens.revoke(connection, number)
    assert await tokens.find(connection, secret) is None


async def test_recipients_are_exactly_those_of_the_file(connection: Connection, new_code: Any, tmp_path: Path) -> None:
    file, code = tmp_path / "recipients.csv", new_code()
    for lines in (["6327,,email,a@example.org,P1", f",{code},webhook,http://b,P2"], [",,email,a@example.org,C"]):
        file.write_text("\n".join(["region prefix,facility,channel,address,severity", *lines]))
        rows, problems = read_recipients(file)
        assert problems == []
        async with transaction(connection):
            await recipients.replace(connection, rows)
            await recipients.replace(connection, rows)
        told = [(one.region_prefix, one.address, one.severity) for one in await recipients.read(connection)]
        assert len(told) == len(lines)
    assert told == [(None, "a@example.org", 4)]


async def test_an_accepted_message_waits_until_it_is_stored(connection: Connection, database: str) -> None:
    messages = [("readings.v1", f"F-{number}", bytes([0, number])) for number in range(5)]
    async with transaction(connection):
        seqs = await spool.add(connection, messages)
    assert seqs == sorted(seqs)
    await spool.mark_published(connection, seqs[:2], "emb-1")
    pool = await open_pool(database, "reader")
    async with reading(pool) as reader:
        unpublished = await spool.unpublished(reader, "emb-1")
        assert [(one.seq, one.topic, one.key, one.value) for one in unpublished] == [
            (seq, *message) for seq, message in zip(seqs[2:], messages[2:], strict=True)
        ]
        assert len(await spool.unpublished(reader, "emb-2")) == 5  # a new broker has nothing
        assert await spool.older_than(reader, 10 * MINUTE) == []
    await pool.close()
    await spool.remove(connection, seqs)
    assert await spool.waiting(connection) == (0, None)
