"""Which tier a resident belongs to: 重点人群(红), 次重点(黄), 一般(绿).

The table speaks first, its score where no line does. The table is configuration
(`[tiers]` of a rule file). What its source leaves open is decided to the
cautious side (docs/decisions/0005): 80 belongs to the oldest, and a resident has
from 1 January on the age of that year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntFlag
from itertools import product
from typing import Final, Literal

from msgspec import Struct

from detectors.profile import Tier

Disease = Literal["none", "stable", "unstable"]
Vaccination = Literal["none", "partial", "full", "booster"]
Doses = Literal["none", "partial", "full"]

DISEASES: Final[tuple[Disease, ...]] = ("none", "stable", "unstable")
DOSES: Final[tuple[Doses, ...]] = ("none", "partial", "full")
_OLDEST: Final = 200


class Condition(IntFlag):
    """Underlying diseases of the tier register (国卫明电〔2022〕509号) and of the treatment protocol."""

    HYPERTENSION = 1
    CORONARY = 2  # coronary and other heart disease
    STROKE = 4  # cerebrovascular disease
    CHRONIC_LUNG = 8  # COPD and other chronic lung disease
    DIABETES = 16
    KIDNEY = 32  # chronic kidney disease
    LIVER = 64  # chronic liver disease
    TUMOUR = 128  # in chemotherapy or radiotherapy
    IMMUNODEFICIENCY = 256
    OBESITY = 512  # body mass index of 30 or more
    OTHER = 1024


class TierFacts(Struct, frozen=True):
    """What the tier rests on; None: not known, which is not the same as none."""

    age: int | None = None  # the years reached in this calendar year
    conditions: Condition | None = None
    conditions_stable: bool | None = None
    vaccination: Vaccination | None = None

    @property
    def disease(self) -> Disease | None:
        """None, stable or unstable disease; None: not known."""
        if self.conditions is None:
            return None
        if not self.conditions:
            return "none"
        return None if self.conditions_stable is None else "stable" if self.conditions_stable else "unstable"

    @property
    def doses(self) -> Doses | None:
        """A booster counts as full."""
        return "full" if self.vaccination == "booster" else self.vaccination


class TierLine(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the table; what it does not name it does not ask for."""

    tier: Tier
    age_from: int = 0
    age_below: int = _OLDEST
    disease: tuple[Disease, ...] = DISEASES
    vaccination: tuple[Doses, ...] = DOSES

    def covers(self, age: int, disease: Disease, doses: Doses) -> bool:
        """The line speaks of such a resident."""
        return self.age_from <= age < self.age_below and disease in self.disease and doses in self.vaccination


class TierTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The table, and the score that speaks where no line does."""

    version: str
    source: str
    why: str
    line: tuple[TierLine, ...]
    older_from: int = 65  # a point
    oldest_from: int = 80  # two points
    yellow_from: int = 2
    red_from: int = 4

    def __post_init__(self) -> None:
        """Raises ValueError where two lines give one resident two tiers."""
        for age, disease, doses in product(self.ages, DISEASES, DOSES):
            tiers = {line.tier for line in self.line if line.covers(age, disease, doses)}
            if len(tiers) > 1:
                cell = f"age {age}, {disease} disease, vaccination {doses}"
                raise ValueError(f"{cell} is {' and '.join(sorted(tiers))}; keep one")

    @property
    def ages(self) -> list[int]:
        """An age of every band, its youngest."""
        bounds = {age for line in self.line for age in (line.age_from, line.age_below)}
        return sorted(age for age in {0, self.older_from, self.oldest_from, *bounds} if age < _OLDEST)

    def band(self, age: int) -> tuple[int, int | None]:
        """The youngest age that counts like this one, and the youngest that counts as older."""
        below = [one for one in self.ages if one <= age]
        above = [one for one in self.ages if one > age]
        return below[-1], above[0] if above else None

    def tier(self, age: int, disease: Disease, doses: Doses) -> tuple[Tier, int | None]:
        """The tier, and the score it rests on; None: a line of the table says so."""
        for line in self.line:
            if line.covers(age, disease, doses):
                return line.tier, None
        years = (age >= self.older_from) + (age >= self.oldest_from)
        score = years + DISEASES.index(disease) + (2 - DOSES.index(doses))
        return "red" if score >= self.red_from else "yellow" if score >= self.yellow_from else "green", score


class Assigned(Struct, frozen=True):
    """A resident's tier, and why. None: what is not known decides."""

    tier: Tier | None
    zh: str
    en: str


def assign(facts: TierFacts, table: TierTable) -> Assigned:
    """The tier by the table; without one where an unknown fact would decide between two."""
    found = {table.tier(*cell) for cell in _cells(facts, table)}
    tiers = {tier for tier, _ in found}
    if len(tiers) > 1:
        zh, en = zip(*_missing(facts), strict=True)
        return Assigned(None, f"未分级：缺{'、'.join(zh)}", f"no tier: {', '.join(en)} not known")
    (tier,) = tiers
    scores = {score for _, score in found}
    by_zh, by_en = ("分级表", "by the table")
    if len(found) == 1 and None not in scores:
        (score,) = scores
        by_zh, by_en = f"评分{score}分", f"by the score, {score}"
    zh, en = zip(*_known(facts, table), strict=True)
    return Assigned(tier, f"{_TIER_ZH[tier]}：{'，'.join(zh)}（{by_zh}）", f"{tier}: {', '.join(en)} ({by_en})")


def given(tier: Tier, facts: TierFacts, table: TierTable) -> Assigned:
    """The tier the facility gives counts; what the table says stands beside it."""
    ours = assign(facts, table)
    if ours.tier == tier:
        return Assigned(tier, f"机构填报；{ours.zh}", f"given; {ours.en}")
    return Assigned(tier, f"机构填报{_TIER_ZH[tier]}；本平台：{ours.zh}", f"given as {tier}; our own: {ours.en}")


def _cells(facts: TierFacts, table: TierTable) -> Iterator[tuple[int, Disease, Doses]]:
    """Every resident these facts may mean."""
    ages: Iterable[int] = table.ages if facts.age is None else (facts.age,)
    diseases: Iterable[Disease] = DISEASES if facts.disease is None else (facts.disease,)
    if facts.disease is None and facts.conditions:
        diseases = ("stable", "unstable")
    doses: Iterable[Doses] = DOSES if facts.doses is None else (facts.doses,)
    return product(ages, diseases, doses)


def _known(facts: TierFacts, table: TierTable) -> Iterator[tuple[str, str]]:
    if facts.age is not None:
        low, high = table.band(facts.age)
        if high is None:
            yield f"{low}岁及以上", f"{low} or older"
        elif low == 0:
            yield f"{high}岁以下", f"under {high}"
        else:
            yield f"{low}至{high - 1}岁", f"{low} to {high - 1}"
    if facts.disease is not None:
        yield _DISEASE_WORDS[facts.disease]
    if facts.vaccination is not None:
        yield _VACCINATION_WORDS[facts.vaccination]
    if facts.age is None and facts.disease is None and facts.vaccination is None:
        yield "不论情况", "whatever the facts"


def _missing(facts: TierFacts) -> Iterator[tuple[str, str]]:
    if facts.age is None:
        yield "出生年份", "year of birth"
    if facts.conditions is None:
        yield "基础疾病", "underlying diseases"
    elif facts.disease is None:
        yield "病情是否稳定", "whether the disease is stable"
    if facts.vaccination is None:
        yield "接种情况", "vaccination"


_TIER_ZH: Final[dict[Tier, str]] = {"red": "重点(红)", "yellow": "次重点(黄)", "green": "一般(绿)"}
_DISEASE_WORDS: Final[dict[Disease, tuple[str, str]]] = {
    "none": ("无基础疾病", "no underlying disease"),
    "stable": ("基础疾病稳定", "stable disease"),
    "unstable": ("基础疾病不稳定", "unstable disease"),
}
_VACCINATION_WORDS: Final[dict[Vaccination, tuple[str, str]]] = {
    "none": ("未接种", "not vaccinated"),
    "partial": ("未全程接种", "not fully vaccinated"),
    "full": ("已全程接种", "fully vaccinated"),
    "booster": ("已加强接种", "vaccinated with a booster"),
}
