"""Which checks are due? By the rules that will miss them: the cut-offs of the day, and what a rule has asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from detectors.fever import SingleFever
from detectors.measurability import CannotBeMeasured
from detectors.missed_check import MissedCheck
from detectors.oxygen import CriticalHypoxia, RestingHypoxia
from detectors.profile import Profile
from detectors.rules import Rule, Text
from detectors.schedule import Schedule
from detectors.times import NEVER, Millis
from store.checks import LookedAfter
from store.profiles import Profiles
from store.roll import Resident
from store.subjects import Asked

REPEATS: Final = (RestingHypoxia, CriticalHypoxia, SingleFever, CannotBeMeasured)
"""They ask for the same measurement again, within minutes: that is confirming, and stands apart from the round."""


class Due(Struct, frozen=True):
    """Something that is to be done for a resident before a time."""

    resident: str
    place: str  # unit and bed
    rule: str
    rule_name: Text
    due_at: Millis
    asked_at: Millis | None = None  # of a repeat or an observation that a rule asked for
    checked_at: Millis | None = None  # of a check of the round: the last one before
    missed_at: Millis | None = None  # the last cut-off came without a check


class DueChecks(Struct, frozen=True):
    """What a facility has to do, what was missed and what comes soonest first."""

    repeats: list[Due]  # to confirm
    checks: list[Due]
    away: list[LookedAfter]  # of them nothing is due


def due_checks(
    people: Sequence[Resident],
    looked: Mapping[str, LookedAfter],
    known: Profiles,
    rules: Schedule,
    asked: Iterable[Asked],
    now: Millis,
) -> DueChecks:
    """Of everybody who lives there; `looked` is by the resident's code."""
    places = {one.code: " ".join(part for part in (one.unit, one.bed) if part) for one in people}
    wanted = [_asked(one, rules, places) for one in asked]
    repeats = [due for due, is_repeat in wanted if is_repeat]
    checks = [due for due, is_repeat in wanted if not is_repeat]
    here = [looked[one.code] for one in people if one.code in looked and looked[one.code].presence == "in"]
    for rule in _rounds(rules, now):
        checks += [due for one in here if (due := _of_round(one, known, rule, places, now)) is not None]
    # Python keeps the order of what is equal: within a cut-off the order of the round stands.
    checks.sort(key=lambda due: (due.missed_at is None, due.due_at))
    return DueChecks(
        repeats, checks, [one for one in looked.values() if one.presence != "in" and one.resident in places]
    )


def _rounds(rules: Schedule, now: Millis) -> list[Rule]:
    return [rule for rule in rules.at(now).rules.rules if type(rule.detector) is MissedCheck]


def _of_round(one: LookedAfter, known: Profiles, rule: Rule, places: Mapping[str, str], now: Millis) -> Due | None:
    profile = _at(known.of(one.resident_id, one.known_from), now)
    if rule.modes is not None and profile.mode not in rule.modes:
        return None
    assert isinstance(rule.detector, MissedCheck)
    checked_at = -NEVER if one.checked_at is None else one.checked_at
    due_at = rule.detector.waits_until(profile, checked_at, now)
    if due_at is None:
        return None
    missed_at = rule.detector.missed_at(profile, checked_at, now)
    return Due(one.resident, places[one.resident], rule.id, rule.name, due_at, None, one.checked_at, missed_at)


def _at(profiles: Sequence[Profile], now: Millis) -> Profile:
    return next((one for one in reversed(profiles) if one.valid_from <= now), profiles[0])


def _asked(one: Asked, rules: Schedule, places: Mapping[str, str]) -> tuple[Due, bool]:
    rule = rules.rule(one.rule, one.asked_at)
    due = Due(one.resident, places.get(one.resident, ""), one.rule, rule.name, one.due_at, one.asked_at)
    return due, isinstance(rule.detector, REPEATS)
