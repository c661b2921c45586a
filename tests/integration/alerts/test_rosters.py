"""Rosters by the command line, and what the doctor says of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner

from alerts.channels import CHANNELS
from alerts.waking import sleeping
from sizao.registry import register
from sizao.roster import roster_group
from store import alerts, duty, recipients
from store.connection import connect, transaction
from tests.unit.ingest.test_roster import GOOD

NOON, NIGHT = 1_767_585_600_000, 1_767_639_600_000  # 5 January 2026 12:00, 6 January 03:00, in Shanghai


def test_a_folder_is_taken_in_whole_or_not_at_all_and_says_who_would_be_told(database: str, tmp_path: Path) -> None:
    (tmp_path / "facilities.csv").write_text("facility,name,region\nF-1,幸福敬老院,370613\nF-3,别处,110101\n", "utf-8")
    asyncio.run(register(database, tmp_path, []))
    for table, text in GOOD.items():
        (tmp_path / f"{table}.csv").write_text(text, "utf-8")
    runner = CliRunner()

    def run(*words: str) -> str:
        return runner.invoke(roster_group, [words[0], "--database-url", database, *words[1:]]).output

    for _ in range(2):
        assert "2 desks, 2 people, 2 shifts" in run("import", str(tmp_path))
    assert "no desk answers for it" in run("show", "F-3")
    assert "is not registered" in run("show", "F-9")
    shown = run("show", "F-1", "--at", "2026-01-06T03:00").splitlines()
    assert shown[0].split() == ["0", "min", "carer", "护士小李", "by", "voice", ">", "sms"]
    assert "not told: no paired doctor is on duty" in shown[2]
    assert "老赵(替" not in "".join(shown)
    assert "老赵(替护士小李) by wecom" in run("show", "F-1", "--at", "2026-10-01T23:00")

    (tmp_path / "shifts.csv").write_text("desk,role,person,from,to\n家,cook,李,20:00,08:00\n", "utf-8")
    assert "nothing was taken" in run("import", str(tmp_path))
    assert run("show", "F-1", "--at", "2026-01-06T03:00").splitlines() == shown

    async def looked() -> list[list[str]]:
        connection = await connect(database, "test")
        async with transaction(connection):
            homes = await alerts.homes(connection)
            rosters = await duty.read(connection, ["F-1", "F-3"], ["370613", "110101"], NOON)
            known = await recipients.read(connection)
        await connection.close()
        found = [sleeping(homes, rosters, known, CHANNELS, [moment]) for moment in (NIGHT, NOON)]
        return [[*one.rostered, "|", *one.registered] for one in found]

    # By day nobody but a robot hears of F-1.
    assert asyncio.run(looked()) == [["|", "F-3"], ["F-1", "|", "F-3"]]
