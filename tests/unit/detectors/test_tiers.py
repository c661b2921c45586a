"""The tier table, its score, and why somebody's tier is another one."""

from __future__ import annotations

from itertools import product

import pytest

from detectors.rules import RulesError, parse_rules
from detectors.tier_changes import Cause, cause
from detectors.tiers import Condition, TierFacts, TierTable, assign, given
from streams.catalogue import national

COPD = Condition.CHRONIC_LUNG
NONE = Condition(0)


def table() -> TierTable:
    tiers = national().tiers
    assert tiers is not None
    return tiers


def facts(age: int | None, disease: str | None, vaccination: str | None) -> TierFacts:
    conditions = None if disease is None else NONE if disease == "none" else COPD
    stable = {"stable": True, "unstable": False}.get(disease or "")
    return TierFacts(age, conditions, stable, vaccination)  # type: ignore[arg-type]


# By age: disease (none, stable, unstable) by vaccination (none, partial, full). Capital: the table, small: the score.
WHOLE = {
    64: "GGG yyG RRY",
    65: "GGG YYG RRR",
    79: "GGG YYG RRR",
    80: "RRY RRY RRr",
    81: "RRY RRY RRr",
}


def test_every_cell_is_as_the_table_says_and_the_score_where_it_is_silent() -> None:
    for age, line in WHOLE.items():
        cells = product(("none", "stable", "unstable"), ("none", "partial", "full"))
        for (disease, doses), letter in zip(cells, line.replace(" ", ""), strict=True):
            found = assign(facts(age, disease, doses), table())
            assert found.tier == {"g": "green", "y": "yellow", "r": "red"}[letter.lower()], (age, disease, doses)
            assert ("评分" in found.zh, "score" in found.en) == (letter.islower(), letter.islower())


def test_the_reason_names_what_decided() -> None:
    found = assign(facts(83, "stable", "partial"), table())
    assert found.zh == "重点(红)：80岁及以上，基础疾病稳定，未全程接种（分级表）"
    assert found.en == "red: 80 or older, stable disease, not fully vaccinated (by the table)"
    assert assign(facts(50, "stable", "none"), table()).en.endswith("(by the score, 3)")
    assert assign(facts(70, "none", "booster"), table()).en == (
        "green: 65 to 79, no underlying disease, vaccinated with a booster (by the table)"
    )


def test_an_unknown_fact_counts_only_where_it_decides() -> None:
    assert assign(facts(70, "none", None), table()).tier == "green"
    assert assign(facts(70, "unstable", None), table()).tier == "red"
    found = assign(facts(70, "stable", None), table())
    assert (found.tier, found.zh, found.en) == (None, "未分级：缺接种情况", "no tier: vaccination not known")
    assert assign(TierFacts(), table()).zh == "未分级：缺出生年份、基础疾病、接种情况"
    assert "whether the disease is stable" in assign(TierFacts(70, COPD, None, "full"), table()).en
    assert assign(TierFacts(85, COPD, None, "none"), table()).tier == "red"


def test_a_given_tier_counts_beside_what_the_table_says() -> None:
    found = given("green", facts(83, "stable", "none"), table())
    assert found.tier == "green"
    assert found.zh.startswith("机构填报一般(绿)；本平台：重点(红)")
    assert found.en.startswith("given as green; our own: red: 80 or older")
    assert given("red", facts(83, "stable", "none"), table()).en.startswith("given; red: 80")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ((83, "stable", "none"), (83, "stable", "full"), Cause.VACCINATED),
        ((64, "unstable", "full"), (64, "stable", "full"), Cause.STABILISED),
        ((79, "stable", "partial"), (80, "stable", "partial"), Cause.AGED),
        ((70, "stable", "full"), (70, "unstable", "full"), Cause.WORSENED),
        ((64, "unstable", "none"), (64, "stable", "full"), Cause.SEVERAL),
        ((64, "unstable", "none"), (64, "stable", "none"), Cause.STABILISED),
        ((70, "unstable", "none"), (70, "none", "none"), Cause.RECLASSIFIED),  # the disease was struck out
        ((83, "stable", "none"), (70, "stable", "none"), Cause.RECLASSIFIED),  # ten years younger
        ((83, "stable", "full"), (83, "stable", "none"), Cause.RECLASSIFIED),  # a vaccination taken back
        ((70, "stable", None), (70, "stable", "full"), Cause.FIRST),
    ],
)
def test_a_change_of_tier_says_what_happened(
    before: tuple[int, str, str], after: tuple[int, str, str], why: Cause
) -> None:
    old, new = facts(*before), facts(*after)
    tier_before, tier = assign(old, table()).tier, assign(new, table()).tier
    assert tier_before != tier
    assert cause(old, tier_before, new, tier, table()) is why


def test_somebody_elses_word_is_a_reclassification_even_beside_a_vaccination() -> None:
    old, new = facts(83, "unstable", "none"), facts(83, "unstable", "full")
    assert assign(new, table()).tier == "red"
    assert cause(old, "red", new, "yellow", table()) is Cause.RECLASSIFIED
    assert (
        cause(facts(83, "stable", "full"), "red", facts(83, "stable", "full"), "yellow", table()) is Cause.RECLASSIFIED
    )


TIERS = """
version = "5101"
[tiers]
version = "1"
source = "a notice"
why = "a reason"
{lines}
"""


def test_a_region_may_have_its_own_table_with_bands_of_its_own() -> None:
    lines = '[[tiers.line]]\ntier = "red"\nage_from = 90\n'
    tiers = parse_rules(TIERS.format(lines=lines)).tiers
    assert tiers is not None
    found = assign(facts(90, "none", "full"), tiers)
    assert (found.tier, found.en) == ("red", "red: 90 or older, no underlying disease, fully vaccinated (by the table)")
    assert assign(facts(89, "none", "full"), tiers).zh == "次重点(黄)：80至89岁，无基础疾病，已全程接种（评分2分）"


def test_a_table_that_contradicts_itself_is_refused() -> None:
    lines = '[[tiers.line]]\ntier = "red"\nage_from = 70\n[[tiers.line]]\ntier = "green"\nage_below = 71\n'
    with pytest.raises(RulesError, match="age 70, none disease, vaccination none is green and red; keep one"):
        parse_rules(TIERS.format(lines=lines))
