"""What differs between two rule sets? Rule by rule and field by field, old and new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from detectors.detector import Severity
from detectors.rules import DETECTORS, Rule, RuleSet
from detectors.times import NEVER, Millis, to_text

Kind = Literal["added", "removed", "changed"]


class Difference(Struct, frozen=True):
    """One field of one rule; a rule that is only in one of the sets has no field."""

    rule: str  # texts and tiers, which belong to no rule, stand under their own name
    kind: Kind
    field: str = ""  # dotted: parameters.limit_percent
    old: str | None = None  # None: it was not there
    new: str | None = None


def differences(old: RuleSet, new: RuleSet) -> list[Difference]:
    """In the order of rules and of their fields; what belongs to no rule comes last."""
    before, after = ({rule.id: rule for rule in one.rules} for one in (old, new))
    found: list[Difference] = []
    for rule_id in sorted(before.keys() | after.keys()):
        if rule_id not in before:
            found.append(Difference(rule_id, "added", new=after[rule_id].name.en or after[rule_id].name.zh))
        elif rule_id not in after:
            found.append(Difference(rule_id, "removed", old=before[rule_id].name.en or before[rule_id].name.zh))
        else:
            found += _fields(rule_id, shown(before[rule_id]), shown(after[rule_id]))
    for name in ("texts", "tiers"):
        found += _fields(name, *(dict(_flat(msgspec.to_builtins(getattr(one, name)))) for one in (old, new)))
    return found


def conditions_concerned(old: RuleSet, new: RuleSet) -> set[str]:
    """The conditions whose episodes may differ between the sets: words alone change none."""
    before, after = ({rule.id: rule for rule in one.rules} for one in (old, new))
    found = set()
    for rule_id in before.keys() | after.keys():
        pair = [known[rule_id] for known in (before, after) if rule_id in known]
        if len(pair) == 1 or _judging(pair[0]) != _judging(pair[1]):
            found |= {rule.condition for rule in pair}
    return found


def _judging(rule: Rule) -> tuple[object, ...]:
    return rule.condition, rule.detector, rule.modes, rule.lapses_after, rule.valid_from, rule.valid_to


def shown(rule: Rule) -> dict[str, str]:
    """Every field of a rule as people read it, in the words of the rule file."""
    detector = rule.detector
    fields: dict[str, Any] = {
        "condition": rule.condition,
        "detector": next(name for name, kind in DETECTORS.items() if kind is type(detector)),
        "version": rule.version,
        "owner": rule.owner,
        "source": rule.source,
        "why": rule.why,
        "name": msgspec.to_builtins(rule.name),
        "modes": None if rule.modes is None else ", ".join(rule.modes),
        "lapses_after_hours": 0 if rule.lapses_after is None else rule.lapses_after / 3_600_000,
        "valid_from": _moment(rule.valid_from),
        "valid_to": _moment(rule.valid_to),
        "parameters": parameters(rule),
        "reasons": msgspec.to_builtins(rule.reasons),
    }
    return dict(_flat(fields))


def parameters(rule: Rule) -> dict[str, Any]:
    """The parameters of a rule as its file writes them, severities as P1."""
    values = msgspec.to_builtins(rule.detector)
    return {
        name: Severity(value).name if isinstance(getattr(rule.detector, name), Severity) else value
        for name, value in values.items()
    }


def _moment(at: Millis) -> str | None:
    return None if abs(at) >= NEVER else to_text(at)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _flat(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value, 1):
            yield from _flat(one, f"{path}.{number}")
    elif value is not None:
        yield path, f"{value:g}" if isinstance(value, float) else str(value)


def _fields(rule: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    for field in [*old, *(name for name in new if name not in old)]:
        if old.get(field) != new.get(field):
            yield Difference(rule, "changed", field, old.get(field), new.get(field))
