"""Rows in, elements out: nothing lost, nothing doubled, whatever the order."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest
from msgspec import structs

from detectors.observations import CheckIn, Doubt, Element, Reading, TestResult
from detectors.times import DAY, HOUR
from store import errors, fates, observations
from store.connection import Connection, connect, transaction
from store.observations import Duplicate, Touched
from store.rows import EventType, Fate, ObservationRow
from tests.integration.store.making import T0, any_element, moment, row_of, uuid_of

ALWAYS = (0, T0 + 100 * DAY)


async def stored(connection: Connection, rows: list[ObservationRow], ids: Any) -> tuple[list[Duplicate], list[Touched]]:
    async with transaction(connection):
        duplicates = await observations.add(connection, rows, ids.facilities, ids.residents)
        return duplicates, await observations.settle(connection, duplicates, ids.facilities, ids.residents)


async def life(connection: Connection, ids: Any) -> list[Element]:
    (facility_id,), (resident_id, *_) = ids.facilities.values(), ids.residents.values()
    return (await observations.window(connection, facility_id, [resident_id], *ALWAYS))[resident_id]


async def test_what_goes_in_comes_out_in_order(connection: Connection, known: Any, new_code: Any) -> None:
    code, chance = new_code(), random.Random(1)
    ids = await known(code, "R-1")
    elements = [any_element(chance, moment(chance), uuid_of(chance)) for _ in range(400)]
    elements = [structs.replace(one, unit="三楼") if isinstance(one, CheckIn | TestResult) else one for one in elements]
    rows = [row_of(element, code, device="OX-1", reporter="S-9", unit="三楼", marks=5) for element in elements]
    assert await stored(connection, rows, ids) == ([], [])
    placed = [structs.replace(one, unit="三楼") if hasattr(one, "unit") else one for one in elements]
    counting = [element for element in placed if not getattr(element, "doubt", 0) & Doubt.DEMO]
    assert await life(connection, ids) == sorted(counting, key=lambda element: (element.at, element.id))
    assert [len(found) for found, _ in [await stored(connection, rows, ids)]] == [400]
    assert len(await life(connection, ids)) == len(counting)


async def test_only_what_counts_is_judged(connection: Connection, known: Any, new_code: Any) -> None:
    code, chance = new_code(), random.Random(2)
    ids = await known(code, "R-1", "R-2")
    reading = Reading(T0, uuid_of(chance), 970)
    quarantined = Reading(T0 + 1, uuid_of(chance), 340, doubt=int(Doubt.IMPOSSIBLE))
    demonstration = Reading(T0 + 2, uuid_of(chance), 970, doubt=int(Doubt.DEMO))
    late = Reading(T0 + 3, uuid_of(chance), 970)
    step = structs.replace(row_of(reading, code), event_id=uuid_of(chance), type=EventType.referral_step, element=None)
    unbound = structs.replace(row_of(reading, code), event_id=uuid_of(chance), resident=None, element=None)
    await stored(
        connection,
        [
            row_of(reading, code),
            row_of(quarantined, code, fate=Fate.quarantined),
            row_of(demonstration, code, fate=Fate.quarantined),
            row_of(late, code, after=8 * DAY),
            row_of(Reading(T0, uuid_of(chance), 900), code, "R-2"),
            step,
            unbound,
        ],
        ids,
    )
    assert await life(connection, ids) == [reading, quarantined]
    (facility_id,) = ids.facilities.values()
    assert len(await fates.newest(connection, facility_id, T0)) == 7


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 2), (4,), (1, 3)])
async def test_of_several_receipts_the_same_one_counts_whatever_their_order(
    connection: Connection, known: Any, new_code: Any, sizes: tuple[int, ...]
) -> None:
    """Received late; in time; in time with other content; the first content once more, earlier."""
    chance = random.Random(repr(sizes))
    for order in permutations(range(4)):
        code = new_code()
        ids = await known(code, "R-1", "R-2")
        at, event_id = T0, uuid_of(chance)
        arrivals = [
            row_of(Reading(at, event_id, 900), code, after=-HOUR, content=5, fate=Fate.out_of_window),
            row_of(Reading(at, event_id, 910), code, after=3_000, content=7),
            row_of(Reading(at, event_id, 920), code, "R-2", after=2_000, content=6),
            row_of(Reading(at, event_id, 910), code, after=1_000, content=7),
        ]
        queue = [arrivals[index] for index in order]
        for size in sizes:
            await stored(connection, queue[:size], ids)
            del queue[:size]
        assert await life(connection, ids) == [Reading(at, event_id, 910)]
        (fate,) = await fates.newest(connection, next(iter(ids.facilities.values())), 0)
        assert (fate.received_at, fate.fate) == (at + 1_000, Fate.stored)
        losers = await connection.execute("select content from conflicts where event_id = %s order by 1", [event_id])
        assert await losers.fetchall() == [(5,), (6,)]


async def test_a_resend_in_time_lifts_what_was_stored_without_effect(
    connection: Connection, known: Any, new_code: Any
) -> None:
    code, reading = new_code(), Reading(T0, uuid_of(random.Random(4)), 910)
    ids = await known(code, "R-1")
    await stored(connection, [row_of(reading, code, after=-HOUR, fate=Fate.out_of_window)], ids)
    assert await life(connection, ids) == []
    (duplicate,), touched = await stored(connection, [row_of(reading, code)], ids)
    assert duplicate.lifts
    assert touched == [Touched(ids.residents[code, "R-1"], T0, reading.id)]
    assert await life(connection, ids) == [reading]
    _, touched = await stored(connection, [row_of(reading, code, after=500)], ids)
    assert touched == []  # an earlier receipt of the same content moves nothing


async def test_a_facility_never_overrides_anothers_event(connection: Connection, known: Any, new_code: Any) -> None:
    mine, theirs, event_id = new_code(), new_code(), uuid_of(random.Random(5))
    ids, others = await known(mine, "R-1"), await known(theirs, "R-1")
    reading = Reading(T0, event_id, 910)
    await stored(connection, [row_of(reading, mine)], ids)
    _, touched = await stored(connection, [row_of(Reading(T0, event_id, 980), theirs, after=1, content=2)], others)
    assert touched == []
    assert await life(connection, ids) == [reading]
    assert await life(connection, others) == []


async def test_what_two_homes_say_under_one_id_is_never_the_same_and_is_kept_and_told(
    connection: Connection, known: Any, new_code: Any
) -> None:
    event_id = uuid_of(random.Random(6))
    homes = [new_code() for _ in range(3)]
    for number, code in enumerate(homes):
        ids = await known(code, "R-1")
        duplicates, _ = await stored(connection, [row_of(Reading(T0, event_id, 910), code, after=number)], ids)
        assert [one.is_conflict for one in duplicates] == [True] * (number > 0), "no duplicate of what another says"
        found = await fates.fate_of(connection, ids.facilities[code], event_id, T0)
        assert found is not None
        assert (found.resident, found.is_judged, found.in_conflict) == ("R-1", number == 0, number > 0)
    kept = await connection.execute("select count(*) from conflicts where event_id = %s", [event_id])
    assert await kept.fetchone() == (2,)


@pytest.mark.parametrize(
    "bad",
    [
        {"unit": "a\0b"},
        {"reporter": "\ud800"},
        {"diastolic_mmhg": 70_000},
        {"observed_at": 1 << 62},
        {"rest": b'{"note":"\\u0000"}'},
    ],
)
async def test_what_cannot_be_stored_is_refused_and_the_connection_goes_on(
    connection: Connection, known: Any, new_code: Any, bad: dict[str, Any]
) -> None:
    code, chance = new_code(), random.Random(repr(bad))
    reading = Reading(T0, uuid_of(chance), 970)
    ids = await known(code, "R-1")
    with pytest.raises(errors.Refused):
        await stored(connection, [row_of(reading, code), row_of(Reading(T0, uuid_of(chance), 970), code, **bad)], ids)
    assert await life(connection, ids) == []
    await stored(connection, [row_of(reading, code)], ids)
    assert await life(connection, ids) == [reading]


async def test_a_connection_that_is_cut_and_a_lock_that_is_held_are_transient(
    connection: Connection, other: Connection, database: str
) -> None:
    await connection.execute("set lock_timeout = '100ms'")
    async with transaction(other):
        await other.execute("lock table rule_sets")
        with pytest.raises(errors.Unavailable):
            async with transaction(connection):
                await connection.execute("select from rule_sets")
    victim = await connect(database, "victim")
    (process,) = await (await victim.execute("select pg_backend_pid()")).fetchone() or (0,)
    await other.execute("select pg_terminate_backend(%s)", [process])
    with pytest.raises(errors.Unavailable):
        async with transaction(victim):
            await victim.execute("select 1")
    await victim.close()
