"""What was judged, told and refused is kept as it was, once."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec
import pytest

from detectors.detector import Question, Severity
from detectors.episodes import Episode
from detectors.observations import Doubt, Reading
from detectors.profile import Profile
from detectors.state import Anchor, Change, Key, Standing, State
from detectors.timeline import Timeline
from detectors.times import DAY, HOUR, MINUTE, Millis
from store import (
    alerts,
    days,
    deliveries,
    episodes,
    errors,
    ids,
    observations,
    outbox,
    rejections,
    subjects,
    transitions,
)
from store.alerts import AlertRow
from store.connection import Connection, transaction
from store.deliveries import DeliveryRow, NewDelivery
from store.rejections import Defect, Rejection
from store.transitions import TransitionRow
from tests.integration.store.making import T0, any_element, moment, row_of, uuid_of


def _episode(chance: random.Random, opened: int, ended: int | None) -> Episode:
    opening: Key = (opened, 0, uuid_of(chance))
    evidence = (any_element(chance, opened, opening[2]), any_element(chance, opened - MINUTE, uuid_of(chance)))
    trail = [Change(opening, "hypoxia", (("D01", Severity.P1),), "D01", "confirmed", {"limit": "93"}, evidence)]
    if ended is not None:
        trail.append(Change((ended, 2, "D01"), "hypoxia", (), "D01", "lapsed"))
    return Episode("hypoxia", tuple(trail))


async def test_an_episode_comes_back_as_it_was_folded(connection: Connection, known: Any, new_code: Any) -> None:
    code, chance = new_code(), random.Random(1)
    known_ids = await known(code, "R-1")
    (facility_id,), (resident_id,) = known_ids.facilities.values(), known_ids.residents.values()
    numbers = await ids.reserve(connection, "episodes", 3)
    spans = [(T0, T0 + HOUR), (T0 + 2 * HOUR, None), (T0 + DAY, T0 + 2 * DAY)]
    rows = [
        episodes.EpisodeRow(number, resident_id, facility_id, _episode(chance, *span), (7, number + 100))
        for number, span in zip(numbers, spans, strict=True)
    ]
    async with transaction(connection):
        await episodes.save(connection, rows)
        await episodes.save(connection, rows)
    assert await episodes.not_over(connection, facility_id, T0, [resident_id]) == rows
    assert await episodes.not_over(connection, facility_id, T0 + HOUR + 1) == rows[1:]
    await episodes.withdraw(connection, [numbers[1]], T0)
    assert await episodes.not_over(connection, facility_id, T0 + 3 * DAY) == []


async def test_anchors_after_a_key_give_way_and_the_one_before_it_is_found(
    connection: Connection, known: Any, new_code: Any
) -> None:
    residents = list((await known(new_code(), "R-1", "R-2")).residents.values())
    state = State({"D01": Standing(Severity.P2, T0)}, [Question(T0 + MINUTE, "D01", "cause", T0)], {"D24": T0 + DAY})
    keys: list[Key] = [(-(1 << 60), 0, ""), (T0, 0, "B"), (T0, 0, "a"), (T0, 1, "D24"), (T0, 2, "D01")]
    anchors = [Anchor(key, state) for key in keys]
    async with transaction(connection):
        await subjects.add_anchors(connection, {residents[0]: anchors, residents[1]: []})
        await subjects.cut_anchors(connection, {residents[0]: keys[3]})
        assert await subjects.anchors_from(connection, {residents[0]: keys[0]}) == {residents[0]: anchors[:4]}
        await subjects.add_anchors(connection, {residents[0]: anchors[3:]})
    found = await subjects.anchors_from(connection, {residents[0]: (T0, 0, "a"), residents[1]: keys[0]})
    assert found == {residents[0]: anchors[1:], residents[1]: []}
    assert await subjects.anchors_from(connection, {residents[0]: keys[0]}) == {residents[0]: anchors}
    await subjects.forget_anchors(connection, residents, T0 + 1)
    assert await subjects.anchors_from(connection, {residents[0]: keys[0]}) == {residents[0]: anchors[4:]}


async def test_the_repeats_asked_for_are_those_of_the_last_judgement(
    connection: Connection, known: Any, new_code: Any
) -> None:
    code = new_code()
    known_ids = await known(code, "R-1", "R-2")
    one, two = known_ids.residents.values()
    question = Question(T0 + MINUTE, "D01", "cause", T0)
    later = Question(T0 + HOUR, "D38", "cause", T0)
    await subjects.replace_questions(connection, {one: [later, question], two: [later]})
    await subjects.replace_questions(connection, {two: []})
    asked = await subjects.questions_of(connection, known_ids.facilities[code])
    assert [(row.resident, row.rule, row.due_at) for row in asked] == [
        ("R-1", "D01", T0 + MINUTE),
        ("R-1", "D38", T0 + HOUR),
    ]


async def _alert(connection: Connection, known_ids: Any, **others: Any) -> AlertRow:
    (facility_id,), (resident_id, *_) = known_ids.facilities.values(), known_ids.residents.values()
    (number,) = await ids.reserve(connection, "alerts", 1)
    fields: dict[str, Any] = {
        "id": number,
        "facility_id": facility_id,
        "resident_id": resident_id,
        "condition": "hypoxia",
        "severity": 1,
        "rule": "D01",
        "condition_state": "present",
        "signal": "on",
        "responsibility": "undefined",
        "opened_at": T0,
        "last_transition_at": T0,
        "closed_at": None,
        "acknowledged_by": None,
        "acknowledged_at": None,
        "acknowledged_comment": None,
        "reason_zh": "血氧",
        "reason_en": "oxygen",
        "code": None,
        "episodes": (1, 2),
    }
    return AlertRow(**(fields | others))


async def test_one_resident_and_condition_has_one_open_alert(connection: Connection, known: Any, new_code: Any) -> None:
    known_ids = await known(new_code(), "R-1")
    first, second = await _alert(connection, known_ids), await _alert(connection, known_ids, severity=3)
    async with transaction(connection):
        await alerts.save(connection, [first])
    with pytest.raises(errors.StoreError):
        async with transaction(connection):
            await alerts.save(connection, [second])
    closed = msgspec.structs.replace(first, closed_at=T0 + HOUR, signal="off", condition_state="absent")
    async with transaction(connection):
        await alerts.save(connection, [second, closed])
        assert await alerts.lock_open(connection, [first.resident_id]) == [second]
        assert await alerts.lock(connection, first.id) == closed
        await alerts.act(connection, alerts.ActionRow(first.id, T0, "张医生", "acknowledge", "马上去"))
    assert await alerts.open_alerts(connection, first.facility_id) == [second]
    assert await alerts.since(connection, first.facility_id, T0) == [closed, second]
    assert [action.actor for action in await alerts.actions_of(connection, first.id)] == ["张医生"]


async def _told(connection: Connection, alert: AlertRow, kind: Any, **others: Any) -> TransitionRow:
    (number,) = await ids.reserve(connection, "transitions", 1)
    row = TransitionRow(
        id=number,
        episode_id=1,
        alert_id=alert.id,
        facility_id=alert.facility_id,
        resident_id=alert.resident_id,
        at=None if kind == "withdrawn" else T0,
        recorded_at=T0,
        kind=kind,
        condition="hypoxia",
        severity=1,
        rule="D01",
        rule_version="1",
        reason_zh="血氧",
        reason_en="oxygen",
        evidence=b"[]",
        origin="live",
    )
    await transitions.add(connection, [row])
    await deliveries.add(
        connection,
        [
            NewDelivery(
                alert_id=alert.id,
                transition_id=number,
                recipient_id=None,
                channel="email",
                address="a@example.org",
                kind="alarm" if kind == "opened" else "all_clear",
                idempotency_key=f"{number}",
                next_attempt_at=T0,
                created_at=T0,
                **others,
            )
        ]
        * 2,
    )
    return row


async def _claim(connection: Connection, now: Millis, lease: Millis) -> list[DeliveryRow]:
    place = ("email", "a@example.org")
    async with transaction(connection):
        found = await outbox.lock_singles(connection, place, now, everything=True, limit=20)
        return await outbox.claim(connection, [one.id for one in found], now + lease)


async def test_an_all_clear_never_overtakes_its_alarm(
    connection: Connection, other: Connection, known: Any, new_code: Any
) -> None:
    alert = await _alert(connection, await known(new_code(), "R-1"))
    async with transaction(connection):
        await alerts.save(connection, [alert])
        told = [await _told(connection, alert, "opened"), await _told(connection, alert, "withdrawn")]
    assert await transitions.of_alerts(connection, [alert.id]) == {alert.id: told}
    claims = await asyncio.gather(*(_claim(one, T0, MINUTE) for one in (connection, other)))
    ((alarm,),) = [claim for claim in claims if claim]
    assert alarm.kind == "alarm"
    assert await _claim(other, T0 + 1, MINUTE) == []
    (again,) = await _claim(other, T0 + MINUTE, MINUTE)  # its claim has ended: the process is dead
    assert (again.id, again.attempts) == (alarm.id, 2)
    assert not await deliveries.sent(connection, alarm, T0)
    assert await deliveries.retry(other, again, "no answer", T0 + HOUR)
    assert await _claim(connection, T0 + 2 * MINUTE, MINUTE) == []
    (again,) = await _claim(connection, T0 + HOUR, MINUTE)
    assert await deliveries.sent(connection, again, T0 + HOUR)
    (all_clear,) = await _claim(connection, T0 + HOUR, MINUTE)
    assert all_clear.kind == "all_clear"
    assert await deliveries.fail(connection, all_clear, "no such address")
    rows = (await deliveries.of_alerts(connection, [alert.id]))[alert.id]
    assert [(row.status, row.last_error) for row in rows] == [("sent", None), ("failed", "no such address")]
    assert await deliveries.backlog(connection) == (0, None)


async def test_who_is_not_told_is_on_record_with_the_reason(connection: Connection, known: Any, new_code: Any) -> None:
    alert = await _alert(connection, await known(new_code(), "R-1"))
    async with transaction(connection):
        await alerts.save(connection, [alert])
        await _told(connection, alert, "opened", status="not_told", not_told_reason="nobody matches")
    assert await _claim(connection, T0 + DAY, MINUTE) == []
    (row,) = (await deliveries.of_alerts(connection, [alert.id]))[alert.id]
    assert (row.status, row.not_told_reason) == ("not_told", "nobody matches")


async def test_what_was_not_taken_is_kept_once_and_fed_again_once(connection: Connection, new_code: Any) -> None:
    code = new_code()
    bad = Rejection("not_yet_understood", "c", "readings.v1", 1, 7, 0, code, "类型未知", "unknown type", b"\0\xff")
    await rejections.add(connection, [bad, bad])
    await rejections.add(connection, [bad])
    (kept,) = await rejections.of_facility(connection, code, 0)
    assert kept.rejection == bad
    assert kept in await rejections.to_requeue(connection)
    await rejections.requeued(connection, [kept.id])
    assert kept.id not in [one.id for one in await rejections.to_requeue(connection)]
    defect = Defect(T0, "ValueError", code, raw=b"\0")
    await rejections.add_defects(connection, [defect, Defect(T0, "a rule raised", code, "R-1", "D01")])
    (found,) = [one for one in await rejections.defects_to_requeue(connection) if one.defect.facility == code]
    assert found.defect == defect
    await rejections.defects_requeued(connection, [found.id])
    assert await rejections.count_defects(connection, 0) >= 2
    assert found.id not in [one.id for one in await rejections.defects_to_requeue(connection)]


async def test_days_recomputed_from_raw_are_those_of_the_timeline_in_memory(
    connection: Connection, known: Any, new_code: Any
) -> None:
    code, chance, profile = new_code(), random.Random(new_code()), Profile()
    known_ids = await known(code, "R-1", "R-2")
    (facility_id,), (resident_id, *_) = known_ids.facilities.values(), known_ids.residents.values()
    drawn = [any_element(chance, moment(chance), uuid_of(chance)) for _ in range(240)]
    elements = [element for element in drawn if not getattr(element, "doubt", 0) & Doubt.DEMO][:200]
    rows = [row_of(element, code) for element in elements]
    rows.append(row_of(Reading(T0, uuid_of(chance), 900), code, "R-2", after=9 * DAY))
    numbers = sorted({profile.day_of(element.at) for element in elements})
    async with transaction(connection):
        await observations.add(connection, rows, known_ids.facilities, known_ids.residents)
        await days.mark_dirty(connection, [(facility_id, day) for day in numbers])
    timeline = Timeline(elements)
    wanted = {day: timeline.summary(day, profile) for day in numbers}
    first, last = numbers[0], numbers[-1]
    for _ in range(2):
        async with transaction(connection):
            found = await days.summaries(connection, facility_id, [resident_id], first, last, profile)
            assert found[resident_id] == wanted
            assert await days.dirty(connection, facility_id) == []
            await days.recompute(connection, facility_id, numbers, profile)
    figures = await days.of_facility(connection, facility_id, first, last)
    assert sum(day.events for day in figures) == 201
    assert sum(day.late for day in figures) == 1
    judged = [element for element in elements if isinstance(element, Reading) and not element.is_quarantined]
    assert sum(day.readings for day in figures) == len(judged)
    assert await days.begins(connection, [resident_id]) == {resident_id: min(element.at for element in elements)}
