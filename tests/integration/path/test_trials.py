"""Other rules over stored history: what they would have found is what they find when they are in force."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result

from detectors.times import DAY, HOUR, MINUTE, to_text
from sizao.backtest import backtest
from sizao.migrate import prepare
from sizao.rules import rules_group
from tests.integration.path.test_rules_command import LOWER, WHO, Command
from tests.integration.path.test_worker import FACILITY, Story, story

__all__ = ["story"]


@pytest.fixture(autouse=True)
def in_force(database: str) -> None:
    prepare(database)


async def asked(story: Story, group: Any, *words: str) -> Result:
    """The command in a thread of its own: it has its own event loop."""
    return await asyncio.to_thread(CliRunner().invoke, group, words, env={"SIZAO_DATABASE_URL": story.database})


async def found(story: Story, group: Any, *words: str) -> dict[str, Any]:
    done = await asked(story, group, *words, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def since(story: Story) -> tuple[str, ...]:
    return "--from", to_text(story.now - DAY), "--to", to_text(story.now + DAY)


def correction(story: Story, of: dict[str, Any], minutes: int, **more: Any) -> dict[str, Any]:
    at = to_text(story.now + minutes * MINUTE)
    return {
        "type": "correction",
        "facility": FACILITY,
        "resident": of["resident"],
        "event_id": str(uuid4()),
        "observed_at": at,
        "received_at": at,
        "corrects": {"event_id": of["event_id"], "observed_at": of["observed_at"]},
        **more,
    }


async def wild(story: Story) -> None:
    """Low, good, doubtful, late and corrected readings of some residents."""
    chance = random.Random(7)
    events = [
        story.reading(
            chance.randrange(60), f"R-{chance.randrange(6)}", spo2_percent=chance.choice([86, 89, 91, 92, 93, 96, 97])
        )
        for _ in range(80)
    ]
    for start in range(0, len(events), 20):
        await story.takes(*(story.message(event) for event in events[start : start + 20]))
    wrong = correction(story, events[3], 70, action="entered_in_error", reason="typing")
    replacement = {key: value for key, value in events[5].items() if key not in ("event_id", "received_at")}
    moved = correction(
        story,
        events[5],
        71,
        action="replaced_by",
        reason="wrong_resident",
        replacement=replacement | {"resident": "R-9"},
    )
    await story.takes(story.message(wrong, topic="check-ins.v1"), story.message(moved, topic="check-ins.v1"))
    await story.time_passes(120)


async def test_what_is_found_with_the_rules_in_force_is_what_is_stored(story: Story) -> None:
    await wild(story)
    await story.audited()
    stored = story.rows(
        "select r.code, opened_at, e.severity from episodes e join residents r on r.id = resident_id "
        "where condition = 'hypoxia' and withdrawn_at is null"
    )
    answer = await found(story, backtest, "rule", "D01", "--set", "limit_percent=90", *since(story))
    assert answer["conditions"] == ["hypoxia"]
    assert answer["then"] == len(stored) > 3
    assert answer["now"] - answer["only_now"] == answer["then"] - answer["only_then"]
    assert answer["residents"] == 7
    for severity, number in (("P1", 1), ("P2", 2)):
        assert answer["by_severity"][severity]["then"] == sum(one[2] == number for one in stored)
    assert answer["by_facility"] == [
        {
            "facility": FACILITY,
            "then": answer["then"],
            "now": answer["now"],
            "only_then": answer["only_then"],
            "only_now": answer["only_now"],
        }
    ]
    assert answer["precision"] is None
    began = {(one["resident"], one["began"]) for one in answer["examples"] if one["side"] == "only_then"}
    assert began <= {(code, to_text(at)) for code, at, _ in stored}
    rate = answer["then"] * 100 * 30 / answer["resident_days"]
    assert max(one["rate_then"] for one in answer["rules"]) <= rate + 0.001
    alike = await asked(story, backtest, "rule", "D01", "--set", "limit_percent=93", *since(story))
    assert "the two judge alike" in alike.stdout
    assert "precision: no feedback recorded" in alike.stdout


async def test_a_shadow_finds_what_the_set_would_find_in_force(story: Story, tmp_path: Path) -> None:
    await wild(story)
    with psycopg.connect(story.database, autocommit=True) as connection:
        connection.execute(
            "insert into recipients (channel, address, severity) values ('email', 'p1@x', 1), ('email', 'p2@x', 2)"
        )
    rules = Command(story.database, tmp_path)
    began = to_text(story.now - HOUR)
    started = await asked(story, rules_group, "shadow", "start", rules.national("2", LOWER), *WHO, "--from", began)
    assert started.exit_code == 0, started.output
    end = ("--to", to_text(story.now + DAY))
    shadow = await found(story, rules_group, "shadow", "report", *end)
    words = ("--set", "limit_percent=90", "--set", "recovered_percent=92")
    trial = await found(story, backtest, "rule", "D01", *words, "--from", began, *end)
    for name in ("then", "now", "only_then", "only_now", "by_severity", "rules", "told"):
        assert shadow[name] == trial[name], name
    assert story.rows("select count(*) from alerts") != [(0,)]
    told = {one["address"]: (one["then"], one["now"]) for one in shadow["told"]}
    assert told["p2@x"] > told.get("p1@x", (0, 0)), "who wants P2 or worse is told more than who wants P1"
    text = await asked(story, rules_group, "shadow", "report", *end)
    for said in ("2 in the shadow, by Li Na: a trial", "only in force: F-001 R-", "静息血氧", "alarms by rule"):
        assert said in text.stdout, said
    with psycopg.connect(story.database, autocommit=True) as connection:
        connection.execute(
            "insert into facility_profiles (facility_id, valid_from, recorded_at, name, zone, altitude_m, rural, "
            "temperature_site, cutoffs, mode, phones, drill) "
            "values (1, now(), now(), '', 'Asia/Shanghai', 0, true, 'axillary', '{600}', '疫情期间', '', true)"
        )
    assert (await found(story, rules_group, "shadow", "report", *end))["facilities"] == 0, "a drill is in no figure"
    here = ("--facility", "F-404")
    assert "no checks are stored of F-404" in (await asked(story, rules_group, "shadow", "report", *here)).stderr


def test_what_cannot_be_tried_is_refused_with_a_sentence(database: str) -> None:
    for words, said in (
        (("D01", "--set", "limit_precent=92"), "did you mean limit_percent?"),
        (("D01", "--set", "limit_percent=96"), "must be smaller than recovered_percent"),
        (("D01", "--set", "limit_percent"), "is not NAME=VALUE"),
        (("D99", "--set", "limit_percent=92"), "no rule D99 is in force there; in force are D01"),
        (("D01", "--set", "severity=P9"), "P9 is no severity"),
        (("D12", "--set", "limits_celsius.ear=99"), "cannot be"),
        (("D01", "--set", "limit_percent=92", "--from", "2026-02-01", "--to", "2026-01-01"), "--to must be later"),
        (("D01", "--set", "limit_percent=92", "--region", "9"), "is no GB/T 2260 code"),
        (("D01", "--set", "limit_percent=92", "--plot", "x.gif"), "must end in .png or .svg"),
    ):
        done = CliRunner().invoke(backtest, ["rule", *words], env={"SIZAO_DATABASE_URL": database})
        assert done.exit_code != 0, words
        assert said in done.stderr
