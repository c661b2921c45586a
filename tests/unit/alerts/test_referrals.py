"""The course of a referral: what its steps and its clocks mean, whatever came first."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.referrals.course import Referral, follow
from alerts.referrals.stalling import stalls
from detectors.detector import Severity
from detectors.referral import ReferralStalled, StepKind
from detectors.times import HOUR, MINUTE, Millis
from store.referrals import StepRow

T0: Millis = 1_767_568_200_000
PLAN = (("H-1", "县医院"), ("H-2", "市医院"), ("H-3", "中医院"))
CLOCK = ReferralStalled()


def step(minute: float, kind: StepKind, **others: Any) -> StepRow:
    at = T0 + round(minute * MINUTE)
    facts: dict[str, Any] = {"id": f"{kind}-{minute}-{others.get('hospital', '')}", "recorded_at": at}
    return StepRow(1, at, referral="K7Q4-1", step=kind, source="event", **(facts | others))


def followed(*steps: StepRow, until: float = 0, answered: float | None = 0, plan: Any = PLAN) -> Referral:
    given_at = None if answered is None else T0 + round(answered * MINUTE)
    return follow("K7Q4-1", steps, plan, CLOCK, T0 + round(until * MINUTE), given_at)


def said(found: Referral) -> list[tuple[str, str]]:
    return [(one.hospital, one.answer) for one in found.asked]


def turned(found: Referral) -> list[tuple[int, str | None]]:
    return [((turn.at - T0) // MINUTE, turn.because) for turn in found.turns]


def test_the_paired_hospital_is_asked_first_and_the_next_one_after_each_decline() -> None:
    declined = [step(0, "requested"), step(5, "declined", reason="无床位"), step(9, "declined")]
    found = followed(*declined)
    assert said(found) == [("H-1", "declined"), ("H-2", "declined"), ("H-3", "waiting")]
    assert (found.stage, found.hospital, found.due) == ("requested", "H-3", T0 + 39 * MINUTE)
    assert not found.is_stalled

    nobody = followed(*declined, step(12, "declined"))
    assert (nobody.stage, nobody.due) == ("declined", None)
    assert turned(nobody) == [(12, "declined")]


def test_the_next_hospital_is_asked_when_the_clock_runs_out_and_it_is_stalled_until_one_accepts() -> None:
    asked = step(0, "requested")
    assert not followed(asked, until=29.9).is_stalled
    found = followed(asked, until=30)
    assert said(found) == [("H-1", "timed_out"), ("H-2", "waiting")]
    assert turned(found) == [(30, "unanswered")]
    assert found.turns[0].facts == {"referral": "K7Q4-1", "hospital": "县医院", "minutes": "30"}

    last = followed(asked, until=500)
    assert said(last) == [("H-1", "timed_out"), ("H-2", "timed_out"), ("H-3", "timed_out")]
    assert (last.stage, last.due, last.turns[-1].facts["hospital"]) == ("requested", None, "中医院")

    accepted = followed(asked, step(95, "accepted", hospital="H-2"), until=95)
    assert said(accepted) == [("H-1", "timed_out"), ("H-2", "accepted"), ("H-3", "timed_out")]
    assert (accepted.stage, accepted.hospital, turned(accepted)[-1]) == ("accepted", "H-2", (95, None))


def test_an_answer_in_the_last_moment_is_in_time_and_one_recorded_late_undoes_the_asking() -> None:
    found = followed(step(0, "requested"), step(30, "accepted", recorded_at=T0 + 50 * MINUTE), until=50)
    assert said(found) == [("H-1", "accepted")]
    assert found.turns == ()


def test_a_stage_that_was_skipped_or_recorded_late_is_not_overdue() -> None:
    skipped = followed(step(0, "requested"), step(20, "departed"), step(50, "arrived"), until=60)
    assert (skipped.stage, skipped.turns, skipped.hospital) == ("arrived", (), "H-1")
    late = followed(step(0, "requested"), step(20, "departed"), step(15, "accepted"), step(50, "arrived"), until=60)
    assert (late.stage, late.turns, late.times["accepted"]) == ("arrived", (), T0 + 15 * MINUTE)


def test_steps_of_one_moment_are_taken_in_the_order_of_their_stages() -> None:
    found = followed(step(5, "arrived", id="a"), step(5, "accepted", hospital="H-2", id="b"))
    assert (found.stage, found.hospital, said(found)) == ("arrived", "H-2", [("H-2", "accepted")])
    told = followed(step(5, "arrived"), step(9, "accepted", hospital="H-2"))  # which one, is said afterwards
    assert (told.stage, told.hospital) == ("arrived", "H-2")


def test_each_stage_has_its_own_clock_from_when_it_began() -> None:
    course = [step(0, "requested"), step(1, "accepted"), step(100, "departed"), step(150, "arrived")]
    assert followed(*course[:2], until=120).due == T0 + 121 * MINUTE
    assert turned(followed(*course[:2], until=121)) == [(121, "not_departed")]
    assert turned(followed(*course[:3], until=160)) == [(160, "not_arrived")]
    assert turned(followed(*course, until=210)) == [(210, "not_admitted")]
    admitted = followed(*course, step(205, "admitted", bed="12"), until=210)
    assert (admitted.stage, admitted.turns, admitted.bed) == ("admitted", (), "12")
    closed = followed(*course, step(205, "admitted"), until=205 + 24 * 60)
    assert closed.ending is not None
    assert (closed.stage, closed.ending.outcome, closed.ending.at) == (
        "closed",
        "admitted",
        T0 + 205 * MINUTE + 24 * HOUR,
    )


def test_a_suggestion_has_a_clock_only_once_somebody_answered_its_alert() -> None:
    assert followed(step(0, "suggested"), until=900, answered=None).due is None
    found = followed(step(0, "suggested"), until=69, answered=10)
    assert (found.due, found.turns) == (T0 + 70 * MINUTE, ())
    assert turned(followed(step(0, "suggested"), step(80, "requested"), until=80, answered=10)) == [
        (70, "undecided"),
        (80, None),
    ]


def test_every_ending_stops_the_clock_and_keeps_who_and_why() -> None:
    refused = followed(
        step(0, "requested"), step(40, "transfer_refused", actor="王院长", reason="家属不同意"), until=600
    )
    assert turned(refused) == [(30, "unanswered"), (40, None)]
    assert refused.ending is not None
    assert (refused.ending.outcome, refused.ending.actor, refused.ending.reason) == (
        "transfer_refused",
        "王院长",
        "家属不同意",
    )
    called = followed(step(0, "requested"), step(2, "called_120"), step(30, "admitted"), until=600)
    assert called.ending is not None
    assert (called.stage, called.ending.outcome, called.times["admitted"]) == ("closed", "called_120", T0 + 30 * MINUTE)


def test_where_somebody_died_follows_from_the_stages() -> None:
    places = [
        (["requested"], "in_facility"),
        (["requested", "departed"], "on_the_way"),
        (["requested", "departed", "arrived"], "in_hospital"),
    ]
    for stages, where in places:
        course = [step(number, kind) for number, kind in enumerate(stages)]  # type: ignore[arg-type]
        found = followed(*course, step(9, "died"))
        assert found.ending is not None
        assert found.ending.where == where


def test_whoever_was_asked_may_accept_until_another_has_and_a_hospital_may_take_its_word_back() -> None:
    early = followed(step(0, "requested"), step(35, "accepted", hospital="H-1"), step(36, "accepted", hospital="H-2"))
    assert (early.hospital, said(early)) == ("H-1", [("H-1", "accepted"), ("H-2", "accepted")])
    back = followed(step(0, "requested"), step(5, "accepted"), step(20, "declined", reason="床位被占"))
    assert (back.stage, back.hospital, back.asked[0].reason) == ("requested", "H-2", "床位被占")
    door = followed(step(0, "requested"), step(5, "departed"), step(40, "arrived"), step(45, "declined"))
    assert (door.stage, door.hospital) == ("requested", "H-2")


def test_a_request_after_an_ending_begins_anew() -> None:
    again = followed(step(0, "requested"), step(5, "cancelled"), step(60, "requested"), until=89)
    assert (again.stage, again.hospital, again.ending, again.turns) == ("requested", "H-1", None, ())
    twice = followed(step(0, "requested"), step(5, "requested"), until=29)
    assert (said(twice), twice.due) == ([("H-1", "waiting")], T0 + 30 * MINUTE)
    other = followed(step(0, "requested"), step(5, "requested", hospital="H-3"), until=29)
    assert said(other) == [("H-1", "passed_over"), ("H-3", "waiting")]


def test_without_a_hospital_in_the_registry_the_request_stalls_all_the_same() -> None:
    found = followed(step(0, "requested"), until=30, plan=())
    assert turned(found) == [(30, "unanswered")]
    rung = followed(step(0, "requested"), step(10, "accepted", hospital="X"), until=30, plan=())
    assert (rung.hospital, rung.turns) == ("X", ())


KINDS: list[StepKind] = ["requested", "accepted", "declined", "departed", "arrived", "admitted", "cancelled", "died"]
steps_of = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from(KINDS), st.sampled_from([None, "H-1", "H-2", "H-9"])),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one,
)


@settings(max_examples=200)
@given(made=steps_of, order=st.randoms(use_true_random=False), until=st.integers(0, 2_000))
def test_any_order_of_arrival_gives_the_same_referral_and_its_alert(made: Any, order: Any, until: int) -> None:
    steps = [step(minute, kind, hospital=hospital) for minute, kind, hospital in made]
    mixed = list(steps)
    order.shuffle(mixed)
    found = followed(*steps, until=until)
    assert found == followed(*mixed, until=until)
    assert [turn.at for turn in found.turns] == sorted(turn.at for turn in found.turns)
    assert found.due is None or found.due > T0 + until * MINUTE or found.due > max(one.at for one in steps)
    assert found.ending is None or not found.is_stalled, "what has ended stands still no more"


def test_two_referrals_of_a_resident_are_one_alert_until_neither_stands_still() -> None:
    first = followed(step(0, "requested"), step(60, "accepted"), until=60)
    other = follow("B-2", [step(10, "requested"), step(90, "cancelled")], PLAN, CLOCK, T0 + 90 * MINUTE, T0)
    changes = stalls([first, other], "D31", Severity.P1)
    assert [((one.key[0] - T0) // MINUTE, one.facts.get("referral")) for one in changes] == [
        (30, "K7Q4-1"),
        (40, "B-2"),
        (60, "B-2"),
        (70, "B-2"),
        (90, None),
    ]
