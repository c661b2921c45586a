"""A backup is the database at one moment; restored, every row of every table is as it was."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result
from prometheus_client import REGISTRY, generate_latest

from sizao.backup import back_up_day
from sizao.backups_kept import show_kept, size_of
from sizao.cli import cli
from sizao.daily_record import Record
from store.daily_jobs import DailyJob
from store.errors import StoreError
from store.keeping import restoring, sealing
from store.keeping.folder import Backup, BadBackup
from store.keeping.snapshot import SQL, Snapshot, snapshot
from store.keeping.tables import TABLES, is_backed_up
from store.migrate import migrate, pending
from tests.integration.keeping.filling import rows

KEY = "a key of more than sixteen characters"


def run(*words: str | Path) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=True)


def backed_up(url: str, folder: Path, *words: str) -> Path:
    """A backup of the database in the folder."""
    done = run("backup", folder, "--database-url", url, *words)
    assert done.exception is None, done.output
    return folder


def said(done: Result) -> str:
    """Why it went wrong."""
    assert done.exception is not None
    return str(done.exception)


def test_every_table_of_the_schema_has_a_class(filled: str) -> None:
    with psycopg.connect(filled) as connection:
        there = {name for (name,) in connection.execute(SQL["tables_there"])}
        columns = {
            (table, name)
            for table in there
            for (name,) in connection.execute("select attname from pg_attribute where attrelid = %s::regclass", [table])
        }
    assert there == set(TABLES), "store/keeping/tables.toml has the class of each table of the schema"
    for name, table in TABLES.items():
        told_by = [table.age.column] if table.age else []
        assert {(name, text.split(".")[0]) for text in (*told_by, *table.free_text)} <= columns, name
        if table.free_text and table.person is None:
            assert {(name, "resident_id"), (name, "alert_id")} & columns, f"{name}: whose free text is it?"


@pytest.mark.parametrize(("kind", "key"), [("hypertables", ("--key", KEY)), ("filled", ())], ids=["sealed", "open"])
def test_every_row_of_every_table_is_restored_also_into_the_other_kind_of_database(
    request: pytest.FixtureRequest, new_database: Callable[..., str], tmp_path: Path, kind: str, key: tuple[str, ...]
) -> None:
    source, other = request.getfixturevalue(kind), new_database(timescale=kind == "filled")
    before = {table: rows(source, table) if is_backed_up(table) else [] for table in TABLES}
    folder = backed_up(source, tmp_path / "b", *key)
    done = run("restore", folder, "--database-url", other, *key)
    assert done.exception is None, done.output
    for table in TABLES:
        assert rows(other, table) == before[table], table
    with psycopg.connect(other) as connection:
        given = "select nextval(pg_get_serial_sequence('alerts', 'id'))"
        assert connection.execute(given).fetchone() == (42,), "numbers go on from where they were"
    assert pending(other) == []


def test_others_check_an_open_backup_without_this_program(filled: str, tmp_path: Path) -> None:
    folder = backed_up(filled, tmp_path / "b")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == len(list(folder.iterdir())) - 1
    text = subprocess.run(["gzip", "-dc", "residents.copy.gz"], cwd=folder, capture_output=True, check=True).stdout
    assert text.count(b"\n") == 2
    assert (folder.stat().st_mode & 0o077) == 0, "residents' data are for nobody else"


def test_a_sealed_backup_shows_nobody_who_lives_where(filled: str, tmp_path: Path) -> None:
    folder = backed_up(filled, tmp_path / "b", "--key", KEY)
    for file in folder.glob("*.sealed"):
        assert not file.read_bytes().startswith(b"\x1f\x8b"), "gzip without a seal"
    with pytest.raises(BadBackup, match="SIZAO_BACKUP_KEY_FILE"):
        Backup(folder, None)
    with pytest.raises(BadBackup, match="another key"):
        Backup(folder, KEY + "!")
    assert "16" in said(run("backup", tmp_path / "c", "--database-url", filled, "--key", "short"))
    assert not (tmp_path / "c").exists()


def test_what_is_written_meanwhile_is_in_the_next_backup(filled: str, tmp_path: Path) -> None:
    with snapshot(filled) as found, psycopg.connect(filled, autocommit=True) as writer:
        before = found.count("outages")
        writer.execute("insert into outages (id, began_at) overriding system value values (3, now())")
        assert b"".join(found.blocks("outages")).count(b"\n") == before == found.count("outages")
        writer.execute("delete from outages where id > 2")


def test_no_migration_begins_while_a_backup_is_written(new_database: Callable[..., str]) -> None:
    url, ended = new_database(), Event()
    names = pending(url)
    migrate(url, names[:-1])

    def upgrade() -> None:
        migrate(url)
        ended.set()

    with snapshot(url):
        upgrading = Thread(target=upgrade)
        upgrading.start()
        assert not ended.wait(0.5)
    upgrading.join(30)
    assert ended.is_set()


def test_a_damaged_backup_is_refused_before_the_database_is_touched(
    filled: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    folder, other = backed_up(filled, tmp_path / "b"), new_database()
    for hurt in ("residents.copy.gz", "manifest.json"):
        right = (folder / hurt).read_bytes()
        (folder / hurt).write_bytes(right[:-9] + bytes([right[-9] ^ 1]) + right[-8:])
        assert f"{hurt} is damaged" in said(run("restore", folder, "--database-url", other))
        (folder / hurt).unlink()
        assert f"{hurt} is missing" in said(run("restore", folder, "--database-url", other))
        (folder / hurt).write_bytes(right)
    (folder / "SHA256SUMS").unlink()
    assert "no whole backup" in said(run("restore", folder, "--database-url", other))
    with psycopg.connect(other) as connection:
        assert connection.execute(SQL["tables_there"]).fetchall() == []


def test_a_restore_that_is_stopped_leaves_an_empty_database_that_takes_the_next_one(
    filled: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    folder, other = backed_up(filled, tmp_path / "b", "--key", KEY), new_database()
    backup = Backup(folder, KEY)
    parts = tuple(
        msgspec.structs.replace(part, rows=3) if part.table == "views" else part for part in backup.manifest.parts
    )
    backup.manifest = msgspec.structs.replace(backup.manifest, parts=parts)
    restoring.prepare(other, backup.manifest)
    with pytest.raises(BadBackup, match="views: 2 rows came, the manifest says 3"):
        restoring.load(other, backup, lambda number: None)
    assert rows(other, "facilities") == []
    done = run("restore", folder, "--database-url", other, "--key", KEY)
    assert done.exception is None, done.output
    again = said(run("restore", folder, "--database-url", other, "--key", KEY))
    assert "not empty" in again
    assert "createdb" in again
    assert rows(other, "facilities") == rows(filled, "facilities")


def test_a_backup_that_is_stopped_leaves_nothing_and_one_that_is_there_is_not_written_over(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert "No space left" in said(run("backup", tmp_path / "b", "--database-url", filled))
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "fsync", right)
    backed_up(filled, tmp_path / "b")
    assert "there already" in said(run("backup", tmp_path / "b", "--database-url", filled))


def test_an_older_backup_is_upgraded_and_a_newer_one_is_refused(
    new_database: Callable[..., str], tmp_path: Path
) -> None:
    old, other = new_database(), new_database()
    names = pending(old)
    migrate(old, names[:-5])
    with psycopg.connect(old, autocommit=True) as connection:
        connection.execute("insert into facilities (code) values ('F-001')")
    folder = backed_up(old, tmp_path / "b")
    done = run("restore", folder, "--database-url", other)
    assert done.exception is None, done.output
    assert "5 migrations" in done.output
    assert pending(other) == []
    with psycopg.connect(other) as connection:
        assert connection.execute("select code from facilities").fetchall() == [("F-001",)]
    backup = Backup(folder, None)
    backup.manifest = msgspec.structs.replace(backup.manifest, migrations=(*names, "9999.later"))
    with pytest.raises(BadBackup, match=r"newer version.*9999"):
        restoring.prepare(new_database(), backup.manifest)
    ahead = new_database()
    migrate(ahead)
    with pytest.raises(StoreError, match="newer schema"):
        restoring.prepare(ahead, Backup(folder, None).manifest)


def test_of_a_backup_each_day_the_last_ones_stay(filled: str, tmp_path: Path) -> None:
    for name in ("2026-11-24", "2026-11-25", "2026-11-26.unfinished", "before-upgrade"):
        (tmp_path / name).mkdir()
    for _ in range(2):  # who starts again on the same day makes no second one
        back_up_day(filled, tmp_path, KEY, 20_784, 2)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["2026-11-25", "2026-11-27", "before-upgrade"]
    assert run("restore", tmp_path / "2026-11-27", "--check", "--key", KEY).exit_code == 0, "no database is needed"
    assert "--database-url" in run("restore", tmp_path / "2026-11-27", "--key", KEY).output


def test_a_backup_that_cannot_be_read_back_is_none(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Snapshot.count
    monkeypatch.setattr(Snapshot, "count", lambda self, table: right(self, table) + (table == "views"))
    assert "views: 2 rows came, the manifest says 3" in said(run("backup", tmp_path / "b", "--database-url", filled))
    monkeypatch.setattr(Snapshot, "count", right)
    monkeypatch.setattr(sealing, "compressed", lambda blocks: (b"never gzip",))
    assert "cannot be read" in said(run("backup", tmp_path / "b", "--database-url", filled))
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_starts_again_still_says_when_the_last_backup_was_made_and_why_not_since(
    filled: str, tmp_path: Path
) -> None:
    backed_up(filled, tmp_path / "2026-11-26")
    first = Record("backup", filled)
    first.look()
    assert (first.job.size_bytes, first.job.is_failing) == (size_of(tmp_path / "2026-11-26"), False)
    first.failed(first.job.done_at + 1, "No space left on device")  # type: ignore[operator]
    again = Record("backup", filled)
    again.look()
    assert again.job == first.job
    assert again.job.is_failing
    show_kept(tmp_path)
    shown = {
        line.split()[0]: float(line.split()[1]) for line in generate_latest().decode().splitlines() if line[0] != "#"
    }
    assert shown["sizao_daily_done_timestamp_seconds"] == pytest.approx(time.time(), abs=60)
    assert shown["sizao_daily_failed_timestamp_seconds"] > shown["sizao_daily_done_timestamp_seconds"]
    assert shown["sizao_backup_newest_timestamp_seconds"] == pytest.approx(time.time(), abs=60)
    assert (shown["sizao_backup_newest_size_bytes"], shown["sizao_backups"]) == (first.job.size_bytes, 1)
    show_kept(tmp_path / "not mounted")
    assert REGISTRY.get_sample_value("sizao_backup_newest_timestamp_seconds") == 0


def test_what_could_not_be_written_while_the_database_was_away_is_written_when_it_is_back(filled: str) -> None:
    record = Record("retention", "postgresql://nobody@127.0.0.1:9/nothing")
    record.failed(1_000, "nobody listens")
    record._database_url = filled
    record.look()
    later = Record("retention", filled)
    later.look()
    assert later.job == DailyJob(failed_at=1_000, why="nobody listens")
    later.done(20_784, 2_000, 3_000, None)
    assert later.job == DailyJob(20_784, 3_000, 1_000, None, 1_000, "nobody listens")
    assert not later.job.is_failing
