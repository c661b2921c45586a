"""`sizao rules`: nothing gets in force unchecked, and everybody can see what is, since when and why."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from detectors.times import HOUR, to_text
from sizao.migrate import prepare
from sizao.rules import rules_group
from store.rules import NewRuleSet
from streams.catalogue import national, national_text

REGION = """version = "63.1"
owner = "青海省"
[[change]]
id = "D01"
notice = "青卫〔2026〕1号"
why = "altitude"
[change.parameters]
limit_percent = 90
recovered_percent = 92
[[off]]
id = "D39"
notice = "青卫〔2026〕1号"
why = "usual values are entered"
"""
SHIPPED = national().version
WHO = ("--by", "Li Na", "--reason", "a trial")


class Command:
    """The command on a database whose shipped rules are in force."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(rules_group, words, env={"SIZAO_DATABASE_URL": self.database})

    def lines(self, *words: str) -> list[dict[str, object]]:
        found = self(*words, "--json")
        assert found.exit_code == 0, found.output
        return [json.loads(line) for line in found.stdout.splitlines()]

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def national(self, version: str, *pairs: tuple[str, str]) -> str:
        text = national_text()
        for old, new in ((f'version = "{SHIPPED}"', f'version = "{version}"'), *pairs):
            assert old in text
            text = text.replace(old, new, 1)
        return self.file(f"{version}.national.toml", text)

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture
def rules(database: str, tmp_path: Path) -> Command:
    prepare(database)
    return Command(database, tmp_path)


LOWER = ("limit_percent = 93\nrecovered_percent = 95", "limit_percent = 90\nrecovered_percent = 92")


def test_a_set_is_put_in_force_with_its_differences_and_is_on_record_with_who_and_why(rules: Command) -> None:
    file = rules.national("2", LOWER)
    dry = rules("activate", file, *WHO, "--dry-run")
    assert dry.stdout.splitlines() == [
        "D01",
        "  parameters.limit_percent: 93 -> 90",
        "  parameters.recovered_percent: 95 -> 92",
    ]
    assert f"1 rule differs, in 2 places, from {SHIPPED}; concerned: 0 facilities and 0 residents" in dry.stderr
    assert [one["version"] for one in rules.lines("list")] == [SHIPPED]
    done = rules("activate", file, *WHO)
    assert done.exit_code == 0, done.output
    listed = rules.lines("list")
    assert [(one["version"], one["state"], one["activated_by"], one["reason"]) for one in listed] == [
        (SHIPPED, "past", "sizao", "shipped"),
        ("2", "in force", "Li Na", "a trial"),
    ]
    assert listed[0]["until"] == listed[1]["since"]
    assert "nothing was changed" in rules("activate", file, *WHO).stderr
    assert rules.lines("diff", "in-force", SHIPPED) == [
        {"rule": "D01", "kind": "changed", "field": "parameters.limit_percent", "old": "90", "new": "93"},
        {"rule": "D01", "kind": "changed", "field": "parameters.recovered_percent", "old": "92", "new": "95"},
    ]
    assert rules.lines("diff", "shipped", SHIPPED) == []


def test_what_an_upgrade_ships_is_shown_and_put_in_force_by_its_name(rules: Command) -> None:
    rules.sql("delete from rule_sets")
    older = national_text().replace(f'version = "{SHIPPED}"', 'version = "older"', 1).replace(*LOWER, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sizao.migrate.shipped", lambda: [NewRuleSet("", "older", 0, older, "sizao", "shipped")])
        prepare(rules.database)
    prepare(rules.database)
    assert {one["new"] for one in rules.lines("diff", "in-force", "shipped")} == {"93", "95"}
    done = rules("activate", "shipped", *WHO)
    assert done.exit_code == 0, done.output
    assert f"{SHIPPED} is in force from" in done.stderr
    assert rules.lines("diff", "in-force", "shipped") == []
    assert "nothing was changed" in rules("activate", "shipped", *WHO).stderr


def test_another_table_of_tiers_says_that_the_old_tiers_stay_until_they_are_computed(rules: Command) -> None:
    words = rules("activate", rules.national("2", ('why = "Who may become', 'why = "Whoever may become')), *WHO)
    assert "sizao registry tiers" not in words.stderr, "other words give nobody another tier"
    done = rules("activate", rules.national("3", ("oldest_from = 80", "oldest_from = 85")), *WHO)
    assert "the table of tiers has changed: run `sizao registry tiers` now, or the old ones stay" in done.stderr


def test_what_is_wrong_late_or_breaks_a_region_is_refused(rules: Command) -> None:
    wrong = rules("activate", rules.national("2", ("limit_percent = 93", "limit_percent = 96")), *WHO)
    assert wrong.exit_code == 1
    assert "error impossible_bound: D01: limit_percent = 96" in wrong.stderr
    past = to_text(round(time.time() * 1_000) - HOUR)
    late = rules("activate", rules.national("2", LOWER), *WHO, "--effective-from", past)
    assert "lies in the past" in late.stderr
    assert rules("activate", rules.national("2", LOWER), "--by", "Li").exit_code == 2, "a reason must be given"
    assert rules("activate", rules.file("63.toml", REGION), *WHO).exit_code == 0
    text = national_text()
    start, end = text.index('[[rule]]\nid = "D01"'), text.index('[[rule]]\nid = "D02"')
    broken = rules("activate", rules.national("3", (text[start:end], "")), *WHO)
    assert "63 63.1, on record:4: error unknown_rule: D01" in broken.stderr
    assert [one["version"] for one in rules.lines("list")] == [SHIPPED, "63.1"]


def test_a_rule_is_shown_as_it_is_in_a_region_and_where_each_value_comes_from(rules: Command) -> None:
    rules("activate", rules.file("63.toml", REGION), *WHO)
    there = {one["field"]: (one["value"], one["from"]) for one in rules.lines("show", "D01", "--region", "632525")}
    assert there["parameters.limit_percent"] == ("90", "63 63.1")
    assert there["parameters.apart_seconds"] == ("10", f"nation {SHIPPED}")
    assert "D01 differs there by 青卫〔2026〕1号: altitude" in rules("show", "D01", "--region", "63").stdout
    assert "D39 is off in 63: 青卫〔2026〕1号" in rules("show", "D39", "--region", "63").stderr
    here = {one["field"]: one["value"] for one in rules.lines("show", "D01", "--region", "510107")}
    assert here["parameters.limit_percent"] == "93"
    before = {one["field"]: one["value"] for one in rules.lines("show", "D01", "--region", "63", "--at", "2026-01-01")}
    assert before["parameters.limit_percent"] == "93"
    assert "D39" not in {one["id"] for one in rules.lines("list", "--rules", "--region", "63")}


def test_a_rule_that_can_find_nothing_is_a_warning(rules: Command) -> None:
    file = rules.national("2")
    silent = rules("check", file)
    assert silent.exit_code == 0
    assert "warning input_never_arrived: D12: temperature_celsius never arrived in the last 30 days" in silent.stdout
    rules.sql(
        "insert into facilities (code) values ('F'); insert into facility_profiles values "
        "(1, now(), now(), '', '510107', 'Asia/Shanghai', 0, true, 'axillary', '{}', '平时', '', false); "
        "insert into observations (observed_at, received_at, content, event_id, facility_id, type, fate, "
        "temperature_tenths) values (now(), now(), 1, gen_random_uuid(), 1, 1, 1, 365)"
    )
    found = {(one["code"], str(one["sentence"])[:3]) for one in rules.lines("check", file)}
    assert ("input_never_arrived", "D12") not in found
    assert {("input_never_arrived", "D19"), ("input_never_arrived", "D02")} <= found
    rules.sql(
        "insert into observations (observed_at, received_at, content, event_id, facility_id, type, fate, spo2_tenths,"
        ' rest) values (now(), now(), 1, gen_random_uuid(), 1, 1, 1, 970, \'{"device_status": ["low_perfusion"]}\')'
    )
    silent = {str(one["sentence"]) for one in rules.lines("check", file) if one["code"] == "input_never_arrived"}
    assert "D05: activity never arrived in the last 30 days" in silent, "a rule that needs two inputs has only one"
    assert "D03: test_result never arrived in the last 30 days" in silent
    assert not any(one.startswith(("D26", "D38", "D01")) for one in silent), "these live on either of their inputs"
    assert ("nobody_feeds", "D24") not in found
    rules.sql("update facility_profiles set mode = '封闭管理'")
    peace = rules.national("3", ('modes = ["疫情期间", "封闭管理"]', 'modes = ["平时"]'))
    rules.sql("update observations set type = 2")
    assert "D19: no registered facility is in the mode 平时" in rules("check", peace).stdout


def test_a_shadow_starts_and_ends_and_stays_on_record(rules: Command) -> None:
    started = rules("shadow", "start", rules.national("2", LOWER), *WHO, "--from", "2026-01-01")
    assert started.exit_code == 0, started.output
    assert "runs in the shadow from 2025-12-31T16:00:00.000Z on and tells nobody" in started.stderr
    listed = [(one["version"], one["state"]) for one in rules.lines("list")]
    assert listed == [(SHIPPED, "in force"), ("2", "shadow")]
    assert rules("shadow", "stop", *WHO).exit_code == 0
    assert "nothing runs in the shadow" in rules("shadow", "stop", *WHO).stderr
    assert "shadow, ended" in {one["state"] for one in rules.lines("list")}
