"""Small stories of outbreaks and missing equipment with their exact episodes; the real ones, flagged on their day."""

from __future__ import annotations

import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from alerts.explain import explain
from alerts.follow import Follower
from detectors.corrections import Arrival
from detectors.engine import ProfilesOf
from detectors.observations import CheckIn, Correction, Element, Equipment, ReportedDay, TestResult
from detectors.outbreaks import CasesTogether
from detectors.place_engine import PlaceEngine, place_reference
from detectors.places import PlaceProfile
from detectors.rules import RuleSet
from detectors.schedule import Rules
from detectors.subjects import Kind, SubjectName
from detectors.times import DAY, HOUR
from streams.catalogue import national
from tests.golden.test_golden import moment, shown_as
from tests.laws.histories import at
from tests.unit.clusters.making import rows_of

STORIES = [
    story
    for name in ("outbreaks", "equipment")
    for story in tomllib.loads((Path(__file__).parent / "places" / f"{name}.toml").read_text("utf-8"))["story"]
]
KINDS: dict[str, Kind] = {"R": "resident", "S": "staff", "F": "facility"}
FACILITY = SubjectName("F-1", "facility", "F-1")


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_the_story_ends_in_its_episodes(story: dict[str, Any]) -> None:
    living = story.get("living", {})
    unit = next(iter(living), None)
    facility = PlaceProfile(mode=story.get("mode", "疫情期间"), units=living, residents=sum(living.values()) or None)
    profiles = {"facility": facility, "unit": structs.replace(facility, residents=living.get(unit), units={})}
    engine = PlaceEngine(lambda place: ((profiles[SubjectName.parse(place).kind],), national()), lambda who, when: unit)
    follower = Follower(engine)
    told = []
    for day in range(*story.get("daily", (0, 0))):
        engine.hear("F-1", ReportedDay(at(day - 1), "day"))
    for number, text in enumerate(story["events"]):
        arrival = read(text, f"e{number:03d}")
        if "daily" in story and arrival.event.at > at(story["daily"][1]):
            engine.hear("F-1", ReportedDay(at((arrival.event.at - at(0)) // DAY), "day"))
        told += list(follower.process([arrival], arrival.received_at - 1))
    told += list(follower.process([], moment(story["until"])))
    found = [(place, one.episode) for place, stored in follower.stored.items() for one in stored]
    assert sorted(f"{_name(place)} {shown_as('R', one)}" for place, one in found) == sorted(story["episodes"])
    reasons = [explain(one, national()).reason for _, one in told]
    assert all(reason.zh and reason.en and "{" not in reason.zh + reason.en for reason in reasons)
    for words in story.get("says", ()):
        assert any(words in reason.en for reason in reasons), reasons


def _name(place: str) -> str:
    name = SubjectName.parse(place)
    return "facility" if name.kind == "facility" else name.id


def read(text: str, made: str) -> Arrival:
    """One event as a story writes it."""
    found = re.match(r"(d\d+ [\d:]+) ([RSF]-\d)(?:@(\S+))? (\S+)(.*)", text)
    assert found, text
    when, unit, what = moment(found[1]), found[3], found[4]
    words = dict(word.partition("=")[::2] for word in found[5].split())
    kind = KINDS[found[2][0]]
    event: Element | Correction
    if what.startswith("undo="):
        original, _, observed = what.removeprefix("undo=").partition("@")
        event = Correction(when, made, original, moment(observed))
    elif what == "report":
        numbers = {name: int(words[name]) for name in words.keys() & {"oximeters", "oxygen"}}
        event = Equipment(when, words.get("id", made), numbers.get("oximeters"), numbers.get("oxygen"))
    elif result := re.match(r"(antigen|pcr)([+?-])$", what):
        results = {"+": "positive", "-": "negative", "?": "undetermined"}
        event = TestResult(when, words.get("id", made), result[1], results[result[2]], unit=unit)
    else:
        event = CheckIn(when, made, symptoms=() if what == "ok" else tuple(what.split(",")), unit=unit)
    received = moment(words["received"]) if "received" in words else when
    return Arrival(str(SubjectName("F-1", kind, found[2])), received, event)


# ------------------------------------------------------------ real outbreaks


@pytest.mark.parametrize("k", [2, 3])
def test_each_real_care_home_outbreak_is_flagged_on_its_day_whatever_the_order(shared_data: Path, k: int) -> None:
    folder, rules = shared_data / "outbreak_bc_ltc", with_cases(k)
    onsets: dict[str, list[int]] = {}
    for row in rows_of(folder / "facility_daily_onsets.csv"):
        onsets.setdefault(row["location"], []).extend([int(row["day"])] * int(row["onsets"]))
    for row in rows_of(folder / "expected_rule_days.csv"):
        days = onsets[row["location"]]
        arrivals = []
        for number, day in enumerate(days):
            event = TestResult(at(day), f"e{number:03d}", "pcr", "positive")
            arrivals.append(Arrival(str(SubjectName("F-1", "resident", f"R-{number}")), at(day) + 9 * HOUR, event))
        for seed in range(3):
            random.Random(seed).shuffle(arrivals)
            engine = PlaceEngine(_knowing(rules), lambda who, when: None)
            for arrival in arrivals:
                engine.process([arrival], at(0))
            opened = {one.condition: (one.opened[0] - at(0)) // DAY for one in engine.episodes(str(FACILITY))}
            expected = row[f"d_ge{k}_in3"]
            assert opened["first_case"] == int(row["d_ge1"])
            assert opened.get("cluster") == (None if expected == "NA" else int(expected)), row["location"]


def test_each_class_of_the_norovirus_outbreak_is_flagged_on_its_day(shared_data: Path) -> None:
    folder = shared_data / "outbreak_linelists"
    wanted = json.loads((folder / "expected_clusters.json").read_text())["norovirus_derbyshire_2001"]
    ill = [row for row in rows_of(folder / "norovirus_derbyshire_2001_school.csv") if row["start_illness"] != "0"]
    arrivals = []
    for number, row in enumerate(ill):
        when = at(int(row["start_illness"]))
        event = CheckIn(when, f"e{number:03d}", symptoms=("vomiting",), unit=row["class"])
        arrivals.append(Arrival(str(SubjectName("S", "resident", f"P-{number}")), when, event))
    for k in (2, 3):
        found = place_reference(arrivals, {}, _knowing(with_cases(k)), lambda who, when: None, at(0))
        for name, one in wanted.items():
            episodes = found.get(str(SubjectName("S", "unit", name)), [])
            opened = (episodes[0].opened[0] - at(0)) // DAY if episodes else None
            assert opened == one[f"first_ge{k}_in3_dayno"], (name, k)


def _knowing(rules: Rules) -> ProfilesOf:
    return lambda place: ((PlaceProfile(),), rules)


def with_cases(k: int) -> Rules:
    """The national rules with k cases in 72 hours in place of the size."""
    changed = tuple(
        structs.replace(rule, detector=structs.replace(rule.detector, cases=k))
        if isinstance(rule.detector, CasesTogether)
        else rule
        for rule in national().rules
    )
    rules: RuleSet = structs.replace(national(), rules=changed)
    return rules
