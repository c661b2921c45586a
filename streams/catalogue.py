"""Which rules are in force where: the national set, with a region's overrides on top."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

from msgspec import structs

from detectors.rules import RuleSet, parse_rules

_RULES: Final = resources.files("streams") / "rules"


@cache
def national() -> RuleSet:
    """The national rule set as shipped."""
    return parse_rules((_RULES / "national.toml").read_text("utf-8"))


@cache
def rules_of(region: str | None) -> RuleSet:
    """The rules of a GB/T 2260 region: the file of its longest prefix overrides the national rules of the same id."""
    rules = national()
    for length in (6, 4, 2):
        file = _RULES / "regions" / f"{(region or '')[:length]}.toml"
        if region and file.is_file():
            local = parse_rules(file.read_text("utf-8"))
            by_id = {rule.id: rule for rule in (*rules.rules, *local.rules)}
            return structs.replace(
                rules,
                version=f"{rules.version}+{local.version}",
                rules=tuple(by_id[rule_id] for rule_id in sorted(by_id)),
                texts={**rules.texts, **local.texts},
                tiers=local.tiers or rules.tiers,
            )
    return rules
