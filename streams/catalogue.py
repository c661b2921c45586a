"""Which rules are in force where: the nation's sets, with a region's own on top, each from its time on.

The files shipped with this version are what `sizao migrate` activates first
and what judges where there is no database; afterwards the record counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, TypeVar

from detectors.regional import RegionalRules, parse_regional
from detectors.rules import RulesError, RuleSet, parse_rules
from detectors.schedule import Schedule
from detectors.times import NEVER, Millis
from store import rules as recorded
from store.connection import Connection
from store.rules import Head, NewRuleSet, RuleSetRow

_RULES: Final = resources.files("streams") / "rules"
_PREFIXES: Final = (6, 4, 2)
"""Digits of a county, a city, a province: the longest that has rules of its own wins."""
OfRegion = TypeVar("OfRegion", Head, RuleSetRow)


# ------------------------------------------------------------ shipped


@cache
def national() -> RuleSet:
    """The national rule set as shipped."""
    return parse_rules(national_text())


def national_text() -> str:
    """What the file of the national rules says."""
    return national_file().read_text("utf-8")


def national_file() -> Traversable:
    """Where the file of the national rules lies."""
    return _RULES / "national.toml"


@cache
def rules_of(region: str | None) -> RuleSet:
    """The shipped rules of a GB/T 2260 region: the file of its longest prefix on top of the national ones."""
    own = own_rules_of(region)
    return national() if own is None else own.over(national())


@cache
def own_rules_of(region: str | None) -> RegionalRules | None:
    """The shipped file of a region's longest prefix; None: nothing differs there."""
    for length in _PREFIXES:
        file = _RULES / "regions" / f"{(region or '')[:length]}.toml"
        if region and file.is_file():
            return parse_regional(file.read_text("utf-8"))
    return None


def shipped() -> list[NewRuleSet]:
    """Every shipped file, as it would be activated; the nation first."""
    found = [NewRuleSet("", national().version, 0, national_text(), "sizao", "shipped")]
    for file in _regional_files():
        text = file.read_text("utf-8")
        found.append(
            NewRuleSet(file.name.removesuffix(".toml"), parse_regional(text).version, 0, text, "sizao", "shipped")
        )
    return found


def _regional_files() -> list[Traversable]:
    folder = _RULES / "regions"
    if not folder.is_dir():
        return []
    return sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)


# ------------------------------------------------------------ in force


async def in_force(connection: Connection, region: str | None) -> Schedule:
    """The schedule of a region as it is on record; nothing on record: the shipped rules."""
    heads = await recorded.heads(connection)
    texts = {head.digest: head for head in _concerning(heads, region)}
    for digest in texts.keys() - _texts.keys():
        _texts[digest] = await recorded.content(connection, digest)
    return schedule_of(heads, region)


async def in_shadow(connection: Connection, region: str | None, shadow: RuleSetRow) -> Schedule:
    """The schedule as it would be if a shadow had been put in force when it began, and nothing of its region since."""
    await in_force(connection, region)  # its texts are known
    _texts[shadow.digest] = shadow.content
    heads = [
        head
        for head in await recorded.heads(connection)
        if head.region != shadow.region or head.effective_from < shadow.effective_from
    ]
    heads.append(Head(shadow.id, shadow.region, shadow.version, shadow.effective_from, shadow.digest))
    return schedule_of(tuple(sorted(heads, key=lambda head: (head.region, head.effective_from, head.id))), region)


_texts: dict[str, str] = {}
"""By digest: what a set says never changes, whatever database it is from."""


@lru_cache(maxsize=4_096)
def schedule_of(heads: tuple[Head, ...], region: str | None) -> Schedule:
    """The schedule that sets on record make for a region; their texts are known."""
    mine = _concerning(heads, region)
    if not any(not head.region for head in mine):
        return Schedule([(-NEVER, rules_of(region))])
    moments = sorted({head.effective_from for head in mine})
    return Schedule([(moment, _set_at(mine, moment)) for moment in moments])


def _concerning(heads: tuple[Head, ...], region: str | None) -> list[Head]:
    return [head for head in heads if head.region in prefixes(region)]


def prefixes(region: str | None) -> set[str]:
    """The nation, and whatever may have rules that hold in a region."""
    return {"", *((region or "")[:length] for length in _PREFIXES)}


def standing(heads: Sequence[OfRegion], moment: Millis) -> tuple[OfRegion, OfRegion | None]:
    """Of sets by region and beginning: the nation's one at a moment, and the one of the longest prefix on top of it."""
    last = {head.region: head for head in heads if head.effective_from <= moment}
    nation = last.pop("", None) or next(head for head in heads if not head.region)
    return nation, last[max(last, key=len)] if last else None


def _set_at(heads: list[Head], moment: Millis) -> RuleSet:
    nation, region = standing(heads, moment)
    rules = parsed_rules(nation.digest)
    if region is None:
        return rules
    own = parsed_regional(region.digest)
    try:
        return own.over(rules)
    except RulesError as error:
        raise RulesError(f"rules {own.version} on top of {rules.version}: {error}") from error


@cache
def parsed_rules(digest: str) -> RuleSet:
    """A national set on record, its text known."""
    return parse_rules(_texts[digest])


@cache
def parsed_regional(digest: str) -> RegionalRules:
    """A region's set on record, its text known."""
    return parse_regional(_texts[digest])
