"""One trial of the laws on one random history; `python -m tests.laws.trial N [FIRST]` runs many."""

from __future__ import annotations

import bisect
import random
import sys
import time

from alerts.follow import Follower
from detectors.engine import Engine, Life, reference
from detectors.episodes import episodes_of
from detectors.fold import Folder, fold
from detectors.history import BUCKET_COUNT, RAW_AGE, History
from detectors.observations import Element
from detectors.rules import RuleSet
from detectors.subject import Subject
from detectors.timeline import Timeline, key_of
from detectors.times import DAY, HOUR, MINUTE, NEVER, Millis
from tests.laws.extra_rules import harsh_rules
from tests.laws.histories import START, Maker

RULES = harsh_rules()


def run(rng: random.Random) -> tuple[int, int]:
    """Laws 2 and 3 on one history; (arrivals, episodes)."""
    maker = Maker(rng)
    people = maker.history()
    known = {who: (maker.profiles(), RULES) for who in people}
    arrivals = maker.arrivals()
    last = max((one.event.at for one in arrivals), default=START)
    looked = last + rng.choice((-DAY, 0, HOUR, 4 * DAY))
    follower = Follower(Engine(known.__getitem__, gated=rng.random() < 0.7))
    watched = rng.random() < 0.5
    until: Millis = -NEVER
    for batch in maker.batches(arrivals):
        ahead = max(one.event.at for one in batch) + rng.choice((-DAY, 0, MINUTE))
        until = max(until, min(looked, ahead))
        if watched:
            _process_watched(follower, batch, until)
        else:
            follower.engine.process(batch, until)
        if rng.random() < 0.1:
            _restart(follower.engine, rng.choice(people), until)
    follower.engine.process([], looked)
    wanted = reference(arrivals, known.__getitem__, looked)
    assert set(follower.engine.lives) == set(wanted), "other people"
    for who, want in wanted.items():
        got = follower.engine.episodes(who)
        assert got == want, (who, [x for x in got if x not in want], [x for x in want if x not in got])
        _check_history(follower.engine.lives[who], rng)
    return len(arrivals), sum(map(len, wanted.values()))


def _process_watched(follower: Follower, batch: list, until: Millis) -> None:
    """Law 2: after each batch the stored episodes are the folded ones, and every id that went was told of."""
    before = {who: {one.id for one in stored} for who, stored in follower.stored.items()}
    told = list(follower.process(batch, until))
    for who, stored in follower.stored.items():
        ids = [one.id for one in stored]
        assert len(set(ids)) == len(ids), "an id stands twice"
        content = sorted((one.episode for one in stored), key=lambda one: (one.condition, one.opened))
        assert content == follower.engine.episodes(who), "stored and folded differ"
        gone = {one.id for name, one in told if name == who and one.kind in ("joined", "withdrawn")}
        assert before.get(who, set()) - set(ids) == gone, "an episode went without a word"


def _restart(engine: Engine, who: str, until: Millis) -> None:
    """Another process takes over: a new subject from the stored anchor and a window of the timeline."""
    life = engine.lives.get(who)
    if life is None or life.subject.until == -NEVER:
        return
    known_until = life.subject.until
    anchor = life.anchor_before((known_until, 3, ""))
    earliest = known_until if anchor is None or anchor.state.is_empty else min(anchor.key[0], known_until)
    subject = Subject(life.folder)
    before = list(life.changes)
    subject.resume(known_until, window_of(life.timeline, life.folder, earliest), life.anchor_before)
    life.subject = subject
    base, out = subject.take()
    life._replace(base, out)
    assert episodes_of(life.changes) == episodes_of(before), "a restart changed what stands"


def window_of(timeline: Timeline, folder: Folder, earliest: Millis) -> Timeline:
    """What the store would give: elements from the local midnight at least 72 h before, summaries before it."""
    profile = folder.profile_at(earliest)
    first = profile.day_of(earliest - RAW_AGE)
    cut = bisect.bisect_left(timeline.keys, (profile.midnight(first), 0, ""))
    days = {day: timeline.summary(day, profile) for day in range(first - 40, first)}
    return Timeline(
        timeline.elements[cut:],
        {day: summary for day, summary in days.items() if summary is not None},
        timeline.elements[0].at if timeline.elements else None,
    )


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
    first = view.at // (15 * MINUTE) - BUCKET_COUNT
    return (
        [reading.id for reading in view.recent()],
        {vital: r.id for vital, r in view.newest.items() if r.at > view.at - RAW_AGE},
        [step for step in view.stair if step[1] > view.at - RAW_AGE],
        [step for step in view.rest_stair if step[1] > view.at - RAW_AGE],
        [(b.number, b.count, b.least, b.most, b.total) for b in view.buckets if b.number > first],
        view.baseline(),
        view.present_now(),
        view.checked_at if view.checked_at > view.at - DAY else None,
    )


def folded(elements: list[Element], rules: RuleSet, profiles: tuple, until: Millis) -> list:
    """The episodes of elements given in order."""
    return episodes_of(fold(Folder(profiles, rules, gated=False), sorted(elements, key=key_of), until))


def main(number: int, first: int) -> None:
    """Runs seeds and says what was tried."""
    started, arrivals, episodes = time.monotonic(), 0, 0
    for seed in range(first, first + number):
        try:
            one, other = run(random.Random(seed))
        except BaseException:
            print(f"seed {seed}")
            raise
        arrivals, episodes = arrivals + one, episodes + other
    seconds = time.monotonic() - started
    print(f"{number} histories, {arrivals} arrivals, {episodes} episodes: identical, {seconds:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
