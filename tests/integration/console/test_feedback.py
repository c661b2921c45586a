"""Whether an alert was right is said on its page, and counted per rule, region and month."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from detectors.times import DAY, to_text
from store import feedback
from store.connection import transaction
from store.feedback import FeedbackRow
from tests.acceptance.story import Story
from tests.support.accounts import sign_in


async def test_the_last_word_counts_and_every_word_is_kept(ill: Story, database: str) -> None:
    (alert,) = await ill.open_alerts()
    async with AsyncTestClient(make_console(database)) as client:
        csrf = await sign_in(client, database, Role.FACILITY, name="护士小李", facility="F-001")
        path = f"/alerts/{alert.id}/feedback"
        assert (await client.post(path, data={"csrf": csrf, "verdict": "maybe"})).status_code == 400
        for verdict in ("false", "true"):
            data = {"csrf": csrf, "verdict": verdict, "comment": "换指复测"}
            assert (await client.post(path, data=data, follow_redirects=False)).status_code == 303
        page = (await client.get(f"/alerts/{alert.id}")).text
    assert "护士小李" in page
    assert "属实：换指复测" in page
    ((number,),) = await (await ill.connection.execute("select count(*) from alert_feedback")).fetchall()
    assert number == 2
    words = await feedback.of_facility(ill.connection, alert.facility_id, 0)
    assert [(one.condition, one.verdict) for one in words[alert.resident_id]] == [("hypoxia", "true")]


async def test_precision_and_the_nonactionable_rate_are_of_those_who_spoke(ill: Story, database: str) -> None:
    for number in range(8, 13):
        ill.resident(f"R-{number:02}").rests(spo2=85)
    await ill.judged()
    rows = sorted(await ill.open_alerts(), key=lambda one: one.id)
    async with transaction(ill.connection):
        for alert, verdict in zip(rows, ("true", "true", "nonactionable", "false", "unsure"), strict=False):
            await feedback.add(ill.connection, FeedbackRow(alert.id, ill.now, "赵值班", verdict))  # type: ignore[arg-type]
    span = ("--from", to_text(ill.now - DAY), "--to", to_text(ill.now + DAY))
    words = ("feedback", "--database-url", database, "--region", "37", "--by", "city", *span, "--json")
    command = [sys.executable, "-m", "sizao", *words]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = (json.loads(one) for one in done.stdout.splitlines())
    assert (line["rule"], line["region"], line["alerts"]) == ("D02", "3706", 6)
    assert (line["true"], line["false"], line["unsure"], line["nonactionable"]) == (2, 1, 1, 1)
    assert line["precision"] == 3 / 4
    assert line["nonactionable_rate"] == 1 / 5
