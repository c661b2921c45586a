"""The schema comes about once, whoever asks, and says why it is as it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import psycopg
import pytest

from store import errors
from store.migrate import _migrations, migrate, pending
from store.sql import statements
from tests.support.databases import fresh_database
from tests.support.needs import PROJECT


@pytest.fixture(params=["timescale", "plain"])
def empty(request: pytest.FixtureRequest, server: str) -> Iterator[tuple[str, bool]]:
    with fresh_database(server, timescale=request.param == "timescale") as url:
        yield url, request.param == "timescale"


def test_many_processes_that_start_at_once_migrate_once(empty: tuple[str, bool]) -> None:
    url, timescale = empty
    names = pending(url)
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [url] * 4))
    assert sorted(applied) == [[], [], [], names]
    assert pending(url) == []
    with psycopg.connect(url) as connection:
        hypertables = "select count(*) from _timescaledb_catalog.hypertable" if timescale else "select 0"
        found = connection.execute(hypertables).fetchone()
        assert found == (int(timescale),)


def test_asking_what_is_missing_changes_nothing(empty: tuple[str, bool]) -> None:
    url, _ = empty
    assert pending(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall() == []


def test_a_lock_left_by_a_killed_process_blocks_nobody(empty: tuple[str, bool]) -> None:
    url, _ = empty
    names = pending(url)
    with _migrations(url):  # yoyo's own tables are there, nothing is applied
        pass
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("insert into yoyo_lock (locked, ctime, pid) values (1, now(), 4711)")
    assert migrate(url) == names


def test_a_database_of_an_older_version_is_told_with_the_remedy(server: str) -> None:
    with fresh_database(server, timescale=False) as url:
        for words in (["account", "list"], ["figures"], ["rules", "list"]):
            command = [sys.executable, "-m", "sizao", *words, "--database-url", url]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            assert done.returncode == 1, words
            assert done.stderr.count("\n") == 1, done.stderr
            assert "`sizao migrate` mends that" in done.stderr


def test_a_database_that_is_not_there_is_told_in_one_sentence(server: str) -> None:
    with pytest.raises(errors.StoreError, match="sizao_nowhere"):
        migrate(server.rsplit("/", 1)[0] + "/sizao_nowhere")
    with pytest.raises(errors.Unavailable):
        migrate("postgresql://postgres@127.0.0.1:1/postgres")


def test_every_migration_begins_with_its_reason() -> None:
    files = [file for file in (resources.files("store") / "migrations").iterdir() if file.name.endswith(".sql")]
    assert files
    for file in files:
        assert file.read_text("utf-8").startswith("-- Why: "), file.name


def test_every_statement_has_a_sentence_and_a_user() -> None:
    code = "".join(path.read_text() for path in (PROJECT / "store").rglob("*.py"))
    files = [file.name for file in (resources.files("store") / "sql").iterdir() if file.name.endswith(".sql")]
    assert files
    for file in files:
        for name in statements(file.removesuffix(".sql")):
            assert f'"{name}"' in code, f"{file}: nobody uses {name}"


def test_what_a_facility_is_now_is_asked_of_one_view() -> None:
    files = [file for file in (resources.files("store") / "sql").iterdir() if file.name.endswith(".sql")]
    for file in files:
        for name, text in statements(file.name.removesuffix(".sql")).items():
            spelt_out = b"facility_profiles" in text and b"recorded_at desc" in text
            assert not spelt_out, f"{file.name}: {name} looks for the newest profile itself; facilities_now has it"
