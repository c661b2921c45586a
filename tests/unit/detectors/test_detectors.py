"""The contract of a detector: what every one of them promises to the fold, the gate and the reader."""

from __future__ import annotations

import ast
import doctest
import inspect
import random
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.evidence import evidence_as_json
from alerts.explain import explain, facts_of
from alerts.reconcile import Kind, Transition
from detectors.detector import ABSENT, Band, Detector, Present
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.gate import gate_for
from detectors.history import History
from detectors.observations import Doubt, Element, Reading
from detectors.profile import Profile
from detectors.rules import DETECTORS, Rule, RuleSet
from detectors.schedule import InForce
from detectors.timeline import key_of
from detectors.times import DAY, MINUTE, NEVER, Millis
from streams.catalogue import national
from tests.laws.histories import Maker, at
from tests.laws.trial import asked_of

NATIONAL = national()
RULE_OF = {type(rule.detector): rule for rule in NATIONAL.rules}
OF_RESIDENTS = [rule for rule in NATIONAL.rules if "resident" in rule.detector.kinds]
EVERY = pytest.mark.parametrize("rule", NATIONAL.rules, ids=[rule.id for rule in NATIONAL.rules])

profiles = st.builds(
    Profile,
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Europe/London"]),
    cutoffs=st.lists(st.integers(0, 24 * 60 - 1), max_size=3, unique=True).map(lambda found: tuple(sorted(found))),
    altitude_m=st.sampled_from([0, 1_499, 1_500, 3_900]),
    temperature_site=st.sampled_from(["oral", "axillary", "ear", "forehead", "rectal"]),
    spo2_scale=st.sampled_from([1, 2]),
    usual_spo2_tenths=st.sampled_from([None, 880, 900, 970, 990]),
    tier=st.sampled_from([None, "red"]),
)


def test_every_detector_has_a_national_rule() -> None:
    assert set(RULE_OF) == set(DETECTORS.values())


@EVERY
def test_a_detector_keeps_nothing(rule: Rule) -> None:
    detector = rule.detector
    assert type(detector).__struct_config__.frozen
    with pytest.raises(AttributeError):
        setattr(detector, detector.__struct_fields__[0], None)


@EVERY
def test_the_stories_in_its_module_are_true(rule: Rule) -> None:
    assert doctest.testmod(_module(type(rule.detector))).failed == 0


@EVERY
def test_its_parameters_are_those_of_its_rule_file(rule: Rule) -> None:
    assert rule.detector == type(rule.detector)(), "the defaults in the code and the national rules differ"


def lives() -> Iterator[tuple[tuple[Profile, ...], list[Element]]]:
    """The timelines of some harsh histories."""
    for seed in range(40):
        maker = Maker(random.Random(seed))
        people = maker.history()
        known = maker.profiles()
        for who in people:
            elements = [event for name, event in maker.events if name == who and isinstance(event, Element)]
            if elements:
                yield known, sorted(elements, key=key_of)


def views() -> Iterator[tuple[History, Folder]]:
    """The history at every element of them."""
    for known, elements in lives():
        folder, view = Folder(known, NATIONAL), History(known[0])
        for element in elements:
            view.profile = folder.profile_at(element.at)
            view.add(element)
            yield view, folder


def test_a_judgement_is_pure_evident_and_within_the_past() -> None:
    judged = 0
    for view, _ in views():
        before = asked_of(view)
        for rule in OF_RESIDENTS:
            detector = rule.detector
            if not detector.applies(view):
                continue
            assert type(view.element) in detector.hears, f"{rule.id} would not be asked"
            found, due = detector.judge(view), detector.asks(view)
            assert (found, due) == (detector.judge(view), detector.asks(view)), rule.id
            assert found is None or found is ABSENT or isinstance(found, Present)
            assert due is None or due > view.at, f"{rule.id} asks for something that is over"
            if isinstance(found, Present):
                judged += 1
                keys = [(one.at, one.id) for one in found.evidence]
                assert keys == sorted(keys, reverse=True), f"{rule.id}: evidence is newest first"
                assert all(one.at <= view.at for one in found.evidence), f"{rule.id} sees the future"
        assert asked_of(view) == before, "a detector changed the history"
    assert judged > 1_000


def present_reasons(kind: type[Detector]) -> set[str]:
    """Every key of a sentence that the class can return, read off its source."""
    tree = ast.parse(inspect.getsource(_module(kind)))
    (body,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__]
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    named = [call for call in calls if ast.unparse(call.func) in ("Present", "self._present")]
    return {
        argument.value
        for call in named
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def _module(kind: type[Detector]) -> ModuleType:
    found = inspect.getmodule(kind)
    assert found is not None
    return found


@EVERY
def test_every_reason_it_can_return_has_its_sentence_and_no_other(rule: Rule) -> None:
    assert present_reasons(type(rule.detector)) == set(rule.reasons) == set(rule.detector.says)


def test_every_sentence_is_spoken_and_reads_well_in_both_languages() -> None:
    spoken = set()
    for known, elements in lives():
        for episode in episodes_of(fold(Folder(known, NATIONAL, gated=False), elements, elements[-1].at + 4 * DAY)):
            for length, change in enumerate(episode.trail, 1):
                so_far = Episode(episode.condition, episode.trail[:length])
                kind: Kind = "opened" if change.standing else "lapsed" if change.because == "lapsed" else "cleared"
                kind = "eased" if change.standing and change.because in ("absent", "lapsed") else kind
                reason = explain(Transition(kind, 1, so_far, change), NATIONAL).reason
                for text in (reason.zh, reason.en):
                    assert text, change
                    assert not any(sign in text for sign in ("{", "None", "  ", "：。", ": .")), text
                if change.standing and change.because not in ("absent", "lapsed"):
                    spoken.add((change.rule, change.because))
                    said, inputs = NATIONAL[change.rule].detector.says, NATIONAL[change.rule].detector.inputs
                    assert set(change.facts) == set(said[change.because]), "`says` names every fact, and no other"
                    assert not change.evidence or any(inputs & given_by(one) for one in change.evidence)
                    assert change.evidence or change.key[1] == 1, "only silence has nothing to show"
    assert spoken == {(rule.id, because) for rule in OF_RESIDENTS for because in rule.reasons}


def given_by(element: Element) -> set[str]:
    """What of the wire contract an element carries."""
    if not isinstance(element, Reading):
        return {element.__struct_config__.tag}  # type: ignore[arg-type]
    doubt = {"device_status", "perfusion_index_percent"} if element.doubt else set()
    return doubt | set(evidence_as_json(element))


def test_every_word_of_the_texts_reads_well() -> None:
    (known, elements) = next(lives())
    episode = next(iter(episodes_of(fold(Folder(known, NATIONAL), elements, elements[-1].at))))
    for kind in set(get_args(Kind)) - {"opened", "worsened", "eased"}:  # these speak by their rule
        reason = explain(Transition(kind, 1, episode, episode.explanation), NATIONAL).reason
        assert kind in NATIONAL.texts
        assert NATIONAL[episode.explanation.rule].name.zh in reason.zh
        assert NATIONAL[episode.explanation.rule].name.en in reason.en
    assert facts_of(episode.explanation)[0].keys() >= {"evidence"}


_EDGES = {
    "spo2_tenths": (835, 851, 880, 881, 921, 930, 931, 954, 955, 960, 1_000),
    "pulse_per_min": (40, 50, 51, 90, 91, 110),
    "respirations_per_min": (11, 12, 20, 21),
    "temperature_tenths": (350, 361, 370, 371, 372, 373, 374, 380, 381),
    "systolic_mmhg": (90, 100, 111, 219, 220),
}

readings = st.fixed_dictionaries(
    {vital: st.sampled_from((None, *values, *values)) for vital, values in _EDGES.items()}
    | {
        "temperature_site": st.sampled_from([None, "oral", "axillary", "ear", "forehead", "rectal"]),
        "consciousness": st.sampled_from([None, "A", "C", "U"]),
        "on_oxygen": st.sampled_from([None, False, True]),
        "after_activity": st.booleans(),
        "continuous": st.booleans(),
        "doubt": st.sampled_from([0, int(Doubt.WEAK_SIGNAL), int(Doubt.IMPOSSIBLE)]),
    }
)


def moved_inside(band: Band, values: dict[str, Any]) -> dict[str, Any]:
    """The values, those outside the band moved to its edge."""
    inside = dict(values)
    for vital, (least, most) in band.items():
        value = inside[vital]
        if vital == "consciousness":
            inside[vital] = value and "A"
        elif vital in ("on_oxygen", "after_activity"):
            inside[vital] = value and False
        elif value is not None:
            inside[vital] = None if least > 1_000 else min(max(value, least), most)
    return inside


@pytest.mark.parametrize("rule", OF_RESIDENTS, ids=[rule.id for rule in OF_RESIDENTS])
@settings(max_examples=150)
@given(
    profile=profiles, made=st.lists(readings, min_size=1, max_size=4), apart=st.sampled_from([1, 10_000, 6 * MINUTE])
)
def test_inside_the_quiet_band_it_has_nothing_to_say(
    rule: Rule, profile: Profile, made: list[dict[str, Any]], apart: Millis
) -> None:
    """The gate skips such readings, so no rule may say or ask anything, on the very edges included."""
    baseline = (profile.usual_spo2_tenths, None)
    band = rule.detector.quiet(profile, baseline)
    is_quiet = gate_for(InForce(0, RuleSet("", (rule,), {})), profile, baseline).is_quiet
    view = History(profile)
    for number, values in enumerate(made):
        reading = Reading(at(1) + number * apart, f"{number}", **moved_inside(band, values))
        assert is_quiet(reading)
        view.add(reading)
        if rule.detector.applies(view):
            assert not isinstance(rule.detector.judge(view), Present)
            assert rule.detector.asks(view) is None


@settings(max_examples=300)
@given(profile=profiles, values=readings, usual=st.sampled_from([(None, None), (970, 362), (915, None)]))
def test_a_reading_concerns_the_rules_in_whose_band_it_does_not_lie(
    profile: Profile, values: dict[str, Any], usual: tuple[int | None, int | None]
) -> None:
    reading, force = Reading(at(1), "a", **values), InForce(0, NATIONAL)
    gate = gate_for(force, profile, usual)
    alone = [gate_for(InForce(0, RuleSet("", (judge.rule,), {})), profile, usual) for judge in force.judges]
    outside = [judge for judge, one in zip(force.judges, alone, strict=True) if not one.is_quiet(reading)]
    assert list(force.chosen(gate.outside(reading))) == outside
    assert gate.is_quiet(reading) == (not outside)


@EVERY
@settings(max_examples=60)
@given(profile=profiles, day=st.integers(0, 60), offset=st.integers(0, DAY - 1))
def test_its_next_due_time_is_later_and_the_first(rule: Rule, profile: Profile, day: int, offset: int) -> None:
    after = at(day) + offset
    dues = [after]
    while len(dues) < 5 and dues[-1] < NEVER:
        dues.append(rule.detector.next_due(profile, dues[-1]))
    assert all(one < other for one, other in pairwise(dues))
    if not rule.detector.is_clocked or not profile.cutoffs:
        assert dues[1] == NEVER
        return
    assert dues[-1] - after <= 6 * DAY
    for one, other in pairwise(dues):
        assert rule.detector.next_due(profile, (one + other) // 2) in (other, rule.detector.next_due(profile, one))


@EVERY
def test_at_a_due_time_it_only_speaks_of_what_was_asked(rule: Rule) -> None:
    """An answered question is no finding: what a detector asks for and gets, it does not miss."""
    for known, elements in list(lives())[:15]:
        changes = fold(Folder(known, RuleSet("", (rule,), {}), gated=False), elements, elements[-1].at)
        for change in changes:
            if change.key[1] == 1 and change.standing and rule.lapses_after is not None:
                cause = change.key[2].removeprefix(f"{rule.id}:")
                assert any(element.id == cause and element.at < change.key[0] for element in elements)
