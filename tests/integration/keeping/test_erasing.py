"""A resident who was erased is nobody, whatever is read again or restored."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import Result

from detectors.times import to_text
from store.keeping.tables import TABLES
from tests.integration.keeping.filling import AWKWARD
from tests.integration.keeping.test_backup import run, said
from tests.integration.path.conftest import database
from tests.integration.path.test_worker import FACILITY, Story

__all__ = ["database"]
ERASE = ("erase", "resident", FACILITY, "R-1", "--by", "Zhao Min", "--reason", "file 12", "--yes")


@pytest.fixture
async def story(database: str) -> AsyncIterator[Story]:
    made = Story(database)
    await made.starts()
    yield made
    await made.ends()


def _check_in(story: Story, minutes: int) -> dict[str, object]:
    said = story.reading(minutes)
    words = {"type": "check_in", "presence": "in", "symptoms": ["cough"], "note": "Mrs Wang coughs"}
    return {**said, **words}


def _counted(story: Story) -> list[tuple[object, ...]]:
    return story.rows(
        "select count(*), count(resident_id), (select array_agg(id order by id) from episodes) from observations"
    )


async def aside(*words: str | Path) -> Result:
    """The command, while the worker goes on."""
    return await asyncio.to_thread(run, *words)


async def test_nothing_leads_to_an_erased_resident_and_what_is_read_again_brings_nobody_back(story: Story) -> None:
    low, lower, check_in = story.reading(0, spo2_percent=88), story.reading(3, spo2_percent=87), _check_in(story, 5)
    never_seen = story.reading(7, spo2_percent=85)
    await story.takes(story.message(low, lower), story.message(check_in, topic="check-ins.v1"))
    erase = (*ERASE, "--database-url", story.database)
    assert "is open; close it first" in said(await aside(*erase))
    with psycopg.connect(story.database, autocommit=True) as connection:
        connection.execute("update alerts set closed_at = now(); update referrals set ended_at = now()")
    assert story.rows("select count(*) from observations where rest::text like '%Wang%'") == [(1,)]
    before = _counted(story)
    done = await aside(*erase)
    assert done.exception is None, done.output
    await story.takes(story.message(low, lower), story.message(check_in, topic="check-ins.v1"))
    await story.takes(story.message(never_seen))
    assert _counted(story) == before
    ((code,),) = story.rows("select code from residents where kind = 'resident'")
    assert code.startswith("erased-")
    assert story.rows("select count(*) from observations where rest::text like '%Wang%'") == [(0,)]
    assert story.rows("select rest -> 'symptoms' from observations where type = 3") == [(["cough"],)]
    assert story.rows("select facility, resident, erased_by from erasures") == [(FACILITY, "R-1", "Zhao Min")]
    await story.audited()
    later = {**story.reading(0, spo2_percent=96), "observed_at": to_text(story.now + 3 * 3_600_000)}
    await story.takes(story.message(later))
    assert ("R-1",) in story.rows("select code from residents"), "somebody else may live there now"


async def test_a_restored_backup_does_not_bring_back_who_was_erased_since(
    story: Story, new_database: Callable[..., str], tmp_path: Path
) -> None:
    await story.takes(story.message(story.reading(0, spo2_percent=96)))
    folder, kept_apart, other = tmp_path / "b", tmp_path / "erased.jsonl", new_database()
    making = [sys.executable, "-m", "sizao", "backup", str(folder), "--database-url", story.database]
    assert await (await asyncio.create_subprocess_exec(*making)).wait() == 0
    lost = await aside(*ERASE, "--database-url", story.database, "--erasure-list", tmp_path / "no" / "erased.jsonl")
    assert "nobody is erased" in lost.output
    assert story.rows("select count(*) from erasures") == [(0,)]
    done = await aside(*ERASE, "--database-url", story.database, "--erasure-list", kept_apart)
    assert done.exception is None, done.output
    listed = await aside("erase", "list", "--json", "--database-url", story.database)
    assert listed.stdout == kept_apart.read_text()
    assert kept_apart.stat().st_mode & 0o077 == 0, "who asked to be forgotten is nobody else's to read"
    done = await aside("restore", folder, "--database-url", other, "--erasure-list", kept_apart)
    assert "1 residents were erased since" in done.output
    with psycopg.connect(other) as connection:
        assert connection.execute("select code from residents where code = 'R-1'").fetchall() == []
    done = await aside("erase", "apply", "--database-url", other, "--erasure-list", kept_apart)
    assert "0 residents" in done.output
    nowhere = await aside("erase", "apply", "--database-url", other, "--erasure-list", tmp_path / "x")
    assert "is not there" in nowhere.output


def test_every_free_text_about_the_resident_is_blank(hypertables: str) -> None:
    with psycopg.connect(hypertables, autocommit=True) as connection:
        connection.execute("update observations set facility_id = 1, resident_id = 1 where event_id::text like '0%'")
        words = ("erase", "resident", AWKWARD, AWKWARD, "--by", "Z", "--reason", "r", "--yes")
        done = run(*words, "--database-url", hypertables)
        assert done.exception is None, done.output
        for name, table in TABLES.items():
            for text in table.free_text:
                column, _, key = text.partition(".")
                value = f"{column} ->> '{key}'" if key else column
                found = connection.execute(f"select {value} from {name} t where t::text like '%%晨间%%' ").fetchall()
                assert {one for (one,) in found} <= {None, ""}, (name, text)
