"""What a region does otherwise than the nation: rules of its own, other parameters, rules switched off.

Each deviation names the notice it rests on. `over` puts a region's file on top
of the national set.
"""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
from msgspec import Struct, structs

from detectors.profile import Mode
from detectors.rules import Rule, RuleEntry, RulesError, RuleSet, Text, configured, rule_of
from detectors.tiers import TierTable


class Deviation(Struct, frozen=True, forbid_unknown_fields=True):
    """A national rule with other parameters or modes in this region."""

    id: str
    notice: str  # what the region rests on
    why: str
    parameters: dict[str, Any] = {}
    modes: tuple[Mode, ...] | None = None  # None: as the nation says

    def of(self, rule: Rule, version: str) -> Rule:
        """The rule as it is here."""
        return structs.replace(
            rule,
            version=f"{rule.version}+{version}",
            source=f"{rule.source}; {self.notice}",
            why=self.why,
            detector=configured(rule.id, type(rule.detector), structs.asdict(rule.detector) | self.parameters),
            modes=rule.modes if self.modes is None else self.modes,
        )


class Off(Struct, frozen=True, forbid_unknown_fields=True):
    """A national rule that does not run in this region."""

    id: str
    notice: str
    why: str


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    owner: str  # who answers for it
    rule: list[RuleEntry] = []
    change: list[Deviation] = []
    off: list[Off] = []
    texts: dict[str, Text] = {}
    tiers: TierTable | None = None


class RegionalRules(Struct, frozen=True):
    """A region's file."""

    version: str
    owner: str
    rules: tuple[Rule, ...]
    changes: tuple[Deviation, ...]
    off: tuple[Off, ...]
    texts: dict[str, Text]
    tiers: TierTable | None

    def over(self, national: RuleSet) -> RuleSet:
        """The rules in this region; raises RulesError where a deviation names no national rule."""
        by_id = {rule.id: rule for rule in national.rules}
        for one in self.off:
            if by_id.pop(one.id, None) is None:
                raise RulesError(f"rule {one.id} is switched off, but the nation has no such rule")
        for change in self.changes:
            if change.id not in by_id:
                raise RulesError(f"rule {change.id} is changed, but the nation has no such rule, or it is off")
            by_id[change.id] = change.of(by_id[change.id], self.version)
        by_id |= {rule.id: rule for rule in self.rules}
        return structs.replace(
            national,
            version=f"{national.version}+{self.version}",
            rules=tuple(by_id[rule_id] for rule_id in sorted(by_id)),
            texts={**national.texts, **self.texts},
            tiers=self.tiers or national.tiers,
        )


def parse_regional(toml: str) -> RegionalRules:
    """A region's file; raises RulesError with the rule at fault and what to mend."""
    try:
        file = msgspec.convert(tomllib.loads(toml), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RulesError(f"the rule file cannot be read: {error}") from error
    ids = [one.id for part in (file.rule, file.change, file.off) for one in part]
    for one in ids:
        if ids.count(one) > 1:
            raise RulesError(f"rule {one} appears twice; keep one")
    rules = tuple(rule_of(entry) for entry in file.rule)
    return RegionalRules(file.version, file.owner, rules, tuple(file.change), tuple(file.off), file.texts, file.tiers)
