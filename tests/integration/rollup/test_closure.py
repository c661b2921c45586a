"""The evidence pack names the homes in question with the numbers that the roll-up has, and no other."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner

from dashboards.dispatch.reading import evidence_of
from sizao.dispatch import dispatch_command
from store import figures
from store.connection import Connection, transaction
from tests.integration.rollup.making import DAY_0, County, at


async def test_the_pack_names_homes_with_somebody_positive_and_homes_that_are_closed(
    connection: Connection, database: str, tmp_path: Path
) -> None:
    county = County(connection)
    for code in ("struck", "closed", "calm", "before"):
        await county.home(f"{code}-7", "620102")
    await county.home("drill-7", "620102", drill=True)
    for day in (1, 2):
        for code in ("struck", "closed", "calm", "before"):
            await county.said(f"{code}-7", county.reading(at(day, 9)))
            operating = "closed" if code == "closed" else "open"
            await county.report(f"{code}-7", day, at(day, 10), operating=operating, medicine={"antiviral": 9})
    for resident in ("R-1", "R-2"):
        await county.said("struck-7", county.test(at(2, 8), "positive"), resident=resident)
    await county.said("before-7", county.test(at(2, 18), "positive"))  # after the cut-off: of the next period
    await county.said("drill-7", county.test(at(2, 8), "positive"))
    county.now = at(3, 0)
    await county.settle()
    async with transaction(connection):
        regions, homes = await evidence_of(connection, "620100", DAY_0 + 2)
    assert [(one.code, one.positives, one.operating, one.last_positive) for one in homes] == [
        ("struck-7", 2, None, DAY_0 + 2),
        ("closed-7", 0, "closed", None),
    ]
    assert all(one.antiviral_short == 0 for one in homes)
    (region,) = regions
    (told,) = await figures.of_region(connection, "620102", "period", DAY_0 + 2, DAY_0 + 2)
    assert region.positives == told["positives"].value == 2
    out = tmp_path / "pack.csv"
    words = ["--database-url", database, "--date", "2026-05-29", "--edition", "closure", "--region", "620100"]
    done = await asyncio.to_thread(CliRunner().invoke, dispatch_command, [*words, "--format", "csv", "--out", str(out)])
    assert done.exit_code == 0, done.output
    text = out.read_text("utf-8-sig")
    assert "附件：甘肃省兰州市封闭管理/有序放开建议依据" in text
    assert "struck-7" in text
    assert "calm-7" not in text
