"""Corrections and bindings in the store say what the engine's own `effective` says, and every change is pointed out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

import pytest

from detectors.corrections import Arrival, EventKey, bindings_of, effective, is_better, is_in_time, original_of
from detectors.observations import Binding, Correction, Element, Reading
from detectors.times import DAY, HOUR, MINUTE, Millis, to_text
from ingest.identity import replacement_id
from store import bindings, observations
from store.connection import Connection, transaction
from store.corrections import settle_batch
from store.observations import Touched
from store.rows import Fate, Mark, ObservationRow
from tests.integration.store.making import T0, any_element, moment, row_of, uuid_of

Lives = dict[int, list[Element]]


def expected(rows: Iterable[ObservationRow]) -> dict[str, list[Element]]:
    """What counts of the rows, by the engine in memory."""
    best: dict[EventKey, Arrival] = {}
    for row in rows:
        assert row.element is not None
        device = row.device if row.marks & Mark.UNBOUND else None
        arrival = Arrival(row.resident or "", row.received_at, row.element, row.content, device)
        if is_in_time(row.element, row.received_at) and is_better(arrival, best.get(arrival.key)):
            best[arrival.key] = arrival
    corrections: dict[EventKey, list[Correction]] = {}
    for arrival in best.values():
        if isinstance(arrival.event, Correction):
            corrections.setdefault(original_of(arrival.event), []).append(arrival.event)
    lives: dict[str, list[Element]] = {}
    for key in best:
        placed = effective(key, best, corrections, bindings_of(best.values()))
        if placed is not None:
            lives.setdefault(placed.resident, []).append(placed.element)
    return {who: sorted(elements, key=lambda element: (element.at, element.id)) for who, elements in lives.items()}


def harsh(chance: random.Random, facility: str) -> list[ObservationRow]:
    """Readings, corrections of them and of nothing, other content under the same id, late ones, repetitions."""
    rows: list[ObservationRow] = []
    originals = [any_element(chance, moment(chance), uuid_of(chance)) for _ in range(12)]
    for original in originals:
        who = chance.choice(["R-1", "R-2", "R-3"])
        rows.append(row_of(original, facility, who, after=_delay(chance), content=chance.randrange(3)))
        if chance.random() < 0.3:
            other = any_element(chance, original.at, original.id)
            rows.append(row_of(other, facility, who, after=_delay(chance), content=chance.randrange(3, 6)))
    for _ in range(14):
        target, event_id = chance.choice(originals), uuid_of(chance)
        at = target.at + chance.choice([MINUTE, HOUR])
        for content in range(chance.choice([1, 1, 1, 2])):
            rows.append(_correction(chance, facility, target, at, event_id, 10 + content))
            if chance.random() < 0.3:  # under the id and time of a correction something else was received
                rows.append(
                    row_of(any_element(chance, at, event_id), facility, after=_delay(chance), content=5 + content)
                )
            at += chance.choice([0, MINUTE])  # the same id at another time is another event
    for target in originals[:6]:  # what the correction of a reading says holds whoever it belongs to
        if isinstance(target, Reading):
            rows.append(_unbound(chance, facility, target))
    rows += [_unbound(chance, facility, Reading(moment(chance), uuid_of(chance), 910)) for _ in range(8)]
    for _ in range(6):
        begins, binding_id = moment(chance) - chance.choice([0, 0, 8 * DAY]), uuid_of(chance)
        for content in range(chance.choice([1, 1, 2])):
            rows.append(_binding(chance, facility, begins, binding_id, 20 + content))
    rows += chance.choices(rows, k=8)
    chance.shuffle(rows)
    return rows


def _unbound(chance: random.Random, facility: str, reading: Reading) -> ObservationRow:
    others = {"resident": None, "device": chance.choice(["OX-1", "OX-2"]), "marks": int(Mark.UNBOUND)}
    return row_of(reading, facility, after=_delay(chance), content=30, **others)


def _binding(chance: random.Random, facility: str, begins: Millis, event_id: str, content: int) -> ObservationRow:
    at, ends = begins + chance.choice([0, HOUR]), chance.choice([None, begins + 6 * HOUR])
    binding = Binding(at, event_id, chance.choice(["OX-1", "OX-1", "OX-2"]), begins, ends)
    rest = {"valid_from": to_text(begins)} | ({} if ends is None else {"valid_to": to_text(ends)})
    who = chance.choice(["R-1", "R-2", "R-3"])
    said = {"device": binding.device, "rest": json.dumps(rest).encode()}
    return row_of(binding, facility, who, after=_delay(chance), content=content, **said)


def _delay(chance: random.Random) -> int:
    return chance.choice([1_000, 2_000, MINUTE, HOUR, 3 * DAY, 9 * DAY, -HOUR])


def _correction(
    chance: random.Random, facility: str, target: Element, at: Millis, event_id: str, content: int
) -> ObservationRow:
    corrects_at = target.at if chance.random() < 0.9 else target.at + 1
    action = chance.choice(["entered_in_error", "replaced_by", "replaced_by", "stands"])
    if action != "replaced_by":
        correction = Correction(at, event_id, target.id, corrects_at, action)  # type: ignore[arg-type]
    else:
        # Corrections that share an id at different times often put their replacements at the same moment.
        new = any_element(chance, target.at + chance.choice([0, 0, 1]), replacement_id(event_id, at))
        whose = chance.choice(["R-1", "R-2"])
        correction = Correction(at, event_id, target.id, corrects_at, "replaced_by", new, whose)
    return row_of(correction, facility, "R-1", after=_delay(chance), content=content)


def _lost(before: Lives, after: Lives, touched: list[Touched]) -> list[Element]:
    """Elements that changed and lie before everything that was pointed out about their resident."""
    first: dict[int, tuple[int, str]] = {}
    for place in touched:
        first[place.resident_id] = min((place.at, place.id), first.get(place.resident_id, (place.at, place.id)))
    return [
        element
        for who in after
        for element in [*before[who], *after[who]]
        if (element in before[who]) != (element in after[who])
        and (element.at, element.id) < first.get(who, (1 << 62, ""))
    ]


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_and_batching_gives_what_the_engine_says(
    connection: Connection, known: Any, new_code: Any, seed: int
) -> None:
    chance, code = random.Random(seed), new_code()
    ids = await known(code, "R-1", "R-2", "R-3")
    (facility_id,) = ids.facilities.values()
    rows = harsh(chance, code)
    lives: Lives = {who: [] for who in ids.residents.values()}
    queue = list(rows)
    while queue:
        size = chance.randint(1, 12)
        batch, queue = queue[:size], queue[size:]
        async with transaction(connection):
            duplicates = await observations.add(connection, batch, ids.facilities, ids.residents)
            touched = await settle_batch(connection, batch, duplicates, ids.facilities, ids.residents)
            for one in await bindings.settle_batch(connection, batch, duplicates, ids.facilities):
                touched += [Touched(who, one.at, one.id) for who in (one.before, one.owner) if who is not None]
        known_keys = {duplicate.key for duplicate in duplicates}
        fresh = [row for row in batch if (row.observed_at, row.event_id) not in known_keys and row.counts]
        touched += [
            Touched(ids.residents[code, row.resident], row.observed_at, row.event_id)
            for row in fresh
            if row.resident is not None
        ]
        now = await observations.window(connection, facility_id, list(lives), 0, T0 + 100 * DAY)
        assert _lost(lives, now, touched) == []
        lives = now
    wanted = expected(rows)
    assert {who: lives[number] for (_, who), number in ids.residents.items() if lives[number]} == wanted


async def test_a_correction_reaches_only_inside_its_facility(connection: Connection, known: Any, new_code: Any) -> None:
    mine, theirs, chance = new_code(), new_code(), random.Random(new_code())
    ids, others = await known(mine, "R-1"), await known(theirs, "R-1")
    element = any_element(chance, T0, uuid_of(chance))
    correction = Correction(T0 + MINUTE, uuid_of(chance), element.id, T0)
    for known_ids, row in ((ids, row_of(element, mine)), (others, row_of(correction, theirs))):
        async with transaction(connection):
            duplicates = await observations.add(connection, [row], known_ids.facilities, known_ids.residents)
            touched = await settle_batch(connection, [row], duplicates, known_ids.facilities, known_ids.residents)
        assert touched == []
    assert row_of(element, mine).fate == Fate.stored
    who = ids.residents[mine, "R-1"]
    found = await observations.window(connection, ids.facilities[mine], [who], 0, T0 + DAY)
    assert found[who] in ([element], [])
    assert bool(found[who]) == (not getattr(element, "doubt", 0) & 128)


async def test_an_original_counts_again_when_its_correction_turns_out_to_be_something_else(
    connection: Connection, known: Any, new_code: Any
) -> None:
    code, chance = new_code(), random.Random(new_code())
    ids = await known(code, "R-1")
    original, other_id = Reading(T0, uuid_of(chance), 900), uuid_of(chance)
    other = Reading(T0 + MINUTE, other_id, 970)
    wants = [[original], [], [original, other]]
    rows = [
        row_of(original, code),
        row_of(Correction(T0 + MINUTE, other_id, original.id, T0), code, after=2_000, content=2),
        row_of(other, code, after=1_000, content=3),
    ]
    for row, wanted in zip(rows, wants, strict=True):
        async with transaction(connection):
            duplicates = await observations.add(connection, [row], ids.facilities, ids.residents)
            await settle_batch(connection, [row], duplicates, ids.facilities, ids.residents)
        (found,) = (
            await observations.window(connection, ids.facilities[code], list(ids.residents.values()), 0, T0 + DAY)
        ).values()
        assert found == wanted
