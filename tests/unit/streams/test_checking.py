"""A rule file is checked as a whole: every mistake with its line, and what was probably meant."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from detectors.rules import DETECTORS, RulesError
from streams.catalogue import national, national_text
from streams.checking import Problem, RuleFile, check, parsed
from streams.toml_lines import Lines
from tests.support.needs import PROJECT

TEXT = national_text()
D01 = TEXT[TEXT.index('[[rule]]\nid = "D01"') : TEXT.index('[[rule]]\nid = "D02"')]
REGION = """version = "63.1"
owner = "青海省"
[[change]]
id = "D01"
notice = "青卫〔2026〕1号"
why = "altitude"
[change.parameters]
limit_percent = 90
"""


def nation(*pairs: tuple[str, str]) -> RuleFile:
    """The shipped file with something else in the entry of D01."""
    entry = D01
    for old, new in pairs:
        assert old in entry
        entry = entry.replace(old, new, 1)
    return RuleFile("national.toml", TEXT.replace(D01, entry))


def line_of(file: RuleFile, text: str) -> int:
    return next(number for number, line in enumerate(file.text.split("\n"), 1) if text in line)


def region(*pairs: tuple[str, str], name: str = "63.toml") -> RuleFile:
    text = REGION
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return RuleFile(name, text)


def test_what_is_shipped_has_no_mistake() -> None:
    assert check([RuleFile("national.toml", TEXT), region()]) == []


def test_every_key_of_the_shipped_file_has_its_line() -> None:
    lines, written = Lines(TEXT), TEXT.split("\n")
    for path in leaves(tomllib.loads(TEXT)):
        key = next(part for part in reversed(path) if isinstance(part, str))
        assert key in written[lines.of(path) - 1], path


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from leaves(one, (*path, number))
    else:
        yield path


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("limit_percent", "limit_precent", "unknown_parameter", "did you mean limit_percent?"),
        ("limit_percent = 93", 'limit_percent = "low"', "wrong_type", "Expected `float`, got `str`"),
        ("limit_percent = 93", "limit_percent = 193", "impossible_bound", "0 to 100 is possible"),
        ("limit_percent = 93", "limit_percent = nan", "impossible_bound", "0 to 100 is possible"),
        (
            "recovered_percent = 95",
            "recovered_percent = 93",
            "impossible_bound",
            "limit_percent = 93.0 must be smaller",
        ),
        ("apart_seconds = 10", "apart_seconds = 600", "impossible_bound", "smaller than confirm_within_minutes = 10"),
        ('\nseverity = "P1"', '\nseverity = "P9"', "unknown_severity", "P9 is no severity; known: C, P1, P2, P3"),
        ('condition = "hypoxia"', 'condition = "hypoxy"', "unknown_condition", "did you mean hypoxia?"),
        ('"resting_hypoxia"', '"resting_hypoxy"', "unknown_detector", "did you mean resting_hypoxia?"),
        ('version = "1"', 'modes = ["疫情"]\nversion = "1"', "unknown_mode", "疫情 is no mode; did you mean 疫情期间?"),
        ('version = "1"', 'modes = []\nversion = "1"', "no_mode", "would never run"),
        ('owner = "national"\n', "", "missing_field", "owner is missing"),
        ('owner = "national"', 'owner = " "', "blank_field", "owner is blank"),
        ("[rule.reasons.confirmed]", "[rule.reasons.affirmed]", "unused_reason", "did you mean confirmed?"),
        ("[rule.reasons.confirmed]", "[rule.reasons.affirmed]", "missing_reason", "reasons.confirmed is missing"),
        ("不高于{limit}%", "不高于{limits}%", "unknown_placeholder", "did you mean {limit}?"),
        ("不高于{limit}%", "不高于{limit%", "broken_sentence", "cannot be filled in"),
        (
            'version = "1"',
            'valid_from = 2026-12-02T00:00:00Z\nvalid_to = 2026-12-01T00:00:00Z\nversion = "1"',
            "ends_before_it_begins",
            "valid_to is not later than valid_from",
        ),
        ('version = "1"', 'speed = 1\nversion = "1"', "unknown_field", "speed is no field"),
        ('id = "D01"', 'id = "D02"', "twice", "keep one"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_remedy(old: str, new: str, code: str, said: str) -> None:
    file = nation((old, new))
    found = [one for one in check([file]) if one.code == code]
    assert found, check([file])
    assert any(said in one.sentence for one in found)
    assert all(one.level == "error" and one.file == "national.toml" for one in found)
    begin = line_of(file, 'id = "D01"') if code != "twice" else line_of(file, 'id = "D02"')
    assert all(begin - 1 <= one.line <= begin + 60 for one in found)


def test_the_line_is_that_of_the_mistake_itself() -> None:
    file = nation(("limit_percent = 93", "limit_precent = 93"))
    (one,) = check([file])
    assert one == Problem(
        "national.toml",
        line_of(file, "limit_precent"),
        "error",
        "unknown_parameter",
        "D01: limit_precent is no parameter of resting_hypoxia; did you mean limit_percent?",
    )


def test_every_mistake_of_a_file_is_named_at_once() -> None:
    file = nation(("limit_percent", "limit_precent"), ('owner = "national"\n', ""), ("{minutes}", "{minute}"))
    assert [one.code for one in check([file])] == ["missing_field", "unknown_parameter", "unknown_placeholder"]


def test_a_sentence_without_translation_is_a_warning_and_is_read_in_chinese() -> None:
    entry = D01[: D01.index("[rule.reasons.unconfirmed]")] + '[rule.reasons.unconfirmed]\nzh = "血氧{limit}"\n'
    file = RuleFile("n.toml", TEXT.replace(D01, entry))
    (one,) = check([file])
    assert (one.level, one.code) == ("warning", "missing_translation")
    assert (
        parsed(file, national())["D01"].reasons["unconfirmed"].filled({"limit": "93"}, {"limit": "93"}).en == "血氧93"
    )


def test_text_that_is_no_toml_has_the_line_at_which_it_breaks() -> None:
    (one,) = check([RuleFile("n.toml", 'version = "1"\n[[rule]\n')])
    assert (one.line, one.code) == (2, "no_toml")


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ('id = "D01"', 'id = "D91"', "unknown_rule", "D91 is no national rule; did you mean"),
        ("limit_percent = 90", "limit_percent = 95", "impossible_bound", "smaller than recovered_percent = 95"),
        ("limit_percent = 90", "limit = 90", "unknown_parameter", "limit is no parameter of resting_hypoxia"),
        ('notice = "青卫〔2026〕1号"\n', "", "missing_field", "notice is missing"),
        ('owner = "青海省"\n', "", "missing_field", "owner is missing"),
    ],
)
def test_a_region_is_checked_on_top_of_the_nation(old: str, new: str, code: str, said: str) -> None:
    (one,) = check([region((old, new))])
    assert one.code == code
    assert said in one.sentence


def test_a_region_stands_on_the_national_file_that_is_checked_with_it() -> None:
    without = RuleFile("national.toml", TEXT.replace(D01, ""))
    assert [one.code for one in check([region(), without])] == ["unknown_rule"]
    assert [one.code for one in check([region(name="97.toml")])] == ["unknown_region"]


def test_every_order_of_parameters_that_a_detector_names_is_one_it_has() -> None:
    for kind in DETECTORS.values():
        for chain in kind.ascending:
            assert set(chain) <= set(kind.__struct_fields__), kind
            units = {name.rsplit("_", 1)[-1] in ("seconds", "minutes", "hours", "days") for name in chain}
            assert len(units) == 1, f"{kind.__name__} compares a time with something else"


@pytest.mark.parametrize("seed", range(150))
def test_whatever_is_written_the_check_ends_and_finds_what_the_parser_would_refuse(seed: int) -> None:
    chance = random.Random(seed)
    file = nation() if seed % 2 else region()
    lines = file.text.split("\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        key, equals, _ = lines[at].partition(" = ")
        junk = chance.choice(['""', "0", "-1", "[]", "[1]", "{}", "true", "1979-05-27", "inf", '"{x}"', "[[1], {a=2}]"])
        lines[at] = chance.choice(["", f"{key}{equals}{junk}" if equals else lines[at].replace("[", "", 1), "x = 1"])
    text = "\n".join(lines)
    problems = check([RuleFile(file.name, text)])
    try:
        parsed(RuleFile(file.name, text), national())
    except RulesError:
        assert any(one.level == "error" for one in problems)
    else:
        assert not any(one.code == "refused" for one in problems)
    assert all(1 <= one.line <= len(lines) for one in problems)


def test_the_example_of_the_documents_is_a_file_that_may_be_put_in_force() -> None:
    text = (PROJECT / "docs" / "rules.md").read_text("utf-8")
    example = RuleFile("63.toml", text.split("```toml\n")[1].split("```")[0])
    assert check([example]) == []
    changed = parsed(example, national())
    assert "D39" not in {rule.id for rule in changed.rules}
    assert changed["D01"].source.endswith("青卫发〔2026〕1号")
