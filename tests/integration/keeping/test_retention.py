"""What is older than it is kept goes, without what somebody still needs, and without changing what was counted."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from detectors.times import HOUR, to_text
from ingest.topics import administration, ensure, keep
from store.connection import Connection
from store.keeping import retention
from store.keeping.tables import CLASSES, TABLES
from tests.integration.keeping.filling import rows
from tests.integration.keeping.test_backup import run
from tests.integration.rollup.making import County, at
from tests.integration.store.conftest import connection, database

__all__ = ["connection", "database"]
LONG_AFTER = datetime(2050, 1, 1, tzinfo=UTC)
NOTHING_GOES_ON = """
    update alerts set closed_at = '2026-11-28';
    update episodes set ended_at = 1;
    update referrals set ended_at = '2026-11-28';
    delete from stale_parts; delete from dirty_days;
    update technical_alerts set closed_at = '2026-11-28';
    update promises set kept_at = '2026-11-28';
    update outages set ended_at = '2026-11-28';
    delete from stale_parts;
"""


def _old(url: str) -> set[str]:
    return {table for table, kept in TABLES.items() if CLASSES[kept.kept].days is not None and rows(url, table)}


@pytest.mark.parametrize("kind", ["hypertables", "filled"])
def test_what_is_still_needed_holds_raw_checks_and_all_of_the_rest_goes_at_its_time(
    request: pytest.FixtureRequest, kind: str
) -> None:
    url = request.getfixturevalue(kind)
    periods = retention.periods({})
    assert "not counted yet" in str(retention.plan(url, periods, LONG_AFTER).held)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("delete from stale_parts; delete from dirty_days")
        assert retention.plan(url, periods, LONG_AFTER).held == "the open episode b of b"
        kept = {table: rows(url, table) for table in TABLES if CLASSES[TABLES[table].kept].days is None}
        before = rows(url, "observations")
        assert run("retention", "--database-url", url).exception is None
        assert rows(url, "observations") == before, "only shown"
        connection.execute(NOTHING_GOES_ON)
    plan = retention.plan(url, periods, LONG_AFTER)
    assert plan.held is None
    assert sum(number for _, number in retention.carry_out(url, periods, LONG_AFTER)) > 0
    assert _old(url) == set(), "a table whose class has a period has an age, or hangs on one that has"
    for table in set(kept) - {"dropped", "stale_parts", "dirty_days"}:
        assert rows(url, table) == kept[table], table


async def test_figures_of_days_whose_checks_are_gone_stay_as_they_were_counted(
    connection: Connection, database: str
) -> None:
    county = County(connection)
    await county.home("F-1", "510107")
    for day in (1, 150):
        county.now = at(day, 24)
        await county.said("F-1", county.reading(at(day, 9)), after=HOUR)
    county.now = at(160, 12)
    await county.settle()
    before = rows(database, "facility_parts"), rows(database, "region_figures"), rows(database, "resident_days")
    now = datetime.fromisoformat(to_text(at(160, 12)))
    done = list(retention.carry_out(database, retention.periods({"raw": 90}), now))
    assert [number for table, number in done if table == "observations"] == [1]
    await county.home("F-1", "510107")  # said again from day 0
    await county.said("F-1", county.reading(at(2, 9)), after=158 * 24 * HOUR)  # two old days are heard of again
    await county.settle()
    assert rows(database, "resident_days") == before[2]
    old = [row for row in rows(database, "facility_parts") if row in before[0]]
    assert len(old) >= len(before[0]) - 4, "only days that are whole were counted again"


def test_periods_that_rules_could_not_judge_with_are_refused() -> None:
    for words, sentence in (
        ("raw=30", "90 days"),
        ("days=300", "as long as raw"),
        ("audit=3", "no class audit"),
        ("raw", "raw=730"),
    ):
        done = run("retention", "--database-url", "postgresql:///x", "--keep", words)
        assert sentence in done.output
        assert done.exit_code == 2


def test_topics_keep_messages_as_long_as_it_was_said(kafka: str) -> None:
    prefix = f"keep{uuid4().hex[:8]}-"
    ensure(kafka, prefix)
    try:
        assert keep(kafka, prefix, 30) == []
        others = keep(kafka, prefix, 14, dry_run=True)
        assert len(others) == len(keep(kafka, prefix, 14)) > 0
        limit = time.monotonic() + 20
        while keep(kafka, prefix, 14, dry_run=True):  # a broker takes it over a moment after it has agreed
            assert time.monotonic() < limit
            time.sleep(0.2)
    finally:
        with administration(kafka) as client:
            client.delete_topics([name for name in client.list_topics() if name.startswith(prefix)])
