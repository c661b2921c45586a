"""A rule file says what is wrong with it, and how to mend it."""

from __future__ import annotations

import pytest

from detectors.detector import Severity
from detectors.fever import RepeatedFever
from detectors.oxygen import RestingHypoxia
from detectors.rules import RulesError, parse_rules
from detectors.usual_score import NewsAboveUsual
from streams.catalogue import national, rules_of

ENTRY = """
[[rule]]
id = "{id}"
condition = "hypoxia"
detector = "{detector}"
version = "2"
owner = "county"
name = {{ zh = "低血氧", en = "Hypoxia" }}
source = "a notice"
why = "a reason"
{more}
[rule.parameters]
{parameters}
[rule.reasons.confirmed]
zh = "{{evidence}}"
en = "{{evidence}}"
"""


def entry(rule_id: str = "D01", detector: str = "resting_hypoxia", parameters: str = "", more: str = "") -> str:
    return ENTRY.format(id=rule_id, detector=detector, parameters=parameters, more=more)


def file(*entries: str) -> str:
    return 'version = "1"\n[texts.cleared]\nzh = "好"\nen = "over"\n' + "".join(entries)


def test_parameters_severities_and_lapses_are_those_of_the_file() -> None:
    parameters = 'limit_percent = 92.5\nunconfirmed_severity = "P3"'
    (rule,) = parse_rules(file(entry(parameters=parameters, more="lapses_after_hours = 0"))).rules
    assert rule.detector == RestingHypoxia(limit_percent=92.5, unconfirmed_severity=Severity.P3)
    assert rule.lapses_after is None


def test_a_set_on_record_judges_by_the_numbers_it_was_written_with() -> None:
    then = "within = { spo2_percent = 0.9, pulse_per_min = 3.0, temperature_degrees = 0.12 }"
    one, other = (
        parse_rules(file(entry("D26b", "device_values", parameters=words))).rules[0].detector
        for words in (then, "spo2_spread_percent = 0.9")
    )
    assert one == other


def test_a_rule_on_record_is_over_where_it_was_when_it_was_written() -> None:
    limits = "{ axillary = 37.2, oral = 37.3, rectal = 37.6, ear = 37.5, forehead = 37.5 }"
    then = parse_rules(file(entry("D13", "repeated_fever", parameters=f"limits_celsius = {limits}"))).rules[0].detector
    assert isinstance(then, RepeatedFever)
    assert then.recovered_below_celsius == then.limits_celsius
    then = parse_rules(file(entry("D11", "news_above_usual", parameters="centile = 75"))).rules[0].detector
    assert isinstance(then, NewsAboveUsual)
    assert then.recovered_centile == 75


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = ", "cannot be read"),
        (file(entry(detector="hypoxia")), "no detector is called 'hypoxia'; one of resting_hypoxia"),
        (file(entry(parameters="limit = 93")), "rule D01: limit is no parameter of resting_hypoxia (apart_seconds"),
        (file(entry(parameters='limit_percent = "low"')), "rule D01: Expected `float`, got `str`"),
        (file(entry(parameters='severity = "P9"')), "rule D01: Expected `int`, got `str`"),
        (file(entry(), entry()), "rule D01 appears twice; keep one"),
        (file(entry(more="speed = 1")), "unknown field `speed`"),
        (file(entry(more="valid_to = 2026-12-01T00:00:00")), "Expected `datetime` with a timezone"),
    ],
)
def test_a_rule_file_with_a_mistake_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(RulesError) as refused:
        parse_rules(text)
    assert said in str(refused.value)


def test_rules_come_in_the_order_of_their_ids_whatever_the_file_says() -> None:
    one, other = parse_rules(file(entry("D05"), entry("D02"))), parse_rules(file(entry("D02"), entry("D05")))
    assert [rule.id for rule in one.rules] == ["D02", "D05"]
    assert one == other


def test_the_national_rules_say_where_they_come_from() -> None:
    for rule in national().rules:
        assert all((rule.version, rule.source, rule.why, rule.owner, rule.name.zh, rule.name.en)), rule.id
    with pytest.raises(KeyError):
        national()["D00"]


def test_a_region_without_a_file_has_the_national_rules() -> None:
    assert rules_of("999999") is national()
    assert rules_of(None) is national()
