"""Same checks, same episodes (law 3); nothing told twice or forgotten (law 2)."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.corrections import Arrival
from detectors.engine import Engine, reference
from detectors.fold import Folder
from detectors.observations import Element, Reading
from detectors.profile import Profile
from detectors.state import AFTER_ALL, OBSERVED, Output
from detectors.times import HOUR, MINUTE, SECOND, Millis
from tests.laws import trial
from tests.laws.extra_rules import harsh_rules, harsh_schedule
from tests.laws.histories import Maker, at

SEEDS = 240
CHUNKS = 8
RULES = harsh_rules()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_any_order_batching_repetition_and_restart_ends_in_the_same_episodes(chunk: int) -> None:
    for seed in range(chunk, SEEDS, CHUNKS):
        trial.run(random.Random(seed))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_histories_that_hypothesis_draws_end_in_the_same_episodes(rng: random.Random) -> None:
    trial.run(rng)


_VALUES = st.sampled_from([850, 880, 930, 931, 949, 950, 970])
_UNITS = st.sampled_from([1, 10 * SECOND, 61 * SECOND, 10 * MINUTE, HOUR, 15 * HOUR])


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 40), _VALUES, _UNITS), max_size=9),
    st.randoms(use_true_random=False),
    st.integers(1, 4),
)
def test_small_timelines_on_a_coarse_grid_are_the_same_in_any_order(
    made: list[tuple[int, int, int]], rng: random.Random, size: int
) -> None:
    profiles = (Profile(),)
    arrivals = [
        Arrival("a", when, Reading(when, f"e{i}", spo2))
        for i, (k, spo2, unit) in enumerate(made)
        for when in (at(1, "06:00") + k * unit,)
    ]
    wanted = reference(arrivals, lambda who: (profiles, RULES), at(30)).get("a", [])
    rng.shuffle(arrivals)
    engine = Engine(lambda who: (profiles, RULES))
    for start in range(0, len(arrivals), size):
        batch = arrivals[start : start + size]
        engine.process(batch, max(one.event.at for one in arrivals[: start + size]))
    engine.process([], at(30))
    assert (engine.episodes("a") if made else []) == wanted


def test_the_quiet_gate_changes_nothing() -> None:
    saved = 0
    for seed in range(120):
        maker = Maker(random.Random(seed))
        maker.history()
        profiles = maker.profiles()
        elements = sorted(
            (event for who, event in maker.events if who == "a" and isinstance(event, Element)),
            key=lambda one: (one.at, one.id),
        )
        rules = harsh_schedule(maker.rng, RULES, at(0), at(20))
        until = maker.rng.choice((at(60), at(5), at(10)))
        (gated, asked), (ungated, every) = (
            _folded(Folder(profiles, rules, how), elements, until) for how in (True, False)
        )
        assert gated == ungated
        assert asked <= every
        saved += every - asked
    assert saved > 100_000, "a gate that lets everything pass proves nothing"


def _folded(folder: Folder, elements: list[Element], until: Millis) -> tuple[object, int]:
    """All that a fold says and carries on, and how often it asked a rule."""
    state, view, out = folder.start(), folder.view(folder.profiles[0]), Output()
    for element in elements:
        folder.run_dues(state, view, (element.at, OBSERVED, element.id), until, out)
        folder.step(state, view, element, out)
    folder.run_dues(state, view, AFTER_ALL, until, out)
    return (out.changes, out.failures, state), out.ran
