"""Due is what the rules will miss: the page and the missed-check rule never differ."""

from __future__ import annotations

import random

from dashboards.console.due import due_checks
from detectors.episodes import episodes_of
from detectors.fold import Folder, fold
from detectors.missed_check import MissedCheck
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.schedule import scheduled
from detectors.times import DAY, HOUR, MINUTE, Millis
from store.checks import LookedAfter
from store.profiles import Profiles
from store.roll import Resident
from store.subjects import Asked
from streams.catalogue import national

RULES = scheduled(national())
MIDNIGHT = 1_767_542_400_000  # 2026-01-05 in China
KNOWN = Profiles(None, (Profile(),), {})


def _person(code: str) -> Resident:
    return Resident(code, False, "3F", "12", None, None, None, None, None, None, None)


def _due(looked: LookedAfter, now: Millis) -> list[tuple[str, Millis, Millis | None]]:
    found = due_checks([_person(looked.resident)], {looked.resident: looked}, KNOWN, RULES, (), now)
    return [(one.rule, one.due_at, one.missed_at) for one in found.checks]


def _looked(at: Millis | None, presence: str = "in", known_from: Millis = MIDNIGHT - 9 * DAY) -> LookedAfter:
    return LookedAfter(7, "R-07", known_from, at, presence)  # type: ignore[arg-type]


def test_a_check_is_due_until_the_cut_off_and_missed_after_it() -> None:
    ten, six = MIDNIGHT + 10 * HOUR, MIDNIGHT + 18 * HOUR
    evening = MIDNIGHT - 7 * HOUR  # 17:00 of the day before
    assert _due(_looked(evening), ten - HOUR) == [("D24", ten, None)]
    assert _due(_looked(ten - 2 * HOUR), ten - HOUR) == []
    assert _due(_looked(evening), ten + MINUTE) == [("D24", six, ten)]
    assert _due(_looked(ten + MINUTE), ten + HOUR) == []
    assert _due(_looked(None), ten - HOUR) == [("D24", ten, MIDNIGHT - 6 * HOUR)]
    assert _due(_looked(None, known_from=ten - 2 * HOUR), ten - HOUR) == [("D24", ten, None)], (
        "a newcomer missed nothing"
    )
    assert _due(_looked(None, "hospital"), ten - HOUR) == []


def test_what_was_missed_here_is_what_the_rule_finds() -> None:
    chance = random.Random(7)
    rule = next(one for one in national().rules if type(one.detector) is MissedCheck)
    for _ in range(300):
        known_from = MIDNIGHT - chance.randrange(4) * DAY - chance.randrange(1_440) * MINUTE
        times = sorted(known_from + chance.randrange(4 * 1_440) * MINUTE for _ in range(chance.randrange(5)))
        now = max([known_from, *times]) + chance.randrange(1, 1_440) * MINUTE
        readings = [Reading(at, f"{number:036}", 970) for number, at in enumerate(times)]
        profile = Profile(checks_from=known_from)
        found = episodes_of(fold(Folder((profile,), RULES), readings, now))
        stands = any(one.condition == rule.condition and one.ended is None for one in found)
        ((_, _, missed_at),) = _due(_looked(max(times, default=None), known_from=known_from), now) or [("", 0, None)]
        assert stands == (missed_at is not None), (known_from, times, now)


def test_what_a_rule_asks_for_is_due_and_a_repeat_stands_apart() -> None:
    now = MIDNIGHT + 9 * HOUR
    asked = [Asked(7, "R-07", rule, "a", now - HOUR, now + HOUR) for rule in ("D01", "D40", "D37")]
    looked = _looked(now - HOUR)
    found = due_checks([_person("R-07")], {"R-07": looked}, KNOWN, RULES, asked, now)
    assert [one.rule for one in found.repeats] == ["D01"]
    assert [(one.rule, one.place) for one in found.checks] == [("D40", "3F 12"), ("D37", "3F 12")]
