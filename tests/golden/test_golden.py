"""The golden corpus: small stories with the exact episodes they end in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from alerts.explain import explain
from alerts.follow import Follower
from detectors.corrections import Arrival
from detectors.engine import Engine
from detectors.episodes import Episode
from detectors.observations import CheckIn, Correction, Doubt, Element, Reading, TestResult, Visit
from detectors.profile import Profile
from detectors.schedule import Schedule
from detectors.times import NEVER, Millis
from streams.catalogue import national
from tests.golden import edges, lapses
from tests.laws.histories import at

STORIES = [
    story
    for file in sorted(Path(__file__).parent.glob("*.toml"))
    for story in tomllib.loads(file.read_text("utf-8"))["story"]
]
STORIES += [*edges.stories(), *lapses.stories()]
_WORD = {"pulse": "pulse_per_min", "resp": "respirations_per_min", "sys": "systolic_mmhg", "con": "consciousness"}


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_the_story_ends_in_its_episodes(story: dict[str, Any]) -> None:
    profile = msgspec.convert(story.get("resident", {}), Profile)
    rules = rules_of(story)
    engine = Engine(lambda who: ((profile,), rules))
    follower = Follower(engine)
    clock: Millis = -NEVER
    told = []
    for number, text in enumerate(daily(story["events"])):
        arrival = read(text, f"e{number:03d}")
        clock = max(clock, arrival.event.at)
        for batch in ([], [arrival]):
            told += [(clock, one) for _, one in follower.process(batch, clock - 1)]
    clock = max(clock, moment(story["until"]) if "until" in story else at(0, "23:00"))
    told += [(clock, one) for _, one in follower.process([], clock)]
    watched = conditions_of(story)
    shown = sorted(
        shown_as(who, one.episode)
        for who, stored in follower.stored.items()
        for one in stored
        if one.episode.condition in watched
    )
    assert shown == sorted(story["episodes"])
    assert all(explain(one, rules).reason.zh for _, one in told), "every alert explains itself"
    if "asks" in story:
        assert [f"{one.rule} {clocked(one.due)}" for one in engine.life("R").subject.state.questions] == story["asks"]
    if "transitions" in story:
        assert [
            f"{one.kind} {clocked(when if one.at is None else one.at)} {one.episode.severity.name}"
            for when, one in told
            if one.episode.condition in watched
        ] == story["transitions"]


def rules_of(story: dict[str, Any]) -> Schedule:
    """The national rules, and from each given moment on the same with other parameters or without some of them."""
    periods = [(0, national())]
    for later in story.get("rules", []):
        kept = tuple(
            structs.replace(rule, detector=structs.replace(rule.detector, **later.get(rule.id, {})))
            for rule in national().rules
            if rule.id not in later.get("without", [])
        )
        periods.append((moment(later["since"]), structs.replace(national(), rules=kept)))
    return Schedule(periods)


def conditions_of(story: dict[str, Any]) -> set[str]:
    """Every condition, but what is due again only in the stories about it: most end long before the next check."""
    named = " ".join(story["episodes"]) + story["name"]
    every = {rule.condition for rule in national().rules}
    due = {"missed_check", "observation_due", "test_overdue", "symptomatic_untested", "follow_up"}
    return every - {one for one in due if one not in named and not ("misses" in named and one == "missed_check")}


def shown_as(who: str, episode: Episode) -> str:
    ended = "open" if episode.ended is None else f"{clocked(episode.ended[0])} {episode.outcome}"
    rules = ",".join(episode.rules)
    name = "" if who == "R" else f"{who} "
    return f"{name}{episode.condition} {clocked(episode.opened[0])} - {ended} {episode.worst.name} {rules}"


def daily(events: list[str]) -> Iterator[str]:
    """Every event; "d1-20 07:00 spo2=97" on each of twenty days, in the place of the first."""
    for text in events:
        found = re.match(r"d(\d+)-(\d+) ", text)
        days = range(int(found[1]), int(found[2]) + 1) if found else ()
        yield from [f"d{day} {text[found.end() :]}" for day in days] if found else [text]


def clocked(when: Millis) -> str:
    day, rest = divmod((when - at(0)) // 1000, 86_400)
    time = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else "")
    return time if day == 0 else f"d{day + 1} {time}"


def moment(text: str) -> Millis:
    found = re.match(r"(?:d(\d+)[ @])?(\d\d:\d\d)(?::(\d\d))?", text)
    assert found, text
    return at(int(found[1] or 1) - 1, found[2], int(found[3] or 0))


def read(text: str, default_id: str) -> Arrival:
    """One event as a story writes it."""
    found = re.match(r"((?:d\d+ )?[\d:]+) (.*)", text)
    assert found, text
    when, words = moment(found[1]), dict(word.partition("=")[::2] for word in found[2].split())
    event_id = words.pop("id", default_id)
    received = words.pop("received", None)
    event = _correction(when, event_id, words) if "correct" in words else _element(when, event_id, words)
    return Arrival("R", when if received is None else moment(received), event)


def _element(when: Millis, event_id: str, words: dict[str, str]) -> Element:
    if "check_in" in words:
        said = {
            name: tuple(filter(None, words[name].split(","))) for name in ("symptoms", "soft_signs") if name in words
        }
        return CheckIn(when, event_id, words["check_in"], **said)
    if "visit" in words:
        return Visit(when, event_id, "tier_followup", words["visit"])
    if "test" in words:
        return TestResult(when, event_id, *words["test"].split("/"))
    given: dict[str, Any] = {"continuous": "continuous" in words, "after_activity": "active" in words}
    if "oxygen" in words or "air" in words:
        given["on_oxygen"] = "oxygen" in words
    if "spo2" in words:
        given["spo2_tenths"] = round(float(words["spo2"]) * 10)
    if "temp" in words:
        celsius, _, site = words["temp"].partition("/")
        given |= {"temperature_tenths": round(float(celsius) * 10), "temperature_site": site or None}
    if "doubt" in words:
        given["doubt"] = int(Doubt[words["doubt"]])
    for word, field in _WORD.items():
        if word in words:
            given[field] = words[word] if word == "con" else int(words[word])
    return Reading(when, event_id, **given)


def _correction(when: Millis, event_id: str, words: dict[str, str]) -> Correction:
    original, _, observed = words["correct"].partition("@")
    if "replaced_by" in words:
        spo2, _, moved = words["spo2"].partition("@")
        replacement = _element(moment(moved), event_id, {"spo2": spo2})
        return Correction(when, event_id, original, moment(observed), "replaced_by", replacement, words["replaced_by"])
    action = "stands" if "stands" in words else "entered_in_error"
    return Correction(when, event_id, original, moment(observed), action)
