"""Rules that change in the middle: every element by the set of its time, and nothing judged again."""

from __future__ import annotations

import pytest
from msgspec import structs

from alerts.explain import explain
from alerts.reconcile import Transition
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.observations import CheckIn, Element, Reading, TestResult
from detectors.oxygen import RestingHypoxia
from detectors.profile import Profile
from detectors.rules import RuleSet
from detectors.schedule import Schedule
from detectors.state import RETIRED
from detectors.timeline import key_of
from detectors.times import HOUR, MINUTE, NEVER, Millis
from streams.catalogue import national
from tests.laws.histories import at

PLAIN = Profile(cutoffs=())
NOON = at(1, "12:00")


def reading(time: str, spo2: int | None, day: int = 1, **given: object) -> Reading:
    return Reading(at(day, time), f"{day}-{time}", spo2, **given)  # type: ignore[arg-type]


def without(*rule_ids: str) -> RuleSet:
    kept = tuple(rule for rule in national().rules if rule.id not in rule_ids)
    return structs.replace(national(), version="without", rules=kept)


def only(*rule_ids: str) -> RuleSet:
    return structs.replace(national(), rules=tuple(national()[rule_id] for rule_id in rule_ids))


def lower() -> RuleSet:
    """D01 with a limit of 90 instead of 93."""
    detector = RestingHypoxia(limit_percent=90, recovered_percent=92)
    changed = structs.replace(national()["D01"], version="2", detector=detector)
    return structs.replace(only("D02"), version="lower", rules=(changed, national()["D02"]))


def judged(
    elements: list[Element], until: Millis, *periods: tuple[Millis, RuleSet], gated: bool = True
) -> list[Episode]:
    folder = Folder((PLAIN,), Schedule(periods), gated)
    return episodes_of(fold(folder, sorted(elements, key=key_of), until))


def test_every_element_is_judged_by_the_set_of_its_time() -> None:
    periods = ((0, only("D01")), (NOON, lower()))
    before = [reading("11:00", 910), reading("11:59", 910)]
    assert [one.opened[0] for one in judged(before, NOON, *periods)] == [at(1, "11:10")]
    after: list[Element] = [reading("12:00", 910), reading("12:05", 910)]
    assert judged(after, at(1, "13:00"), *periods) == [], "at its first moment the new set judges"
    lows: list[Element] = [reading("12:00", 900), reading("12:05", 900)]
    (episode,) = judged(lows, at(1, "13:00"), *periods)
    assert episode.opened[0] == at(1, "12:05")


def test_what_stands_is_judged_by_the_new_set_at_the_next_element_and_not_before() -> None:
    lows: list[Element] = [reading("11:00", 910), reading("11:05", 910)]
    periods = ((0, only("D01")), (NOON, lower()))
    (episode,) = judged(lows, at(1, "18:00"), *periods)
    assert episode.outcome == "open"
    well: list[Element] = [*lows, reading("13:00", 920), reading("13:02", 920)]
    (episode,) = judged(well, at(1, "18:00"), *periods)
    assert (episode.outcome, episode.ended and episode.ended[0]) == ("cleared", at(1, "13:02")), "92 is well now"


def test_a_rule_that_is_gone_stands_no_longer_and_that_is_no_all_clear() -> None:
    lows: list[Element] = [reading("11:00", 910), reading("11:05", 910)]
    (episode,) = judged(lows, at(1, "18:00"), (0, only("D01")), (NOON, without("D01")))
    assert (episode.outcome, episode.ended) == ("lapsed", (NOON, RETIRED, "D01"))
    schedule = Schedule([(0, only("D01")), (NOON, without("D01"))])
    explained = explain(Transition("lapsed", 1, episode, episode.trail[-1], NOON), schedule)
    assert (explained.rule, explained.rule_version) == ("D01", "1")
    assert "no longer in force" in explained.reason.en
    assert "已停用" in explained.reason.zh


def test_a_rule_that_is_gone_leaves_what_others_of_its_condition_found() -> None:
    deep: list[Element] = [reading("11:00", 870), reading("11:05", 870)]
    (episode,) = judged(deep, at(1, "18:00"), (0, only("D01", "D02")), (NOON, without("D02")))
    assert episode.outcome == "open"
    assert episode.trail[-1].standing == (("D01", 1),)
    assert episode.trail[-1].because == "retired"


def test_a_rule_that_watches_for_another_condition_begins_anew() -> None:
    moved = structs.replace(national()["D01"], condition="desaturation")
    lows: list[Element] = [reading("11:00", 910), reading("11:05", 910), reading("13:00", 910), reading("13:05", 910)]
    other = structs.replace(national(), rules=(moved,))
    found = judged(lows, at(1, "18:00"), (0, only("D01")), (NOON, other))
    assert [(one.condition, one.opened[0], one.outcome) for one in found] == [
        ("desaturation", at(1, "13:00"), "open"),
        ("hypoxia", at(1, "11:05"), "lapsed"),
    ]


def test_a_question_of_a_rule_that_is_gone_is_forgotten_in_silence() -> None:
    low: list[Element] = [reading("11:55", 910)]
    assert [one.opened[0] for one in judged(low, at(1, "18:00"), (0, only("D01")))] == [at(1, "12:05")]
    assert judged(low, at(1, "18:00"), (0, only("D01")), (NOON, without("D01"))) == []


def test_a_question_is_judged_by_the_rule_that_asked_it() -> None:
    low: list[Element] = [reading("11:55", 910)]
    (episode,) = judged(low, at(1, "18:00"), (0, only("D01")), (NOON, lower()))
    assert episode.opened[0] == at(1, "12:05")
    assert episode.explanation.facts["limit"] == "93", "91 is not at or below 90"


def test_a_lapse_is_as_long_as_the_rule_said_when_it_last_judged() -> None:
    quick = structs.replace(national()["D19"], lapses_after=HOUR)
    positive: list[Element] = [TestResult(at(1, "11:30"), "t", "pcr", "positive")]
    periods = ((0, structs.replace(national(), rules=(quick,))), (NOON, only("D19")))
    (episode,) = judged(positive, at(9), *periods)
    assert episode.ended is not None
    assert episode.ended[0] == at(1, "12:30")


def test_the_calendar_of_a_rule_begins_and_ends_with_it() -> None:
    seen = Profile(cutoffs=(600,), checks_from=at(0))
    for periods, opened in (
        (((0, only("D01")), (at(2), only("D24"))), [at(2, "10:00")]),
        (((0, only("D24")), (at(1), only("D01"))), [at(0, "10:00")]),
    ):
        folder = Folder((seen,), Schedule(periods))
        assert [one.opened[0] for one in episodes_of(fold(folder, [], at(4)))] == opened


@pytest.mark.parametrize("gated", [True, False])
def test_a_reading_that_was_quiet_for_the_old_set_may_complete_what_the_new_one_watches(gated: bool) -> None:
    """A breath rate that nobody scored before noon, and an unremarkable rest of the set after it."""
    parts: list[Element] = [
        reading("11:55", None, respirations_per_min=31, consciousness="A", systolic_mmhg=88),
        reading("12:05", 970, pulse_per_min=70, temperature_tenths=368, on_oxygen=False),
    ]
    found = judged(parts, at(1, "12:06"), (0, only("D01")), (NOON, only("D09")), gated=gated)
    assert [one.condition for one in found] == ["early_warning"]


def test_a_schedule_knows_a_rule_as_it_was_last_and_nothing_that_never_was() -> None:
    schedule = Schedule([(0, only("D01")), (NOON, lower())])
    assert schedule.rule("D01", NOON - 1).version == "1"
    assert schedule.rule("D01", NOON).version == "2"
    assert schedule.rule("D01", -NEVER).version == "1", "the first set holds for everything before it"
    assert schedule.starts_after(NOON - MINUTE) == [NOON]
    assert schedule.starts_after(NOON) == []
    gone = Schedule([(0, only("D24")), (NOON, lower())])
    assert gone.rule("D24", NOON) == national()["D24"]
    with pytest.raises(KeyError):
        gone.rule("D02", NOON - 1)


def test_a_rule_judges_only_within_its_validity() -> None:
    short = structs.replace(national()["D01"], valid_from=at(1, "10:00"), valid_to=NOON)
    rules = structs.replace(only("D02"), rules=(short, national()["D02"]))
    schedule = Schedule([(0, rules)])
    assert [sorted(period.by_id) for period in schedule.periods] == [["D02"], ["D01", "D02"], ["D02"]]
    lows: list[Element] = [reading(time, 910) for time in ("09:00", "09:05", "11:00", "11:05")]
    (episode,) = judged(lows, at(1, "18:00"), (0, rules))
    assert (episode.opened[0], episode.ended) == (at(1, "11:00"), (NOON, RETIRED, "D01"))
    later: list[Element] = [reading("12:00", 910), reading("12:05", 910)]
    assert judged(later, at(1, "18:00"), (0, rules)) == []
    assert len(judged(later, at(1, "18:00"), (0, rules), (NOON, only("D01")))) == 1, "another set has its own"


def test_a_rule_that_is_back_watches_who_came_home_from_hospital_meanwhile() -> None:
    """A quiet reading concerns it though it neither stands nor has asked."""
    stay: list[Element] = [
        CheckIn(at(0), "out", "hospital"),
        CheckIn(at(1), "back", "in"),
        reading("08:00", 970, day=4),
    ]
    periods = ((0, only("D37")), (at(2), without("D37")), (at(3), only("D37")))
    for gated in (True, False):
        folder = Folder((Profile(),), Schedule(periods), gated)
        changes = fold(folder, stay, at(5))
        assert [one.key[0] for one in changes if one.rule == "D37" and one.standing] == [at(1, "14:00"), at(4, "14:00")]
