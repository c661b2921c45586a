"""`sizao rules list`, `show` and `diff`: what is read and changed nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import click
from msgspec import Struct

from detectors.regional import RegionalRules, parse_regional
from detectors.rule_changes import Difference, differences, parameters, shown
from detectors.rules import Rule, parse_rules
from detectors.times import NEVER, Millis, to_text
from ingest import regions
from sizao import tables
from sizao.rule_sets import counted, named, now, sets_of, standing_at
from store.rules import RuleSetRow

State = Literal["in force", "later", "past", "shadow", "shadow, ended"]


class ListedSet(Struct, frozen=True):
    """A set as `list` prints it."""

    region: str
    place: str
    version: str
    state: State
    since: str | None  # null: from ever
    until: str | None
    rules: int  # of its own
    changed: int
    off: int
    owner: str
    activated_by: str
    reason: str


def list_sets(database_url: str | None, region: str, _: Millis | None, as_json: bool) -> None:
    """Every set on record; with a region, those that concern it or lie in it."""
    rows = [row for row in sets_of(database_url) if row.region.startswith(region) or region.startswith(row.region)]
    listed = [_listed(row, rows) for row in rows]
    if as_json:
        tables.write_json(listed)
        return
    columns = ("region", "place", "version", "state", "from", "until", "rules", "changed", "off", "owner", "by", "why")
    tables.show(columns, [tuple(getattr(one, name) for name in ListedSet.__struct_fields__) for one in listed])


def _listed(row: RuleSetRow, rows: Sequence[RuleSetRow]) -> ListedSet:
    later = [one.effective_from for one in rows if one.region == row.region and not one.shadow and _after(one, row)]
    until = row.ended_at if row.shadow else min(later, default=None)
    own = parse_regional(row.content) if row.region else None
    rules = parse_rules(row.content).rules if own is None else own.rules
    return ListedSet(
        row.region or "-",
        (regions.name(row.region.ljust(6, "0")) or "-") if row.region else "全国",
        row.version,
        _state(row, until),
        None if row.effective_from <= 0 else to_text(row.effective_from),
        None if until is None else to_text(until),
        len(rules),
        0 if own is None else len(own.changes),
        0 if own is None else len(own.off),
        ", ".join(sorted({rule.owner for rule in rules})) if own is None else own.owner,
        row.activated_by,
        row.reason,
    )


def _after(one: RuleSetRow, row: RuleSetRow) -> bool:
    return (one.effective_from, one.id) > (row.effective_from, row.id)


def _state(row: RuleSetRow, until: Millis | None) -> State:
    if row.shadow:
        return "shadow" if row.ended_at is None else "shadow, ended"
    if row.effective_from > now():
        return "later"
    return "past" if until is not None and until <= now() else "in force"


def list_rules(database_url: str | None, region: str, at: Millis | None, as_json: bool) -> None:
    """Every rule in force in a region."""
    moment = now() if at is None else at
    rules = standing_at(sets_of(database_url), region, moment)[2].valid_at(moment)
    if as_json:
        tables.write_json(shown(rule) | {"id": rule.id} for rule in rules.rules)
        return
    columns = ("rule", "name", "version", "condition", "severity", "modes", "valid", "owner", "source")
    tables.show(columns, [_rule_row(rule) for rule in rules.rules], f"rules {rules.version}")


def _rule_row(rule: Rule) -> tuple[object, ...]:
    severities = sorted({str(value) for name, value in parameters(rule).items() if name.endswith("severity")})
    modes = "all" if rule.modes is None else ", ".join(rule.modes)
    name = f"{rule.name.zh} {rule.name.en}"
    validity = _validity(rule)
    return rule.id, name, rule.version, rule.condition, "/".join(severities), modes, validity, rule.owner, rule.source


def _validity(rule: Rule) -> str:
    if abs(rule.valid_from) >= NEVER and abs(rule.valid_to) >= NEVER:
        return "with its set"
    begins, ends = (None if abs(at) >= NEVER else to_text(at) for at in (rule.valid_from, rule.valid_to))
    return f"{begins or ''} to {ends or ''}".strip()


# ------------------------------------------------------------ one rule


def show_rule(database_url: str | None, rule_id: str, region: str, at: Millis | None, as_json: bool) -> None:
    """One rule as it is in force, every value with where it comes from."""
    moment = now() if at is None else at
    nation, own, rules = standing_at(sets_of(database_url), region, moment)
    rules = rules.valid_at(moment)
    regional = None if own is None else parse_regional(own.content)
    off = next((one for one in regional.off if one.id == rule_id), None) if regional else None
    if off is not None and own is not None:
        raise click.ClickException(f"{rule_id} is off in {own.region}: {off.notice}: {off.why}")
    try:
        rule = rules[rule_id]
    except KeyError:
        known = ", ".join(one.id for one in rules.rules)
        raise click.ClickException(f"no rule {rule_id} is in force there; in force are {known}") from None
    origin = _origins(rule, nation, own, regional)
    values = [(field, value, origin(field)) for field, value in shown(rule).items()]
    if as_json:
        tables.write_json(
            [{"rule": rule_id, "field": field, "value": value, "from": by} for field, value, by in values]
        )
        return
    tables.show(("field", "value", "from"), values, f"{rule.id} {rule.name.zh} {rule.name.en}")
    for row in [nation] if own is None else [nation, own]:
        click.echo(_provenance(row))
    for change in () if regional is None else regional.changes:
        if change.id == rule_id:
            click.echo(f"{rule_id} differs there by {change.notice}: {change.why}")


def _origins(rule: Rule, nation: RuleSetRow, own: RuleSetRow | None, regional: RegionalRules | None) -> _Origin:
    """Which set each field of the rule comes from."""
    national = parse_rules(nation.content)
    try:
        before = shown(national[rule.id])
    except KeyError:
        before = {}
    now_ = shown(rule)
    regions_own = set() if own is None or regional is None else {f for f in now_ if before.get(f) != now_[f]}
    return _Origin(_called(nation), "" if own is None else _called(own), frozenset(regions_own))


class _Origin(Struct, frozen=True):
    nation: str
    region: str
    regional: frozenset[str]

    def __call__(self, field: str) -> str:
        return self.region if field in self.regional else self.nation


def _called(row: RuleSetRow) -> str:
    return f"{row.region or 'nation'} {row.version}"


def _provenance(row: RuleSetRow) -> str:
    where = "shipped" if not row.digest else f"on record as {row.id}, text {row.digest[:12]}"
    since = "from ever" if row.effective_from <= 0 else f"from {to_text(row.effective_from)}"
    return f"{_called(row)}: {where}, in force {since}, by {row.activated_by}: {row.reason}"


# ------------------------------------------------------------ two sets


def show_differences(database_url: str | None, old: str, new: str, region: str, as_json: bool) -> None:
    """Rule by rule what differs between two sets."""
    rows = sets_of(database_url)
    (first, before), (second, after) = named(old, rows, region), named(new, rows, region)
    found = differences(before, after)
    if as_json:
        tables.write_json(found)
        return
    click.echo(f"--- {first}\n+++ {second}", err=True)
    for line in as_text(found):
        click.echo(line)
    click.echo(said(found), err=True)


def as_text(found: Iterable[Difference]) -> Iterable[str]:
    """A line a difference, under the name of its rule."""
    last = ""
    for one in found:
        if one.kind == "changed":
            if one.rule != last:
                yield one.rule
            old, new = ("-" if value is None else value for value in (one.old, one.new))
            yield f"  {one.field}: {old} -> {new}"
        else:
            yield f"{one.rule} {one.kind}: {one.new or one.old}"
        last = one.rule


def said(found: Sequence[Difference]) -> str:
    """How many rules differ."""
    rules = {one.rule for one in found}
    places = counted(len(found), "place")
    return (
        f"{counted(len(rules), 'rule')} differ{'s' if len(rules) == 1 else ''}, in {places}"
        if rules
        else "no difference"
    )
