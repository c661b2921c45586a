"""Units and facilities on a real database: cases are those that count, and outbreaks are told once."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest

from detectors.times import DAY, HOUR, MINUTE, SECOND, Millis, to_text
from ingest.registry.rows import Facility, Resident
from store.connection import connect, transaction
from store.registration import take_in
from tests.integration.path.test_worker import FACILITY, Story, story

__all__ = ["story"]

SUBJECTS = (
    "select r.kind, r.code, a.condition, a.severity, a.closed_at is null "
    "from alerts a join residents r on r.id = a.resident_id order by 1, 2, 3"
)


class Maker:
    """Events of some weeks that end now."""

    def __init__(self, story: Story, seed: int = 1) -> None:
        self.story, self.rng = story, random.Random(seed)

    def event(self, kind: str, day: float, late: Millis = MINUTE, **said: Any) -> dict[str, Any]:
        at = self.story.now - 30 * DAY + round(day * DAY)
        return {
            "type": kind,
            "facility": FACILITY,
            "event_id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "observed_at": to_text(at),
            "received_at": to_text(at + late),
            **said,
        }

    def ill(self, day: float, who: str = "R-1", late: Millis = MINUTE, **said: Any) -> dict[str, Any]:
        return self.event("check_in", day, late, **{"resident": who, "presence": "in", "symptoms": ["cough"], **said})

    def positive(self, day: float, late: Millis = MINUTE, **said: Any) -> dict[str, Any]:
        return self.event("test_result", day, late, **{"test": "pcr", "result": "positive", **said})

    def correction(self, original: dict[str, Any], day: float, action: str = "entered_in_error", **said: Any) -> Any:
        corrects = {"event_id": original["event_id"], "observed_at": original["observed_at"]}
        return self.event("correction", day, corrects=corrects, action=action, **said)


async def test_cases_of_a_unit_and_a_positive_member_of_staff_alert_unit_and_facility(story: Story) -> None:
    make = Maker(story)
    await story.takes(story.message(make.ill(20, "R-1", unit="U1"), topic="check-ins.v1"))
    events = make.ill(21, "R-2", unit="U1"), make.positive(21.5, staff="S-1")
    await story.takes(story.message(*events, topic="check-ins.v1"))
    assert story.rows(SUBJECTS) == [("facility", FACILITY, "first_case", 1, True), ("unit", "U1", "cluster", 2, True)]
    assert story.rows("select rule, asked_at is not null from questions where rule = 'D28'") == [("D28", True)]
    assert story.rows("select count(*) from residents where kind = 'resident'") == [(2,)]
    await story.audited()


async def test_a_positive_test_that_was_an_error_is_taken_back_and_told(story: Story) -> None:
    make = Maker(story)
    wrong = make.positive(20, resident="R-1")
    await story.takes(story.message(wrong, topic="test-results.v1"))
    await story.ends()
    await story.starts()
    await story.takes(story.message(make.correction(wrong, 30), topic="check-ins.v1"))
    assert story.rows("select kind, condition from transitions where condition = 'first_case' order by id") == [
        ("opened", "first_case"),
        ("withdrawn", "first_case"),
    ], "ten days are late for the resident, and not for the facility"
    assert story.rows("select count(*) from case_elements") == [(0,)]
    await story.audited()


async def test_units_become_known_by_the_registry_and_their_cases_with_them(story: Story) -> None:
    make = Maker(story)
    await story.takes(story.message(make.ill(20, "R-1"), make.ill(21, "R-2"), topic="check-ins.v1"))
    assert story.rows(SUBJECTS) == [("facility", FACILITY, "cluster", 2, True)]
    connection = await connect(story.database, "test")
    try:
        async with transaction(connection):
            people = [Resident(FACILITY, f"R-{n}", unit="U1") for n in range(1, 20)]
            await take_in(connection, "facilities", [Facility(FACILITY)], frozenset(), story.now)
            await take_in(connection, "residents", people, frozenset({"unit"}), story.now)
    finally:
        await connection.close()
    await story.time_passes(60)
    found = story.rows(SUBJECTS)
    assert ("unit", "U1", "cluster", 2, True) in found
    assert ("facility", FACILITY, "cluster", 2, False) in found
    await story.audited()


@pytest.mark.parametrize("seed", range(3))
async def test_in_any_order_the_stored_episodes_are_those_of_the_raw_rows(story: Story, seed: int) -> None:
    make = Maker(story, seed)
    rng, events = make.rng, []
    for _ in range(60):
        day, who, unit = rng.uniform(0, 29), f"R-{rng.randint(1, 6)}", rng.choice((None, "U1", "U2"))
        late = rng.choice((MINUTE, HOUR, rng.randint(0, 15 * DAY), 14 * DAY, 14 * DAY + 1))
        said: dict[str, Any] = {"unit": unit} if unit else {}
        person = {"staff": "S-1"} if rng.random() < 0.2 else {"resident": who}
        kind = rng.random()
        if kind < 0.5:
            symptoms = rng.choice((["cough"], ["fatigue"], [], ["fever", "cough"]))
            event = make.event("check_in", day, late, presence="in", symptoms=symptoms, **person, **said)
        else:
            event = make.positive(day, late, result=rng.choice(("positive", "negative")), **person, **said)
        events += [event] * rng.choice((1, 1, 2))
        if rng.random() < 0.3:
            other = {"result": "negative"} if event["type"] == "test_result" else {"symptoms": []}
            events.append(event | other | {"received_at": to_text(story.now + round((day - 30) * DAY) + SECOND)})
        for _ in range(rng.choice((0, 0, 1, 1, 2)) if "resident" in person else 0):
            replaced = {"replacement": make.ill(day, "R-5")} if rng.random() < 0.4 else {}
            action = "replaced_by" if replaced else rng.choice(("entered_in_error", "stands"))
            corrected = day + rng.choice((0.01, 1, 8, rng.uniform(0, 13)))
            correction = make.correction(event, corrected, action, resident=who, **replaced)
            events.append(correction)
            if rng.random() < 0.3:
                events.append(correction | {"action": "stands", "received_at": correction["observed_at"]})
    rng.shuffle(events)
    while events:
        size = rng.choice((1, 5, 20))
        batch, events = events[:size], events[size:]
        await story.takes(*(story.message(one, topic="check-ins.v1") for one in batch))
        if rng.random() < 0.2:
            await story.ends()
            await story.starts()
        if rng.random() < 0.2:
            await story.time_passes(rng.randint(-30 * 1_440, 0))
    await story.time_passes(60)
    await story.audited()
    assert {kind for kind, *_ in story.rows(SUBJECTS)} & {"unit", "facility"}


async def test_evidence_of_weeks_is_judged_by_region_and_a_late_correction_takes_it_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.excess.TURN_SECONDS", 0)
    make = Maker(story)
    checks = [make.event("check_in", day, resident="R-9", presence="in") for day in range(-30, 29)]
    await story.takes(*(story.message(one, topic="check-ins.v1") for one in checks))
    slow = [make.ill(day, f"R-{n}") for n, day in enumerate((15, 17, 19, 21, 23, 25, 27))]
    await story.takes(*(story.message(one, topic="check-ins.v1") for one in slow))
    await story.time_passes(60)
    excess = "select kind, rule, evidence::text from transitions where condition = 'case_excess' order by id"
    ((kind, rule, evidence),) = story.rows(excess)
    assert (kind, rule) == ("opened", "D30")
    assert all(one["event_id"] in evidence for one in slow[1:4])
    assert story.rows("select count(*) from dirty_cases") == [(0,)]
    assert story.rows("select score > 7.25, wave from case_scores") == [(True, False)]
    await story.takes(story.message(make.ill(28, "R-8"), topic="check-ins.v1"))
    await story.ends()
    await story.starts()
    corrections = [make.correction(one, 30) for one in slow[1:]]
    await story.takes(*(story.message(one, topic="check-ins.v1") for one in corrections))
    await story.time_passes(90)
    assert [kind for kind, *_ in story.rows(excess)] == ["opened", "withdrawn"]
    await story.audited()
