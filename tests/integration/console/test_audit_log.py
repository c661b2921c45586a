"""The record of views is whole, or it says where it is not."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from sizao.audit_log import audit_log_group
from store import views
from store.connection import connect
from store.views import View


@pytest.fixture
async def record(database: str) -> str:
    """Ten views by two people, written at once and one after the other."""
    connections = [await connect(database, "test") for _ in range(2)]
    for number in range(5):
        looks = [View(number * 1_000, who, f"p{who}", "desk", "/", (f"F-001/R-{number}",)) for who in (0, 1)]
        await asyncio.gather(*(views.add(connections[one.account_id], one) for one in looks))
    for one in connections:
        await one.close()
    return database


async def _says(database: str, *words: str) -> Result:
    def call() -> Any:
        return CliRunner().invoke(audit_log_group, [words[0], "--database-url", database, *words[1:]])

    done: Result = await asyncio.get_running_loop().run_in_executor(None, call)
    return done


def _does(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(statement)


async def test_a_whole_record_is_whole_and_says_its_head(record: str) -> None:
    done = await _says(record, "verify")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("10:")
    assert (await _says(record, "verify", "--head", done.stdout.strip())).exit_code == 0
    assert "F-001/R-3" in (await _says(record, "show", "--about", "F-001/R-3")).stdout
    assert "p1" not in (await _says(record, "show", "--account", "p0")).stdout


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("delete from views where id = 4", "view 4 is missing"),
        ("delete from views where id between 4 and 6", "views 4 to 6 are missing"),
        ("delete from views where id = 1", "view 1 is missing"),
        ("update views set subjects = '{F-001/R-9}' where id = 4", "view 4 of 1970"),
        ("update views set login = 'p9' where id = 10", "view 10 of 1970"),
        ("delete from views where id = 4; update views set id = id - 1 where id > 4", "is not what was written"),
        ("delete from views where id > 8", "the end is cut: 10 views were written, the last one there is 8"),
        ("delete from views", "the end is cut: 10 views were written, the last one there is 0"),
    ],
)
async def test_a_row_that_was_taken_out_or_changed_is_found(record: str, statement: str, sentence: str) -> None:
    _does(record, statement)
    done = await _says(record, "verify")
    assert done.exit_code == 1
    assert sentence in done.output


async def test_an_end_cut_with_its_head_is_found_by_the_head_kept_apart(record: str) -> None:
    kept = (await _says(record, "verify")).stdout.strip()
    _does(record, "delete from views where id > 8")
    _does(record, "update view_head h set id = v.id, hash = v.hash from views v where v.id = 8")
    assert (await _says(record, "verify")).exit_code == 0, "the database alone cannot tell"
    assert "the head kept apart is view 10" in (await _says(record, "verify", "--head", kept)).output
    connection = await connect(record, "test")
    for number in range(4):  # life goes on over the cut
        await views.add(connection, View(number, 7, "p7", "desk", "/", ("F-001",)))
    await connection.close()
    assert "tied anew" in (await _says(record, "verify", "--head", kept)).output
    assert (await _says(record, "verify", "--head", "10")).exit_code == 2
