"""What would change for people: alarms that meet are one, and everybody who would be told is counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import structs

from alerts.comparison import Comparison, Feedback, Precision
from alerts.tally import EXAMPLES, Lived, Tally
from detectors.detector import Detector
from detectors.episodes import Episode
from detectors.observations import Element, Reading
from detectors.oxygen import RestingHypoxia
from detectors.profile import Profile
from detectors.schedule import Schedule, scheduled
from detectors.times import NEVER
from detectors.trials import Span, Trial, changed, paired, with_detector
from store.recipients import Recipient
from streams.catalogue import national
from tests.laws.histories import at

SPAN = Span(at(1), at(3))
PLAIN = (Profile(cutoffs=()),)


def lower(_: Detector) -> RestingHypoxia:
    return RestingHypoxia(limit_percent=90, recovered_percent=92)


IN_FORCE = scheduled(national())
TRIAL = Trial(IN_FORCE, changed(IN_FORCE, partial(with_detector, rule_id="D01", detector_of=lower)))


def low(day: int, spo2: int, *times: str) -> list[Element]:
    return [Reading(at(day, time), f"{day}-{time}", spo2 * 10) for time in times]


def judged(elements: Sequence[Element], resident: str = "R-1", feedback: Sequence[Feedback] = ()) -> Lived:
    then, now = TRIAL.judge(PLAIN, elements, SPAN)
    return Lived("F-1", 1, "510107", resident, 2, then, now, feedback)


def tallied(*lives: Lived, recipients: Sequence[Recipient] = ()) -> Comparison:
    tally = Tally(SPAN, recipients)
    for lived in lives:
        tally.add(lived, TRIAL.schedules())
    return tally.result()


def test_only_conditions_in_which_the_sets_may_differ_are_judged() -> None:
    assert TRIAL.conditions == {"hypoxia"}
    assert {rule.condition for rule in TRIAL.schedules()[1].latest.rules} == {"hypoxia"}
    assert "D02" in {rule.id for rule in TRIAL.schedules()[1].latest.rules}, "a rule beside it feeds the same alarm"
    assert Trial(IN_FORCE, IN_FORCE).conditions == frozenset()
    without = changed(IN_FORCE, lambda rules: structs.replace(rules, rules=rules.rules[:1]))
    places = Trial(IN_FORCE, without)
    assert {"first_case", "case_excess", "region_excess"} <= places.conditions, "places are compared too"
    assert places.concerns("unit")
    assert not TRIAL.concerns("statistics")
    in_a_file = Trial(IN_FORCE, without, ("resident", "unit", "facility"))
    assert {"case_excess", "region_excess"} <= in_a_file.not_compared, "what is not at hand is said to be left out"


def test_what_began_before_the_span_is_not_counted_and_what_it_rests_on_is() -> None:
    before = low(0, 91, "08:00", "08:05")
    assert judged(before).then == []
    (episode,) = judged([*low(0, 91, "23:55"), *low(1, 91, "00:03")]).then
    assert episode.explanation.because == "confirmed"


def test_an_alarm_in_one_set_only_has_its_example_with_evidence_and_its_sentence() -> None:
    found = tallied(judged(low(1, 91, "08:00", "08:05")))
    assert (found.then, found.now, found.only_then, found.only_now) == (1, 0, 1, 0)
    (example,) = found.examples
    assert (example.side, example.rule, example.severity_then, example.severity_now) == ("only_then", "D01", "P1", None)
    assert "at or below 93 %" in example.reason.en
    assert [one["spo2_percent"] for one in example.evidence] == [91, 91]
    assert found.rules[0].rate_then == 100 * 30 / 2
    assert sum(one.then for one in found.by_day.values()) == 1


def test_an_alarm_of_another_severity_is_the_same_alarm() -> None:
    lived = judged([*low(1, 91, "08:00", "08:05"), *low(1, 87, "09:00")])
    assert [len(one) for one in (lived.then, lived.now)] == [1, 1]
    same = tallied(lived)
    assert (same.only_then, same.only_now, same.other_severity) == (0, 0, 0)
    once = tallied(judged(low(1, 90, "08:00", "08:05") + low(1, 97, "10:00", "10:05")))
    assert (once.then, once.now, once.only_then, once.only_now) == (1, 1, 0, 0)


def test_of_many_alarms_only_a_few_are_kept_as_examples() -> None:
    found = tallied(*(judged(low(1, 91, "08:00", "08:05"), f"R-{number}") for number in range(3 * EXAMPLES)))
    assert (found.only_then, len(found.examples), found.residents) == (3 * EXAMPLES, EXAMPLES, 3 * EXAMPLES)


def test_who_would_be_told_less_often_is_named() -> None:
    recipients = [
        Recipient(1, "51", None, "email", "duty@x", 2),
        Recipient(2, "31", None, "email", "elsewhere@x", 4),
        Recipient(3, None, 1, "webhook", "https://p1.x", 1),
    ]
    unconfirmed = low(1, 91, "08:00")  # P2
    found = tallied(judged(unconfirmed), judged(low(1, 91, "08:00", "08:05"), "R-2"), recipients=recipients)
    told = {one.address: (one.then, one.now) for one in found.told}
    assert told == {"duty@x": (2, 0), "https://p1.x": (1, 0)}


def test_with_a_roster_the_roles_of_the_ladder_are_told_and_the_later_ones_if_nobody_answers() -> None:
    found = tallied(structs.replace(judged(low(1, 91, "08:00", "08:05")), has_roster=True))
    told = {one.address: (one.then, one.now) for one in found.told}
    assert told["当班护理员 carer or nurse on shift"] == (1, 0)
    assert told["县级值班员 duty officer of the county, if unanswered for 10 minutes"] == (1, 0)


def test_precision_counts_the_alarms_that_somebody_judged() -> None:
    moment = at(1, "08:30")
    said = [Feedback("hypoxia", moment, is_true=True), Feedback("fever", moment, is_true=False)]
    found = tallied(judged(low(1, 91, "08:00", "08:05"), "R-1", said), judged(low(1, 89, "08:00", "08:05"), "R-2"))
    assert found.precision == Precision(judged_then=1, true_then=1, judged_now=0, true_now=0)
    assert tallied(judged(low(1, 91, "08:00", "08:05"))).precision is None


def test_each_alarm_stands_in_one_pair() -> None:
    then: list[Episode] = judged(low(1, 91, "08:00", "08:05") + low(1, 97, "20:00", "20:05")).then  # type: ignore[assignment]
    (pair,) = paired(then, then)
    assert (pair.then, pair.now) == (then[0], then[0])
    assert [(one.then is None, one.now is None) for one in paired(then, [])] == [(False, True)]
    assert [(one.then is None, one.now is None) for one in paired([], then)] == [(True, False)]


def test_a_span_is_as_long_as_it_is_and_a_changed_schedule_keeps_its_times() -> None:
    assert SPAN.days == 2
    twice = Schedule([(-NEVER, national()), (at(2), national())])
    assert [one.since for one in changed(twice, lambda rules: rules).periods] == [-NEVER, at(2)]
