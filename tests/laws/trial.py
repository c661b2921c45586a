"""One trial of the laws on one random history; `python -m tests.laws.soak N [FIRST]` runs many."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Iterator

from alerts.explain import explain
from alerts.follow import Follower
from detectors.beyond import KEPT_VITALS
from detectors.corrections import Arrival
from detectors.engine import Engine, Life, ProfilesOf, reference
from detectors.history import SUMMARY_DAYS, TEST_AGE, History
from detectors.profile import Profile
from detectors.recent import RAW_AGE
from detectors.schedule import Rules, Schedule, scheduled
from detectors.times import DAY, HOUR, MINUTE, NEVER, Millis
from tests.laws.extra_rules import harsh_rules, harsh_schedule
from tests.laws.histories import START, Maker
from tests.laws.worker import Worker, window_of

RULES = harsh_rules()


def run(rng: random.Random, way: Way | None = None) -> tuple[int, int]:
    """Laws 2 and 3 on one history, judged in one of the ways below; (arrivals, episodes)."""
    maker = Maker(rng)
    people = maker.history()
    arrivals = maker.arrivals()
    days = [one.event.at for one in arrivals] or [START]
    rules = harsh_schedule(rng, RULES, min(days), max(days))
    known = {who: (maker.profiles(), rules) for who in people}
    last = max((one.event.at for one in arrivals), default=START)
    looked = last + rng.choice((-DAY, 0, HOUR, 4 * DAY))
    gated = rng.random() < 0.7
    drawn = rng.choice((in_memory, followed, as_worker, activated))
    engine = (way or drawn)(known.__getitem__, gated, _steps(maker, arrivals, looked), rng)
    wanted = reference(rng.sample(arrivals, len(arrivals)), known.__getitem__, looked)
    assert set(engine.lives) == set(wanted), "other people"
    for who, want in wanted.items():
        got = engine.episodes(who)
        assert got == want, (who, [x for x in got if x not in want], [x for x in want if x not in got])
        _check_history(engine.lives[who], rng)
    return len(arrivals), sum(map(len, wanted.values()))


Steps = Iterator[tuple[list[Arrival], Millis]]
"""Batches, and how far due times may be looked at after each."""

Way = Callable[[ProfilesOf, bool, Steps, random.Random], Engine]
"""How a history is judged: profiles, whether gated, batches, chance."""


def _steps(maker: Maker, arrivals: list[Arrival], looked: Millis) -> Steps:
    until: Millis = -NEVER
    for batch in maker.batches(arrivals):
        ahead = max(one.event.at for one in batch) + maker.rng.choice((-DAY, 0, MINUTE))
        until = max(until, min(looked, ahead))
        yield batch, until
    yield [], looked


def in_memory(profiles_of: ProfilesOf, gated: bool, steps: Steps, rng: random.Random) -> Engine:
    engine = Engine(profiles_of, gated)
    for batch, until in steps:
        engine.process(batch, until)
    return engine


def followed(profiles_of: ProfilesOf, gated: bool, steps: Steps, rng: random.Random) -> Engine:
    """Laws 2 and 4: stored episodes are the folded ones, every id that went was told of, all explains itself."""
    follower = Follower(Engine(profiles_of, gated))
    for batch, until in steps:
        before = {who: {one.id for one in stored} for who, stored in follower.stored.items()}
        told = list(follower.process(batch, until))
        assert all(explain(one, profiles_of(who)[1]).reason.en for who, one in told)
        for who, stored in follower.stored.items():
            ids = [one.id for one in stored]
            assert len(set(ids)) == len(ids), "an id stands twice"
            content = sorted((one.episode for one in stored), key=lambda one: (one.condition, one.opened))
            assert content == follower.engine.episodes(who), "stored and folded differ"
            gone = {one.id for name, one in told if name == who and one.kind in ("joined", "withdrawn")}
            assert before.get(who, set()) - set(ids) == gone, "an episode went without a word"
    return follower.engine


def as_worker(profiles_of: ProfilesOf, gated: bool, steps: Steps, rng: random.Random) -> Engine:
    """Stopped and started between batches, with windows of the past only."""
    worker, often = Worker(profiles_of, gated), rng.choice((0.05, 0.3, 1))
    for batch, until in steps:
        worker.process(batch, until)
        if rng.random() < often:
            worker.restart()
    return worker


def activated(profiles_of: ProfilesOf, gated: bool, steps: Steps, rng: random.Random) -> Engine:
    """The last rule set and profile become known in the middle: what had been judged from then on is judged again."""
    worker = Worker(lambda who: _before(*profiles_of(who)), gated)
    left = rng.randint(1, 20)
    for batch, until in steps:
        worker.process(batch, until)
        left -= 1
        if left == 0:
            worker.learn(profiles_of, until)
        elif rng.random() < 0.2:
            worker.restart()
    if left > 0:
        worker.learn(profiles_of, worker.until)
    return worker


def _before(profiles: tuple[Profile, ...], rules: Rules) -> tuple[tuple[Profile, ...], Rules]:
    """What was known before the last profile and the last rule set."""
    periods = [(period.since, period.rules) for period in scheduled(rules).periods]
    return profiles[:-1] or profiles, Schedule(periods[:-1] or periods)


def _check_history(life: Life, rng: random.Random) -> None:
    """Built in order or rebuilt at any cut, from everything or from a window: equal."""
    if not life.timeline.keys:
        return
    cut = rng.choice(life.timeline.keys)
    built = History(life.folder.profiles[0])
    for element in life.timeline.elements[: bisect.bisect_right(life.timeline.keys, cut)]:
        built.profile = life.folder.profile_at(element.at)
        built.add(element)
    built.pass_time(cut[0])
    rebuilt = life.timeline.history(life.folder, cut)
    assert asked_of(built) == asked_of(rebuilt)
    window = window_of(life.timeline, life.folder, cut[0])
    assert asked_of(rebuilt) == asked_of(window.history(life.folder, cut))


def asked_of(view: History) -> tuple:
    """Everything a view can be asked, and nothing more."""
    doubtful = view.doubtful_within(RAW_AGE)
    return (
        list(view.recent()),
        [view.newest_within(vital, RAW_AGE) for vital in KEPT_VITALS],
        None if doubtful is None else doubtful.id,
        [_last_below(view, limit, at_rest) for limit in range(840, 1_010, 10) for at_rest in (True, False)],
        view.quarters(),
        view.baseline(),
        view.present_now(),
        [one.id for one in view.answers_within(RAW_AGE)],
        [one.id for one in view.tests_within(TEST_AGE)],
        view.returned_within(TEST_AGE),
        recent_days(view),
        view.checked_at if view.checked_at > view.at - DAY else None,
    )


def _last_below(view: History, limit: int, at_rest: bool) -> Millis | None:
    below = view.last_below(limit, at_rest=at_rest)
    return below if below is not None and below > view.at - RAW_AGE else None


def recent_days(view: History) -> dict[int, list[int | None]]:
    """Of the days that are over: the highest temperature and score."""
    today = view.profile.day_of(view.at)
    view.baseline()  # a day that is over is summed up when somebody asks
    return {
        day: values
        for day, (_, _, *values) in view.days
        if today - SUMMARY_DAYS <= day < today and values != [None, None]
    }
