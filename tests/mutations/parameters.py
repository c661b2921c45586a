"""`make mutants`: each number of the national rules one step up and down; a golden story must notice every one.

    python -m tests.mutations.parameters [RULE ...]

A step is what the number can be changed by at all: a tenth of a percent or a
degree, one of everything that is counted. A survivor is a limit that nobody
would miss: it needs a story on both of its sides.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from detectors.detector import Detector
from detectors.rules import Rule, RuleSet
from streams.catalogue import national
from tests.golden import test_golden

TENTHS = ("percent", "celsius", "degrees", "above")


class Mutant(Struct, frozen=True):
    """A rule set with one number changed."""

    rule: str
    parameter: str
    was: float
    now: float
    rules: RuleSet


def mutants(only: set[str] | None = None) -> Iterator[Mutant]:
    """Every number of the resident rules, one step up and down."""
    for rule in national().rules:
        if only and rule.id not in only:
            continue
        for parameter, was, changed in numbers(rule.detector):
            step = 0.1 if any(parameter.split(".")[0].endswith(unit) for unit in TENTHS) else 1
            for now in (round(was + step, 1), round(was - step, 1)):
                yield Mutant(rule.id, parameter, was, now, _with(rule, changed(now)))


def numbers(detector: Detector) -> Iterator[tuple[str, float, Any]]:
    """(name, value, the detector with another value) of each number; inside limits by site and lists too."""
    for name in detector.__struct_fields__:
        value = getattr(detector, name)
        if name.endswith("severity") or isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            yield name, value, lambda now, name=name: structs.replace(detector, **{name: now})
        elif isinstance(value, Struct):
            for site in value.__struct_fields__:
                yield (
                    f"{name}.{site}",
                    getattr(value, site),
                    lambda now, name=name, value=value, site=site: structs.replace(
                        detector, **{name: structs.replace(value, **{site: now})}
                    ),
                )
        elif isinstance(value, tuple) and value and isinstance(value[0], int):
            for index, one in enumerate(value):
                yield (
                    f"{name}[{index}]",
                    one,
                    lambda now, name=name, value=value, index=index: structs.replace(
                        detector, **{name: (*value[:index], now, *value[index + 1 :])}
                    ),
                )


def _with(rule: Rule, detector: Detector) -> RuleSet:
    shipped = national()
    changed = tuple(structs.replace(one, detector=detector) if one is rule else one for one in shipped.rules)
    return structs.replace(shipped, rules=changed)


def noticed(mutant: Mutant) -> str | None:
    """The story that tells the mutant from what is shipped; those about its rule are asked first."""
    shipped = test_golden.national
    test_golden.national = lambda: mutant.rules
    try:
        for story in sorted(test_golden.STORIES, key=lambda one: mutant.rule not in one["name"] + str(one["episodes"])):
            try:
                test_golden.test_the_story_ends_in_its_episodes(story)
            except AssertionError:
                return str(story["name"])
    finally:
        test_golden.national = shipped
    return None


def main(only: set[str]) -> int:
    """Prints the table; the number of survivors."""
    found: dict[str, list[Mutant]] = {}
    survivors: dict[str, list[Mutant]] = {}
    for mutant in mutants(only):
        found.setdefault(mutant.rule, []).append(mutant)
        if noticed(mutant) is None:
            survivors.setdefault(mutant.rule, []).append(mutant)
    print("rule  mutants  noticed  survivors")
    for rule, tried in sorted(found.items()):
        left = survivors.get(rule, [])
        names = ", ".join(f"{one.parameter} {one.was:g} -> {one.now:g}" for one in left)
        print(f"{rule:4} {len(tried):8} {len(tried) - len(left):8}  {names}".rstrip(), flush=True)
    lost = sum(map(len, survivors.values()))
    print(f"{sum(map(len, found.values()))} mutants, {lost} survivors")
    return lost


if __name__ == "__main__":
    sys.exit(1 if main(set(sys.argv[1:])) else 0)
