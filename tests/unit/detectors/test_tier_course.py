"""A tier's course: what facts, birthdays, the facility's word and another table change, and why."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import structs

from detectors.profile import Profile
from detectors.tier_changes import Cause
from detectors.tier_course import Known, TierEntry, course, with_tiers
from detectors.tiers import Condition, TierTable
from detectors.times import DAY, Millis, to_millis
from streams.catalogue import national

CHINA = Profile()


def day(text: str) -> Millis:
    return to_millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


def table(at: Millis = 0) -> TierTable:
    tiers = national().tiers
    assert tiers is not None
    return tiers


WELL = Known(day("2026-03-01"), 1947, Condition(0), None, "full")
ILL = structs.replace(WELL, conditions=Condition.STROKE, conditions_stable=True)


def shown(entries: list[TierEntry]) -> list[tuple[Millis, str | None, Cause | None]]:
    return [(entry.since, entry.tier, entry.cause) for entry in entries]


def test_the_turn_of_a_year_is_known_beforehand_to_the_minute() -> None:
    found = course([WELL], table, CHINA)
    assert shown(found) == [(WELL.at, "green", Cause.FIRST), (day("2027-01-01"), "yellow", Cause.AGED)]
    west = Profile(zone="Asia/Urumqi")
    assert course([WELL], table, west)[1].since == day("2027-01-01") + DAY // 12


def test_a_birthday_after_another_fact_goes_by_that_fact() -> None:
    corrected = structs.replace(WELL, at=day("2026-05-01"), birth_year=1960)
    assert [entry.tier for entry in course([WELL, corrected], table, CHINA)] == ["green", "yellow"]
    assert course([WELL, corrected], table, CHINA)[-1].since == day("2040-01-01")


def test_each_change_says_why() -> None:
    partly = structs.replace(ILL, vaccination="partial", birth_year=1955)
    steps = [
        partly,
        structs.replace(partly, at=partly.at + DAY, vaccination="full"),
        structs.replace(partly, at=partly.at + 2 * DAY, vaccination="full", conditions_stable=False),
        structs.replace(partly, at=partly.at + 3 * DAY, vaccination="full", conditions_stable=True),
        structs.replace(partly, at=partly.at + 4 * DAY, vaccination="booster", conditions_stable=True),
    ]
    found = course(steps, table, CHINA)[:5]
    assert [(one.tier, one.cause) for one in found] == [
        ("yellow", Cause.FIRST),
        ("green", Cause.VACCINATED),
        ("red", Cause.WORSENED),
        ("green", Cause.STABILISED),
        ("green", None),  # a booster: the reason is another one, the tier is not
    ]


def test_a_fact_not_known_leaves_no_tier_and_is_named() -> None:
    (entry,) = course([Known(0)], table, CHINA)
    assert (entry.tier, entry.ours) == (None, None)
    assert "vaccination not known" in entry.en


def test_a_given_tier_is_stale_only_once_something_happened_after_it() -> None:
    said = structs.replace(ILL, given="red")  # the table says yellow from the first: the facility's judgement
    found = course([said], table, CHINA)
    assert [(one.tier, one.ours, one.stale_since) for one in found] == [
        ("red", "green", None),
        ("red", "yellow", day("2027-01-01")),
    ]
    worse = structs.replace(said, at=said.at + DAY, given="green", conditions_stable=False)
    later = structs.replace(worse, at=worse.at + DAY, vaccination="none")
    assessed = structs.replace(later, at=later.at + DAY, assessed_on=later.at)
    agreed = structs.replace(assessed, at=assessed.at + DAY, given="red")
    first = structs.replace(said, given="green")
    found = [
        one for one in course([first, worse, later, assessed, agreed], table, CHINA) if one.since < day("2027-01-01")
    ]
    assert [(one.tier, one.stale_since) for one in found] == [
        ("green", None),
        ("green", worse.at),
        ("green", worse.at),  # since when does not move
        ("green", None),  # assessed anew, and given again
        ("red", None),
    ]


def test_what_happened_before_the_facility_spoke_is_no_news() -> None:
    old = Known(day("2015-01-01"), 1938, Condition(0), None, "full", "green", said_at=day("2026-03-01"))
    assert [one.stale_since for one in course([old], table, CHINA)] == [None, None]
    assert course([structs.replace(old, said_at=0)], table, CHINA)[-1].stale_since == day("2018-01-01")


def test_without_a_table_the_facility_s_word_counts_and_nothing_else() -> None:
    found = course([structs.replace(ILL, given="red"), structs.replace(ILL, at=ILL.at + DAY)], lambda at: None, CHINA)
    assert [(one.tier, one.ours) for one in found] == [("red", None), (None, None)]


def test_profiles_carry_the_tier_of_their_time() -> None:
    profiles = (Profile(usual_spo2_tenths=970), Profile(valid_from=day("2026-06-01"), usual_spo2_tenths=960))
    found = with_tiers(profiles, course([WELL], table, CHINA))
    assert [(one.valid_from, one.tier, one.usual_spo2_tenths) for one in found] == [
        (0, "green", 970),
        (day("2026-06-01"), "green", 960),
        (day("2027-01-01"), "yellow", 960),
    ]
    assert with_tiers(profiles, []) == profiles
