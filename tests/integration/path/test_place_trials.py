"""Other rules of places over stored history: what is found with the rules in force is what is stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from detectors.times import DAY, to_text
from sizao.backtest import backtest
from sizao.migrate import prepare
from sizao.rules import rules_group
from tests.integration.path.test_regions import CITY, COUNTY, Region
from tests.integration.path.test_rules_command import WHO, Command

STORED = """
select r.kind, r.code, e.condition, e.opened_at from episodes e join residents r on r.id = e.resident_id
where r.kind <> 'resident' and e.withdrawn_at is null and e.condition = any(%s) order by 1, 2, 3, 4
"""


@pytest.fixture(autouse=True)
def in_force(database: str) -> None:
    prepare(database)


@pytest.fixture
async def region(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Region]:
    """Cases in several homes of a county: clusters, an excess in one, more than usual in the whole."""
    monkeypatch.setattr("streams.excess.TURN_SECONDS", 0)
    monkeypatch.setattr("streams.excess.AT_ONCE_SECONDS", 60)
    made = Region(database)
    await made.registers()
    await made.starts()
    events = [*made.weeks(), *made.wave(1, 40, among=4)]
    events += [made.check("F-001", 6, f"P-{n}", "cough") for n in range(5)]
    await made.takes_all(events)
    await made.time_passes(60)
    yield made
    await made.ends()


async def asked(region: Region, group: Any, *words: str) -> dict[str, Any]:
    env = {"SIZAO_DATABASE_URL": region.database}
    done = await asyncio.to_thread(CliRunner().invoke, group, [*words, "--json"], env=env)
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


async def test_what_is_found_with_the_rules_in_force_is_what_is_stored(region: Region) -> None:
    span = ("--from", to_text(region.midnight - 14 * DAY), "--to", to_text(region.midnight + DAY))
    for rule, change, conditions in (
        ("D29", "cases=12", ["cluster"]),
        ("D30", "limit=40", ["case_excess"]),
        ("D53", "alpha=0.0000001", ["region_excess"]),
    ):
        stored = region.rows(STORED.replace("%s", f"array{conditions!r}"))
        answer = await asked(region, backtest, "rule", rule, "--set", change, *span)
        assert answer["conditions"] == conditions
        assert answer["then"] == len(stored) > 0, rule
        assert {one["resident"] for one in answer["examples"]} <= {f"{kind} {code}" for kind, code, *_ in stored}
        if rule != "D53":
            assert answer["only_then"] > 0, rule
    regions = {one["facility"] for one in answer["by_facility"]} | {COUNTY, CITY}
    assert {COUNTY, CITY} <= regions


async def test_a_shadow_of_rules_of_places_is_compared_like_any_other(region: Region, tmp_path: Path) -> None:
    began = to_text(region.midnight - 20 * DAY)
    rules = Command(region.database, tmp_path)
    file = rules.national(
        "2",
        ("cases = 0\nwithin_hours = 72", "cases = 12\nwithin_hours = 72"),
    )
    words = ("shadow", "start", file, *WHO, "--from", began)
    started = await asyncio.to_thread(
        CliRunner().invoke, rules_group, words, env={"SIZAO_DATABASE_URL": region.database}
    )
    assert started.exit_code == 0, started.output
    shadow = await asked(region, rules_group, "shadow", "report")
    trial = await asked(region, backtest, "rule", "D29", "--set", "cases=12", "--from", began)
    assert shadow["conditions"] == ["cluster"]
    for name in ("then", "now", "only_then", "only_now", "by_severity", "rules"):
        assert shadow[name] == trial[name], name
    assert shadow["only_then"] > 0
