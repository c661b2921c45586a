"""`make mutants`: each number of the national rules one step up and down; a golden story must notice every one.

    python -m tests.mutations.parameters [RULE | NEWS2 ...]

A step is what the number can be changed by at all: a tenth of a percent or a
degree, one of everything that is counted, else its last written digit. The
bands of NEWS2 are tables in the code: theirs are asked of the published vectors.
A survivor is a limit that nobody would miss: it needs a story on both of its
sides, or its reason here why no story can tell.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from msgspec import Struct, structs

from detectors import news2
from detectors.detector import Detector
from detectors.rules import Rule, RulesError, RuleSet, configured
from detectors.times import HOUR
from streams.catalogue import national
from tests.golden import test_excess, test_golden, test_places, test_referrals, test_regions, test_silence, test_weeks
from tests.support.needs import SHARED
from tests.unit import test_facts

TENTHS: Final = ("percent", "celsius", "degrees", "above")

_FOREHEAD = "a forehead reading never ends a fever"
_SHARE = "no number of pairs of at most 13 blocks of 72 hours has a share between 89.9 and 90 %"
_PACED = "of 23 equal pulses all but a millionth of the chance is that of a pacemaker"
_TWO = "two checks are chance even after a single stay"
_MEDIAN = "of at most 28 days the 49th centile is the median"
_MARGIN = "six checks in a row leave a margin of more than a hundred: no home has so many checks a week"
_NATION = "a facility more in the nation is less than a digit of any chance"

EQUIVALENT: Final[dict[tuple[str, str, float], str]] = {
    ("D06", "falling_percent", 89.9): _SHARE,
    ("D11", "recovered_centile", 49): _MEDIAN,
    ("D12", "recovered_below_celsius.forehead", 37.6): _FOREHEAD,
    ("D12", "recovered_below_celsius.forehead", 37.4): _FOREHEAD,
    ("D13", "recovered_below_celsius.forehead", 37.4): _FOREHEAD,
    ("D13", "recovered_below_celsius.forehead", 37.2): _FOREHEAD,
    ("D27b", "within.pulse_per_min", 3.1): _PACED,
    ("D27b", "within.pulse_per_min", 2.9): _PACED,
    ("D27f", "least_checks", 2): _TWO,
    ("D27g", "facilities", 41_001): _NATION,
    ("D27g", "facilities", 40_999): _NATION,
    ("D27g", "centuries", 11): _MARGIN,
    ("D27g", "centuries", 9): _MARGIN,
}
"""By rule, parameter and the changed value: why nothing could be told from what is shipped."""


class Mutant(Struct, frozen=True):
    """One number changed, and what notices."""

    rule: str
    parameter: str
    was: float
    now: float
    noticed: Callable[[], bool]

    @property
    def name(self) -> str:
        return f"{self.parameter} {self.was:g} -> {self.now:g}"

    @property
    def is_equivalent(self) -> bool:
        """It is stated here why nothing can notice."""
        return (self.rule, self.parameter, self.now) in EQUIVALENT


# ------------------------------------------------------------ numbers of the rules


def mutants(only: Iterable[str] = ()) -> Iterator[Mutant]:
    """Every number of the national rules, and of the tables of NEWS2, one step up and down."""
    for rule in national().rules:
        if only and rule.id not in only:
            continue
        for parameter, was, changed in numbers(rule.detector):
            step = _step(parameter, was)
            for now in (round(was + step, 4), round(was - step, 4)):
                yield Mutant(rule.id, parameter, was, now, _noticing(structs.replace(rule, detector=changed(now))))
        yield from _lapses(rule)
    if not only or "NEWS2" in only:
        yield from bands()


def _step(parameter: str, was: float) -> float:
    if any(parameter.split(".", maxsplit=1)[0].endswith(unit) for unit in TENTHS):
        return 0.1
    return float(10 ** -len(repr(was).partition(".")[2])) if isinstance(was, float) else 1


def numbers(detector: Detector) -> Iterator[tuple[str, float, Callable[[float], Detector]]]:
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


def _lapses(rule: Rule) -> Iterator[Mutant]:
    """An hour sooner and later, of a rule that lapses at all."""
    if rule.lapses_after is not None:
        hours = rule.lapses_after // HOUR
        for now in (hours + 1, hours - 1):
            yield Mutant(
                rule.id, "lapses_after_hours", hours, now, _noticing(structs.replace(rule, lapses_after=now * HOUR))
            )


def _noticing(changed: Rule) -> Callable[[], bool]:
    return lambda: _is_refused(changed) or _is_noticed(changed.id, _with(changed))


def _is_refused(rule: Rule) -> bool:
    """Nobody could put it in force: the checks of a rule file name it."""
    try:
        configured(rule.id, type(rule.detector), structs.asdict(rule.detector))
    except RulesError:
        return True
    return False


def _with(changed: Rule) -> RuleSet:
    shipped = national()
    return structs.replace(shipped, rules=tuple(changed if one.id == changed.id else one for one in shipped.rules))


_GOLDEN: Final = (test_golden, test_places, test_excess, test_regions, test_weeks, test_referrals, test_silence)


def _is_noticed(rule_id: str, rules: RuleSet) -> bool:
    """A golden story tells the rules from those that are shipped; the stories about the rule are asked first."""
    stories = [(module, story) for module in _GOLDEN for story in module.STORIES]
    stories.sort(key=lambda one: rule_id not in one[1]["name"] + str(one[1]["episodes"]))
    for module, story in stories:
        shipped, module.national = module.national, lambda: rules  # type: ignore[assignment]
        try:
            module.test_the_story_ends_in_its_episodes(story)
        except AssertionError:
            return True
        finally:
            module.national = shipped
    return False


# ------------------------------------------------------------ tables of NEWS2

_TABLES: Final = (
    "_RESPIRATIONS",
    "_SYSTOLIC",
    "_PULSE",
    "_TEMPERATURE_TENTHS",
    "_SPO2_SCALE_1",
    "_SPO2_SCALE_2_AIR",
    "_SPO2_SCALE_2_OXYGEN",
)


def bands() -> Iterator[Mutant]:
    """Every bound and every score of the published table."""
    for name in _TABLES:
        table = getattr(news2, name)
        for side, numbers_of_it in enumerate(table):
            for place, value in enumerate(numbers_of_it):
                for now in (value + 1, value - 1):
                    changed = (*numbers_of_it[:place], now, *numbers_of_it[place + 1 :])
                    mutated = (changed, table[1]) if side == 0 else (table[0], changed)
                    what = f"{name.strip('_').lower()}.{('bounds', 'scores')[side]}[{place}]"
                    yield Mutant("NEWS2", what, value, now, lambda name=name, to=mutated: _vectors_notice(name, to))


def _vectors_notice(name: str, table: Any) -> bool:
    published = getattr(news2, name)
    setattr(news2, name, table)
    try:
        test_facts.test_every_published_vector_has_its_score(SHARED / "data")
    except AssertionError:
        return True
    finally:
        setattr(news2, name, published)
    return False


# ------------------------------------------------------------ the table


def table(mutants: Iterable[Mutant]) -> int:
    """Prints a line per rule as it is tried, and the sum; the number of survivors."""
    tried = noticed = equivalent = survivors = 0
    print("rule   mutants  noticed  equivalent  survivors")
    for rule, found in _by_rule(mutants):
        left = [one for one in found if not one.noticed()]
        stated = [one for one in left if one.is_equivalent]
        names = [one.name for one in left if not one.is_equivalent]
        names += [
            f"{one.name} (noticed, though stated as equivalent)"
            for one in found
            if one.is_equivalent and one not in left
        ]
        print(
            f"{rule:6}{len(found):8}{len(found) - len(left):9}{len(stated):12}  {', '.join(names)}".rstrip(), flush=True
        )
        for one in stated:
            print(f"         {one.name}: {EQUIVALENT[one.rule, one.parameter, one.now]}")
        tried, noticed = tried + len(found), noticed + len(found) - len(left)
        equivalent, survivors = equivalent + len(stated), survivors + len(names)
    print(f"{tried} mutants, {noticed} noticed, {equivalent} equivalent, {survivors} survivors")
    return survivors


def _by_rule(found: Iterable[Mutant]) -> Iterator[tuple[str, list[Mutant]]]:
    grouped: dict[str, list[Mutant]] = {}
    for one in found:
        grouped.setdefault(one.rule, []).append(one)
    yield from grouped.items()


if __name__ == "__main__":
    if _is_noticed("", national()):
        sys.exit("a golden story fails with the rules as shipped: mend it first, else every mutant seems noticed")
    sys.exit(1 if table(mutants(set(sys.argv[1:]))) else 0)
