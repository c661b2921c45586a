"""The fold and the subject, point by point: due times, lapses, anchors, profiles, modes, rules that fail."""

from __future__ import annotations

from itertools import pairwise
from typing import NoReturn

from msgspec import structs

from detectors.detector import Detector, Severity
from detectors.engine import Life
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.history import History
from detectors.observations import CheckIn, Element, Reading, TestResult
from detectors.profile import Profile
from detectors.rules import RuleSet
from detectors.state import DUE, LAPSE, OBSERVED, Output
from detectors.subject import Subject
from detectors.timeline import key_of
from detectors.times import MINUTE, NEVER, Millis
from streams.catalogue import national
from tests.laws.histories import at
from tests.laws.worker import window_of

PLAIN = Profile(cutoffs=())


def reading(time: str, spo2: int | None, name: str = "", day: int = 1, **given: object) -> Reading:
    return Reading(at(day, time), name or f"{day}-{time}", spo2, **given)  # type: ignore[arg-type]


def only(*rule_ids: str) -> RuleSet:
    return structs.replace(national(), rules=tuple(national()[rule_id] for rule_id in rule_ids))


def judged(elements: list[Element], until: Millis, *profiles: Profile, rules: RuleSet | None = None) -> list[Episode]:
    folder = Folder(profiles or (PLAIN,), rules or national())
    return episodes_of(fold(folder, sorted(elements, key=key_of), until))


def life_of(elements: list[Element], until: Millis, *profiles: Profile, rules: RuleSet | None = None) -> Life:
    life = Life(Folder(profiles or (PLAIN,), rules or national()))
    for element in elements:
        life.judge(life.place(None, element), until)
    return life


def test_a_due_time_is_judged_only_when_it_was_looked_at() -> None:
    low = reading("07:10", 910)
    assert judged([low], at(1, "07:20") - 1) == []
    (episode,) = judged([low], at(1, "07:20"))
    assert episode.opened == (at(1, "07:20"), DUE, f"D01:{low.id}")


def test_a_due_time_passed_over_is_judged_when_we_have_looked_that_far() -> None:
    life = life_of([reading("07:10", 910), reading("12:00", 940)], at(1, "07:00"))
    assert life.changes == []
    assert life.subject.wakes_at == at(1, "07:20")
    assert life.subject.needs_timeline(None, at(1, "07:20"))
    life.judge(None, at(1, "07:20"))
    assert [change.key[0] for change in life.changes] == [at(1, "07:20")]
    assert life.subject.skipped is None


def test_a_lapse_counts_from_the_last_element_the_rule_could_judge() -> None:
    lows = [reading("07:10", 910), reading("07:12", 910)]
    others: list[Element] = [CheckIn(at(2), "c"), reading("07:00", None, day=2, pulse_per_min=70)]
    rules = only("D01")
    (episode,) = judged([*lows, *others], at(9), rules=rules)
    assert (episode.outcome, episode.ended) == ("lapsed", (at(4, "07:22"), LAPSE, "D01")), "07:22: no repeat came"
    between = reading("07:00", 940, day=2)
    (episode,) = judged([*lows, *others, between], at(9), rules=rules)
    assert episode.ended == (at(5, "07:00"), LAPSE, "D01"), "what it keeps, it has judged"


def test_an_anchor_is_the_whole_state_and_nothing_later_changes_it() -> None:
    folder, view, out = Folder((PLAIN,), only("D01")), History(PLAIN), Output()
    state = folder.start()
    first, second = reading("07:10", 910), reading("07:12", 920)
    folder.step(state, view, first, out)
    asked = out.anchors[-1]
    assert (asked.key, [question.cause_id for question in asked.state.questions]) == (key_of(first), [first.id])
    folder.step(state, view, second, out)
    assert asked.state.standing == {}
    assert [question.cause_id for question in asked.state.questions] == [first.id]
    assert out.anchors[-1].state.standing["D01"].severity == Severity.P1


def test_while_something_stands_an_anchor_is_never_more_than_64_elements_away() -> None:
    elements: list[Element] = [reading("07:10", 910), reading("07:12", 910)]
    elements += [Reading(at(1, "08:00") + i * MINUTE, f"{i:04d}", 940) for i in range(300)]
    life = life_of(elements, at(1, "07:00"), rules=only("D01"))
    places = [life.timeline.keys.index(anchor.key) for anchor in life.anchors]
    assert max(b - a for a, b in pairwise(places)) <= 64
    assert len(life.timeline.keys) - places[-1] <= 64


def test_a_late_element_touches_nothing_recorded_before_it() -> None:
    life = life_of([reading("07:00", 860), reading("12:00", 970), reading("12:02", 970)], at(1, "13:00"))
    before = list(life.changes)
    late = reading("12:01", 860)
    base, changes = life.judge(life.place(None, late), at(1, "13:00"))
    assert base < key_of(late)
    assert all(change.key > base for change in changes)
    assert life.changes[: len(before) - 1] == before[:-1]
    assert episodes_of(life.changes) == judged(list(life.timeline.elements), at(1, "13:00"))


def test_every_element_is_judged_under_the_profile_of_its_time_and_nothing_again() -> None:
    lowland, scale_2 = PLAIN, structs.replace(PLAIN, valid_from=at(1, "12:00"), spo2_scale=2)
    low = [reading("11:00", 910), reading("11:05", 910)]
    (episode,) = judged(low, at(1, "13:00"), lowland, scale_2)
    assert episode.outcome == "open", "the new profile alone ends nothing"
    (episode,) = judged([*low, reading("12:00", 910)], at(1, "13:00"), lowland, scale_2)
    assert episode.ended == (at(1, "12:00"), OBSERVED, "1-12:00"), "91 is well on scale 2, and was an hour ago"


def test_a_rule_runs_in_its_modes_only() -> None:
    test: list[Element] = [TestResult(at(1, "08:00"), "t", "pcr", "positive")]
    peace, closed = structs.replace(PLAIN, mode="平时"), structs.replace(PLAIN, mode="封闭管理")
    assert judged(test, at(1, "09:00"), peace) == []
    assert [one.condition for one in judged(test, at(1, "09:00"), closed)] == ["positive_test"]


class Broken(Detector, frozen=True):
    """Raises whenever it is asked."""

    def judge(self, view: History) -> NoReturn:
        raise ZeroDivisionError("broken")


def test_a_rule_that_raises_is_reported_and_the_others_judge() -> None:
    broken = structs.replace(national()["D02"], id="A00", detector=Broken())
    rules = structs.replace(national(), rules=(broken, *national().rules))
    life = Life(Folder((PLAIN,), rules, gated=False))
    subject = life.subject
    subject.append([reading("07:00", 860)], at(1, "07:01"))
    _, out = subject.take()
    assert [(one.rule, one.error) for one in out.failures] == [("A00", "ZeroDivisionError: broken")]
    assert [change.condition for change in out.changes] == ["hypoxia"]


def test_checks_are_missed_from_the_moment_that_is_given() -> None:
    known = Profile(checks_from=at(1, "12:00"))
    assert [one.opened[0] for one in judged([], at(2), known)] == [at(1, "18:00")]
    late_start = judged([reading("19:00", 970)], at(2, "09:00"), known)
    assert [(one.opened[0], one.ended and one.ended[0]) for one in late_start] == [(at(1, "18:00"), at(1, "19:00"))]
    assert judged([reading("19:00", 970)], at(2, "09:00"), Profile()) == [], "otherwise from the first element"


def test_the_calendar_follows_a_profile_that_changes_its_cutoffs() -> None:
    morning = Profile(cutoffs=(600,))
    evening = structs.replace(morning, valid_from=at(2, "12:00"), cutoffs=(1_200,))
    elements: list[Element] = [reading("09:00", 970, day=1)]
    assert judged(elements, at(2, "09:59"), morning, evening) == []
    assert [one.opened[0] for one in judged(elements, at(2, "10:00"), morning, evening)] == [at(2, "10:00")]
    elements.append(reading("10:30", 970, day=2))
    opened = [one.opened[0] for one in judged(elements, at(3, "23:00"), morning, evening)]
    assert opened == [at(2, "10:00"), at(3, "20:00")]


def test_a_window_that_shows_nothing_brings_back_no_due_times() -> None:
    """Somebody in hospital for ten days; what comes then does not judge those days again."""
    known = Profile(checks_from=at(0))
    life = life_of([CheckIn(at(0, "09:00"), "c", "hospital"), reading("09:00", 970, day=11)], at(11, "09:00"), known)
    assert life.changes == []
    late = reading("08:00", 970, day=11)
    key = life.place(None, late)
    subject = life.subject
    cut = subject.cut_before(key, at(11, "09:00"))
    subject.refold(cut, at(11, "09:00"), window_of(life.timeline, life.folder, cut[0]), lambda key: None)
    base, out = subject.take()
    assert (base, out.changes, out.anchors) == (cut, [], [])


def test_who_goes_on_elsewhere_wakes_when_the_first_would() -> None:
    life = life_of([reading("07:10", 910), reading("09:00", 940)], at(1, "09:00"), Profile(checks_from=at(0)))
    other = Subject(life.folder)
    other.resume(life.subject.until, life.timeline, life.anchor_before)
    assert (other.state, other.key[0], other.wakes_at) == (
        life.subject.state,
        life.subject.key[0],
        life.subject.wakes_at,
    )


def test_a_subject_without_anything_sleeps() -> None:
    subject = Subject(Folder((Profile(),), national()))
    subject.append([], at(9))
    assert (subject.wakes_at, subject.take()[1].changes) == (NEVER, [])


def test_who_is_back_from_hospital_is_watched_also_when_cut_offs_become_known_later() -> None:
    profiles = (Profile(cutoffs=()), Profile(valid_from=at(3)))
    elements = [CheckIn(at(1), "a", "hospital"), CheckIn(at(2), "b", "in"), Reading(at(3, "08:00"), "c", 970, 70)]
    for gated in (True, False):
        changes = fold(Folder(profiles, national(), gated), elements, at(4))
        assert [change.rule for change in changes if change.condition == "return_watch"] == ["D37"]
