"""The worker's transaction on a real database: stored once, judged in its place, told once."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from msgspec import structs
from prometheus_client import REGISTRY

from alerts.audit import audit_facility
from detectors.oxygen import RestingHypoxia
from detectors.times import HOUR, MINUTE, Millis, to_text
from ingest.decode import TOPICS
from ingest.partitions import partition_of
from store import profiles, spool
from store.connection import connect, transaction
from store.errors import Unavailable as StoreUnavailable
from streams import sweep
from streams.catalogue import in_force
from streams.core import Core
from streams.homes import Home
from streams.messages import Message, read_all
from streams.settings import WorkerSettings

FACILITY = "F-001"
PLACE = partition_of(FACILITY, 24)


class Story:
    """A worker without Kafka: messages are handed to it as the agents would."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.core: Core
        self.task: asyncio.Task[None]
        self.offsets = dict.fromkeys(TOPICS, 0)
        self.now = round(time.time() * 1_000) // MINUTE * MINUTE - 2 * HOUR

    async def starts(self) -> None:
        """A new process takes over."""
        self.core = Core(WorkerSettings(kafka="", database_url=self.database, cluster_id="c", grace_seconds=0))
        self.task = asyncio.create_task(self.core.run())
        await self.reads_again()

    async def reads_again(self, committed: int | None = None) -> None:
        """From where the ledger says."""
        places = [(topic, n) for topic in TOPICS for n in range(24)]
        await self.core.claim(dict.fromkeys(places, 0), dict.fromkeys(places, committed))

    async def ends(self) -> None:
        self.task.cancel()
        await self.core.close()

    def message(self, *events: dict[str, Any] | bytes, topic: str = "readings.v1") -> Message:
        offset = self.offsets[topic]
        self.offsets[topic] += 1
        body = events[0] if isinstance(events[0], bytes) else json.dumps(events).encode()
        return Message(topic, PLACE, offset, FACILITY, body, self.now + 3 * HOUR)

    def reading(self, minutes: int, resident: str = "R-1", **vitals: Any) -> dict[str, Any]:
        at = self.now + minutes * MINUTE
        return {
            "type": "reading",
            "facility": FACILITY,
            "resident": resident,
            "event_id": str(uuid4()),
            "observed_at": to_text(at),
            "received_at": to_text(at + 1_000),
            **vitals,
        }

    async def takes(self, *messages: Message) -> None:
        await self.core.submit(read_all(messages), is_backlog=False)

    async def time_passes(self, minutes: int) -> bool:
        until: Millis = self.now + minutes * MINUTE
        return await self.core.tick({(topic, n): until for topic in TOPICS for n in range(24)})

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(statement).fetchall()

    async def audited(self) -> None:
        """What is stored is what raw rows fold to."""
        connection = await connect(self.database, "test")
        try:
            async with transaction(connection):
                known = await profiles.profiles_of(connection, 1)
                rules = await in_force(connection, known.region)
            found = await audit_facility(connection, 1, FACILITY, rules)
        finally:
            await connection.close()
        assert found.differences == []


@pytest.fixture
async def story(database: str) -> AsyncIterator[Story]:
    made = Story(database)
    await made.starts()
    yield made
    await made.ends()


async def test_a_low_reading_that_is_not_repeated_becomes_an_alert_when_its_time_is_over(story: Story) -> None:
    await story.takes(story.message(story.reading(0, spo2_percent=91)))
    assert story.rows("select * from alerts") == []
    assert story.rows("select rule from questions") == [("D01",)]
    await story.time_passes(11)
    ((severity, signal, reason, step, due),) = story.rows(
        "select severity, signal, reason_zh, step, next_escalation_at <= now() + interval '1 minute' from alerts"
    )
    assert (severity, signal) == (2, "on")
    assert "91%" in reason
    assert (step, due) == (0, True)  # the ladder begins at its foot
    await story.audited()


async def test_a_facility_that_cannot_be_judged_keeps_no_other_waiting_and_is_tried_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = next(code for number in range(1_000) if partition_of(code := f"G-{number}", 24) == PLACE)
    await story.takes(story.message(story.reading(0, spo2_percent=91)))
    elsewhere = story.reading(0, spo2_percent=90) | {"facility": other}
    await story.takes(structs.replace(story.message(elsewhere), key=other))
    judged = sweep.judge

    async def breaks(home: Home, *rest: Any) -> Any:
        if home.code == FACILITY:
            raise ZeroDivisionError
        return await judged(home, *rest)

    monkeypatch.setattr(sweep, "judge", breaks)
    await story.time_passes(11)
    facilities = "select f.code from alerts a join facilities f on f.id = a.facility_id"
    assert story.rows(facilities) == [(other,)]
    assert story.rows("select facility, error from defects") == [(FACILITY, "ZeroDivisionError: ")]
    assert story.rows(f"select due_at > now() from facilities where code = '{FACILITY}'") == [(True,)]
    monkeypatch.undo()
    story.now = round(time.time() * 1_000)
    await story.time_passes(6)
    assert sorted(story.rows(facilities)) == sorted([(FACILITY,), (other,)])


async def test_what_cannot_be_summed_up_keeps_no_due_time_waiting(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.takes(story.message(story.reading(0, spo2_percent=91)))

    async def breaks(*anything: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sweep.days, "recompute", breaks)
    with pytest.raises(ZeroDivisionError):  # the tick says so, when all had their turn
        await story.time_passes(11)
    assert story.rows("select severity from alerts") == [(2,)]


async def test_what_was_found_in_the_past_is_told_once_a_check_of_now_finds_it_still(story: Story) -> None:
    past = structs.replace(story.message(story.reading(0, spo2_percent=86)), origin="backfill")
    await story.takes(past)
    waits = "select severity, next_escalation_at is not null from alerts"
    assert story.rows(waits) == [(1, False)]
    await story.takes(story.message(story.reading(1, resident="R-2", spo2_percent=97)))
    assert story.rows(waits) == [(1, False)]
    await story.takes(story.message(story.reading(5, spo2_percent=85)))
    assert story.rows(waits) == [(1, True)]


async def test_the_same_messages_again_and_the_same_events_in_new_messages_change_nothing(story: Story) -> None:
    low, lower = story.reading(0, spo2_percent=91), story.reading(5, spo2_percent=90)
    first = story.message(low, lower)
    await story.takes(first)
    before = story.rows("select id, kind, severity from transitions")
    await story.takes(first)
    await story.takes(story.message(lower), story.message(low))
    assert story.rows("select id, kind, severity from transitions") == before
    assert story.rows("select count(*) from observations") == [(2,)]
    assert story.rows("select count(*) from alerts where closed_at is null") == [(1,)]


async def test_a_late_reading_is_judged_in_its_place_also_by_a_new_process(story: Story) -> None:
    await story.takes(story.message(story.reading(0, spo2_percent=91)))
    await story.time_passes(15)
    await story.takes(story.message(story.reading(30, spo2_percent=97)))
    await story.ends()
    await story.starts()
    await story.takes(story.message(story.reading(4, spo2_percent=97)))
    kinds = [kind for (kind,) in story.rows("select kind from transitions order by id")]
    assert kinds == ["opened", "withdrawn"]
    assert story.rows("select closed_at is not null from alerts") == [(True,)]
    await story.audited()


async def test_what_is_fed_again_after_weeks_is_judged_in_its_place(story: Story) -> None:
    for hours in (0, 20, 40):
        low = story.reading(hours * 60, spo2_percent=86)
        goods = [story.reading(hours * 60 + minutes, spo2_percent=97) for minutes in (600, 602)]
        await story.takes(story.message(low, *goods))
    await story.time_passes(30 * 24 * 60)
    await story.takes(story.message(story.reading(29 * 24 * 60, spo2_percent=97)))
    await story.ends()
    await story.starts()
    await story.time_passes(30 * 24 * 60)
    assert story.rows(f"select count(*) from anchors where at <= {story.now + 50 * HOUR}") == [(0,)]
    fed_again = [story.reading(minutes, spo2_percent=97) for minutes in (300, 302)]
    await story.takes(story.message(*fed_again, topic="backlog.v1"))
    await story.audited()


async def test_a_correction_before_its_original_takes_it_away(story: Story) -> None:
    low = story.reading(0, spo2_percent=86)
    correction = {
        "type": "correction",
        "facility": FACILITY,
        "resident": "R-1",
        "event_id": str(uuid4()),
        "observed_at": to_text(story.now + 5 * MINUTE),
        "received_at": to_text(story.now + 5 * MINUTE),
        "corrects": {"event_id": low["event_id"], "observed_at": low["observed_at"]},
        "action": "entered_in_error",
    }
    await story.takes(story.message(correction, topic="check-ins.v1"))
    await story.takes(story.message(low))
    assert story.rows("select * from episodes where withdrawn_at is null") == []
    assert story.rows("select effect from observations where type = 1") == [(1,)]
    await story.audited()


def binding(
    story: Story, resident: str, minutes: int, until: int | None = None, said: int | None = None
) -> dict[str, Any]:
    at = story.now + (minutes if said is None else said) * MINUTE
    ends = {} if until is None else {"valid_to": to_text(story.now + until * MINUTE)}
    return {
        "type": "device_binding",
        "facility": FACILITY,
        "resident": resident,
        "device": "OX-1",
        "event_id": str(uuid4()),
        "observed_at": to_text(at),
        "received_at": to_text(at + 1_000),
        "valid_from": to_text(story.now + minutes * MINUTE),
        **ends,
    }


async def test_a_shared_device_measures_whom_it_was_bound_to_last_whenever_that_becomes_known(story: Story) -> None:
    def measured(minutes: int, spo2: int) -> dict[str, Any]:
        return {**story.reading(minutes, spo2_percent=spo2, device="OX-1"), "resident": None}

    await story.takes(story.message(measured(0, 86), measured(20, 86), measured(40, 97), measured(65, 86)))
    assert story.rows("select * from alerts") == [], "what is not claimed is nobody's"
    owners = (
        "select code from observations left join residents r on r.id = resident_id where type = 1 order by observed_at"
    )
    assert story.rows(owners) == [(None,)] * 4
    await story.takes(story.message(binding(story, "R-1", -5, said=50), topic="check-ins.v1"))
    assert story.rows(owners) == [("R-1",)] * 4
    await story.audited()
    await story.ends()
    await story.starts()
    await story.takes(story.message(binding(story, "R-2", 10, until=60, said=55), topic="check-ins.v1"))
    assert story.rows(owners) == [("R-1",), ("R-2",), ("R-2",), (None,)]
    await story.takes(story.message(measured(50, 98), measured(70, 86)))
    assert story.rows(owners) == [("R-1",), ("R-2",), ("R-2",), ("R-2",), (None,), (None,)]
    open_now = (
        "select r.code from alerts a join residents r on r.id = a.resident_id where a.condition_state = 'present'"
    )
    assert story.rows(open_now) == [("R-1",)]
    await story.audited()


async def test_bindings_and_readings_in_any_order_end_in_the_same_episodes(story: Story) -> None:
    chance = random.Random(7)
    events = [
        {**story.reading(n * 7, spo2_percent=chance.choice((86, 91, 97)), device="OX-1"), "resident": None}
        for n in range(16)
    ]
    said = (("R-1", 0, None, 0), ("R-2", 30, 70, 90), ("R-1", 30, 60, 95), ("R-3", 80, None, 80))
    events += [binding(story, *one) for one in said]
    chance.shuffle(events)
    for event in events:
        await story.takes(story.message(event))
        if chance.random() < 0.2:
            await story.ends()
            await story.starts()
    await story.audited()
    standing = (
        "select distinct r.code from episodes e join residents r on r.id = resident_id where withdrawn_at is null"
    )
    assert sorted(story.rows(standing)) == [("R-1",), ("R-3",)], "R-2 was bound by mistake, and bound again"


async def test_what_cannot_be_read_is_kept_raw_with_its_reason_and_stops_nobody(story: Story) -> None:
    await story.takes(
        story.message(b"not json"),
        story.message(b'{"type":"dream","facility":"F-001","observed_at":"2026-01-01T00:00:00Z"}'),
        story.message(story.reading(0, spo2_percent=86)),
    )
    kept = story.rows("select fate, raw from rejections order by id")
    assert [fate for fate, _ in kept] == ["rejected", "not_yet_understood"]
    assert bytes(kept[0][1]) == b"not json"
    assert story.rows("select count(*) from alerts") == [(1,)]


async def test_a_rule_that_raises_is_a_defect_and_the_others_judge(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, view: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(RestingHypoxia, "judge", broken)
    await story.takes(story.message(story.reading(0, spo2_percent=86)))
    assert story.rows("select rule, error from defects") == [("D01", "RuntimeError: a fault of ours")]
    assert story.rows("select rule from alerts") == [("D02",)]
    assert story.rows("select count(*) from observations") == [(1,)]


async def test_a_message_nothing_can_store_is_found_and_kept_and_the_rest_goes_on(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = story.core.transactions.store

    async def store(connection: Any, reads: Any, gaps: Any, defect: Exception | None = None) -> Any:
        if defect is None and any(b"poison" in read.message.value for read in reads):
            raise ValueError("cannot be stored")
        return await right(connection, reads, gaps, defect)

    monkeypatch.setattr(story.core.transactions, "store", store)
    good = [story.message(story.reading(n, spo2_percent=97)) for n in range(3)]
    bad = story.message(story.reading(3, spo2_percent=97, reporter="poison"))
    await story.takes(good[0], good[1], good[2], bad)
    assert story.rows("select count(*) from observations") == [(3,)]
    ((error, raw),) = story.rows("select error, raw from defects")
    assert error == "ValueError: cannot be stored"
    assert b"poison" in bytes(raw)


async def test_a_gap_is_read_again_and_one_that_stays_is_a_marker(story: Story) -> None:
    await story.takes(story.message(story.reading(0, spo2_percent=97)))
    story.message(story.reading(1, spo2_percent=97))  # a marker: never delivered
    third = story.message(story.reading(2, spo2_percent=97))
    assert await story.core.submit(read_all([third]), is_backlog=False) == {("readings.v1", PLACE)}
    assert story.rows("select count(*) from observations") == [(1,)]
    await story.reads_again()
    assert await story.core.submit(read_all([third]), is_backlog=False) == set()
    assert story.rows("select count(*) from observations") == [(2,)]


async def test_a_database_set_back_is_noticed_where_nothing_arrives_and_where_something_does(story: Story) -> None:
    first, second = (story.message(story.reading(n, spo2_percent=97)) for n in range(2))
    await story.takes(first, second)
    for set_back in ("update ledger set next_offset = 0", "delete from ledger"):
        with psycopg.connect(story.database) as connection:
            connection.execute(set_back)
            connection.execute("delete from observations")
        assert await story.time_passes(1)
        third = story.message(story.reading(2, spo2_percent=97))
        assert await story.core.submit(read_all([third]), is_backlog=False) == {("readings.v1", PLACE)}
        await story.reads_again()
        assert await story.core.submit(read_all([first, second]), is_backlog=False) == set()
        assert not await story.time_passes(1)
        assert story.rows("select count(*) from observations") == [(2,)]


async def test_messages_that_were_buffered_before_reading_again_are_not_taken_for_a_marker(story: Story) -> None:
    first, second, third, fourth = (story.message(story.reading(n, spo2_percent=97)) for n in range(4))
    await story.takes(first)
    assert await story.core.submit(read_all([third]), is_backlog=False) == {("readings.v1", PLACE)}
    assert await story.core.submit(read_all([fourth]), is_backlog=False) == {("readings.v1", PLACE)}
    assert await story.core.submit(read_all([second, third, fourth]), is_backlog=False) == set()
    assert story.rows("select count(*) from observations") == [(4,)]


async def test_a_fate_is_counted_once_however_often_a_batch_is_tried(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, failures = spool.remove, [StoreUnavailable("away")] * 2

    async def remove(connection: Any, numbers: Any) -> None:
        if failures:
            raise failures.pop()
        await right(connection, numbers)

    monkeypatch.setattr(spool, "remove", remove)
    counted = {
        fate: REGISTRY.get_sample_value("sizao_events_total", {"fate": fate}) or 0 for fate in ("stored", "held")
    }
    low = story.reading(1, "R-2", spo2_percent=97, device_status=["low_perfusion"])
    await story.takes(story.message(story.reading(0, spo2_percent=97), low))
    assert failures == []
    now = {fate: REGISTRY.get_sample_value("sizao_events_total", {"fate": fate}) for fate in counted}
    assert now == {fate: number + 1 for fate, number in counted.items()}


async def test_nobody_is_judged_beyond_what_was_seen(story: Story) -> None:
    await story.takes(story.message(story.reading(0, spo2_percent=91)))
    await story.core.tick({("readings.v1", PLACE): story.now + 60 * MINUTE})  # the other topics were not looked at
    assert story.rows("select * from alerts") == []


async def test_the_figures_of_a_day_are_what_was_received(story: Story) -> None:
    await story.takes(
        story.message(
            story.reading(0, spo2_percent=97),
            story.reading(1, "R-2", spo2_percent=97, device_status=["low_perfusion"]),
            story.reading(2, "R-2", spo2_percent=97),
        )
    )
    await story.time_passes(10)
    assert story.rows("select sum(events), sum(readings), sum(held) from facility_days") == [(3, 3, 1)]
    assert story.rows("select * from dirty_days") == []
    await story.audited()


async def test_what_is_read_again_after_the_database_was_set_back_pages_only_for_what_is_new(story: Story) -> None:
    messages = [
        story.message(story.reading(0, "R-1", spo2_percent=85)),
        story.message(story.reading(0, "R-2", spo2_percent=85)),
        story.message(story.reading(5, "R-2", spo2_percent=97), story.reading(7, "R-2", spo2_percent=97)),
    ]
    *critical, over = [structs.replace(one, appended_at=story.now + HOUR) for one in messages]
    new = story.message(story.reading(9, "R-3", spo2_percent=84))
    await story.ends()
    await story.starts()
    await story.reads_again(committed=3)  # the group had come so far; the database knows nothing of it
    await story.takes(*critical)
    await story.time_passes(12)
    waiting = "select r.code, a.next_escalation_at is not null from alerts a join residents r on r.id = a.resident_id"
    assert sorted(story.rows(waiting)) == [("R-1", False), ("R-2", False)]  # not all has been read again
    await story.takes(over, new)
    assert sorted(story.rows(waiting)) == [("R-1", False), ("R-2", True), ("R-3", True)]
    await story.time_passes(240)
    assert sorted(story.rows(waiting)) == [("R-1", True), ("R-2", True), ("R-3", True)]
    assert story.rows(
        "select r.code from transitions t join residents r on r.id = t.resident_id"
        " where t.origin = 'live' and t.kind = 'opened' and t.condition = 'hypoxia'"
    ) == [("R-3",)]
    assert story.rows("select count(*) from ledger where told_before is not null") == [(0,)]
    await story.audited()
