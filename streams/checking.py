"""Is a set of rule files fit to be put in force? The nation's file and regions' files, checked as a whole.

A file is a region's when it is called by its GB/T 2260 prefix (51.toml,
510100.toml), else the nation's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any, Final, Literal, get_args

from msgspec import Struct

from alerts.reconcile import Kind
from detectors.regional import Deviation, Off, parse_regional
from detectors.rules import DETECTORS, Rule, RulesError, RuleSet, parse_rules
from detectors.tiers import TierTable
from ingest import regions
from streams.catalogue import national
from streams.rule_entries import (
    Found,
    entry_problems,
    field_problems,
    mode_problems,
    parameter_problems,
    text_problems,
    type_problems,
    unknown,
)
from streams.toml_lines import Lines, Path

TEXTS: Final = {*get_args(Kind), "retired", "still"} - {"opened", "worsened", "eased"}
"""The sentences every national file has: these endings and changes do not speak by their rule."""
_NATIONAL: Final = ("version", "rule", "texts", "tiers")
_REGIONAL: Final = (*_NATIONAL, "owner", "change", "off")


class Problem(Struct, frozen=True):
    """One line for the author of a file."""

    file: str
    line: int
    level: Literal["error", "warning"]
    code: str
    sentence: str


class RuleFile(Struct, frozen=True):
    """A rule file by its name and text."""

    name: str
    text: str
    place: str | None = None  # the prefix it is for, where its name does not say so

    @property
    def region(self) -> str:
        """The prefix it is for; empty: the nation."""
        if self.place is not None:
            return self.place
        stem = PurePath(self.name).name.removesuffix(".toml")
        return stem if stem.isdigit() else ""


def check(files: Iterable[RuleFile], base: RuleSet | None = None) -> list[Problem]:
    """Every problem, by file and line. Regions stand on the nation's file among them, else on `base`."""
    ordered = sorted(files, key=lambda file: file.region)
    nation = base or national()
    problems: list[Problem] = []
    for file in ordered:
        mine = list(_located(file, nation))
        problems += mine
        if not file.region and not any(one.level == "error" for one in mine):
            nation = parse_rules(file.text)
    return problems


def _located(file: RuleFile, nation: RuleSet) -> Iterator[Problem]:
    try:
        raw = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        line = int(str(error).rpartition("line ")[2].partition(",")[0] or 1) if "line " in str(error) else 1
        yield Problem(file.name, line, "error", "no_toml", f"no TOML: {error}")
        return
    lines, failed = Lines(file.text), False
    found = _regional(raw, file.region, nation) if file.region else _national(raw)
    for one in sorted(found, key=lambda one: lines.of(one.path)):
        failed |= not one.is_warning
        level: Literal["error", "warning"] = "warning" if one.is_warning else "error"
        yield Problem(file.name, lines.of(one.path), level, one.code, f"{_owner(raw, one.path)}{one.sentence}")
    if not failed:
        yield from _refused(file, nation)


def _refused(file: RuleFile, nation: RuleSet) -> Iterator[Problem]:
    """What the parser says in the end: nothing, or a problem that was overlooked here."""
    try:
        parsed(file, nation)
    except RulesError as error:
        yield Problem(file.name, 1, "error", "refused", str(error))


def parsed(file: RuleFile, nation: RuleSet) -> RuleSet:
    """The rules where the file is in force; raises RulesError."""
    return parse_regional(file.text).over(nation) if file.region else parse_rules(file.text)


def _owner(raw: Any, path: Path) -> str:
    """The rule a problem belongs to, for the reader."""
    if len(path) >= 2 and isinstance(path[1], int) and isinstance(entry := raw[path[0]][path[1]], dict):
        return f"{entry.get('id', 'a rule without id')}: "
    return ""


# ------------------------------------------------------------ files


def _national(raw: dict[str, Any]) -> Iterator[Found]:
    yield from _common(raw, _NATIONAL)
    conditions = {rule.condition for rule in national().rules}
    for number, entry in _tables(raw, "rule"):
        yield from entry_problems(entry, ("rule", number), conditions)
    if not raw.get("rule"):
        yield Found((), "no_rule", "the file has no [[rule]]")
    texts = raw.get("texts")
    for name in sorted(TEXTS - set(texts if isinstance(texts, dict) else ())):
        yield Found(("texts",), "missing_text", f"the sentence texts.{name} is missing")


def _regional(raw: dict[str, Any], region: str, nation: RuleSet) -> Iterator[Found]:
    if len(region) not in (2, 4, 6) or regions.find(region.ljust(6, "0")) is None:
        yield Found((), "unknown_region", f"{region} is no GB/T 2260 code of 2, 4 or 6 digits")
    yield from _common(raw, _REGIONAL)
    if not isinstance(raw.get("owner"), str) or not raw["owner"].strip():
        yield Found((), "missing_field", "owner is missing: who answers for the region's rules")
    known = {rule.id: rule for rule in nation.rules}
    for number, entry in _tables(raw, "rule"):
        yield from entry_problems(entry, ("rule", number), {rule.condition for rule in nation.rules})
    for number, entry in _tables(raw, "off"):
        yield from field_problems(entry, Off, ("off", number))
        yield from _not_national(entry, ("off", number), known)
    for number, entry in _tables(raw, "change"):
        yield from _change(entry, ("change", number), known)


def _change(entry: dict[str, Any], at: Path, known: dict[str, Rule]) -> Iterator[Found]:
    yield from field_problems(entry, Deviation, at, but=("parameters", "modes"))
    yield from mode_problems(entry, at)
    yield from _not_national(entry, at, known)
    rule = known.get(str(entry.get("id")))
    if rule is not None:
        name = next(name for name, kind in DETECTORS.items() if kind is type(rule.detector))
        yield from parameter_problems(entry.get("parameters", {}), name, (*at, "parameters"), rule.detector)
    if not entry.get("parameters") and entry.get("modes") is None:
        yield Found(at, "changes_nothing", "it changes neither parameters nor modes", is_warning=True)


def _not_national(entry: dict[str, Any], at: Path, known: dict[str, Rule]) -> Iterator[Found]:
    rule_id = entry.get("id")
    if isinstance(rule_id, str) and rule_id not in known:
        yield unknown((*at, "id"), "unknown_rule", rule_id, "national rule", known)


def _common(raw: dict[str, Any], known: tuple[str, ...]) -> Iterator[Found]:
    """What both kinds of files share: version, texts, tiers, each rule once."""
    for name in raw:
        if name not in known:
            yield unknown((name,), "unknown_field", name, "field", known)
    if not isinstance(raw.get("version"), str) or not raw["version"].strip():
        yield Found(("version",), "missing_field", 'version is missing, such as version = "2026.1"')
    for name in ("rule", "change", "off"):
        found = raw.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            yield Found((name,), "wrong_type", f"write each as a table of its own: [[{name}]], with two brackets")
    if "tiers" in raw:
        yield from type_problems(raw["tiers"], TierTable, ("tiers",))
    yield from _twice(raw)
    texts = raw.get("texts", {})
    if not isinstance(texts, dict):
        yield Found(("texts",), "wrong_type", "texts must be tables such as [texts.cleared]")
        return
    for name, text in texts.items():
        if name in TEXTS:
            yield from text_problems(text, ("texts", name), {"name", "evidence"})
        else:
            yield unknown(("texts", name), "unused_text", name, "text that is ever read", TEXTS)


def _twice(raw: dict[str, Any]) -> Iterator[Found]:
    seen: set[str] = set()
    for name in ("rule", "change", "off"):
        for number, entry in _tables(raw, name):
            rule_id = str(entry.get("id"))
            if rule_id in seen and "id" in entry:
                yield Found((name, number, "id"), "twice", "it appears twice; keep one")
            seen.add(rule_id)


def _tables(raw: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    """The tables under a name, with their places; what is no table is said in `_common`."""
    found = raw.get(name)
    return [(n, one) for n, one in enumerate(found) if isinstance(one, dict)] if isinstance(found, list) else []


def line_of_rule(file: RuleFile, rule_id: str) -> int:
    """Where a rule or a deviation from it begins in a file that is TOML; what is not in it: at its first line."""
    raw = tomllib.loads(file.text)
    places = [
        (name, number)
        for name in ("rule", "change", "off")
        for number, entry in _tables(raw, name)
        if entry.get("id") == rule_id
    ]
    return Lines(file.text).of(places[0]) if places else 1
