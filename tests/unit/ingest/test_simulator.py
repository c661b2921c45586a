"""A simulated county is the same every time, speaks the contract, and falls ill inside its units."""

from __future__ import annotations

import itertools

import msgspec

from detectors.times import DAY, HOUR, Millis
from ingest.decode import decode_message
from ingest.simulator.county import county
from ingest.simulator.illness import BEGINS_A_WEEK, ill_on
from ingest.simulator.life import days

NOON: Millis = 20_000 * DAY + 4 * HOUR
HOMES = county(7, 40)


def test_the_same_seed_gives_the_same_days_in_the_order_of_sending_and_every_event_is_taken() -> None:
    made = list(days(HOMES, NOON - 2 * DAY, NOON, 7))
    again = [one.event for one in days(HOMES, NOON - 2 * DAY, NOON, 7)]
    assert [one.event for one in made] == again
    assert [one.event for one in days(HOMES, NOON - 2 * DAY, NOON, 8)] != again
    assert [one.at for one in made] == sorted(one.at for one in made)
    for one in made:
        decoded = decode_message(msgspec.json.encode(one.event), key=one.event["facility"], received_at=one.at)
        assert not decoded.problems
    truths = {one.truth for one in made}
    assert {"well", "slip", "cold_finger", "copied"} <= truths
    sent = [(one.event["event_id"], one.at) for one in made]
    assert len({event_id for event_id, _ in sent}) < len(sent), "some are sent twice"


def test_a_part_of_the_days_is_what_it_was_in_all_of_them() -> None:
    part = [one.event for one in days(HOMES, NOON - DAY, NOON, 7)]
    ids = {event["event_id"] for event in part}
    assert [one.event for one in days(HOMES, NOON - 2 * DAY, NOON, 7) if one.event["event_id"] in ids] == part


def test_illness_begins_rarely_and_goes_from_case_to_case_inside_a_unit() -> None:
    homes = county(3, 400)
    day = 20_000
    first_weeks = [ill_on(home, day, 3) for home in homes]
    outbreaks = [(home, cases) for home, cases in zip(homes, first_weeks, strict=True) if cases]
    assert 0.3 < len(outbreaks) / (len(homes) * 4 * BEGINS_A_WEEK) < 2
    assert any(len(cases) >= 4 for _, cases in outbreaks)
    units = [
        {one.unit for one in home.people if one.code in {case.resident for case in cases}} for home, cases in outbreaks
    ]
    assert sum(len(one) == 1 for one in units) > 0.8 * len(units), "a home rarely has two outbreaks"


def test_a_day_of_many_homes_is_made_as_it_is_taken() -> None:
    made = days(county(1, 300), NOON - DAY, NOON, 1)
    first = list(itertools.islice(made, 200))
    assert len(first) == 200
    lives = made.gi_frame.f_locals["lives"]  # type: ignore[attr-defined]  # a generator
    waiting = [life.gi_frame.f_locals["waiting"] for life in lives]
    assert sorted(map(len, waiting))[len(lives) * 9 // 10] < 5, "only a tablet that is offline holds its whole round"
