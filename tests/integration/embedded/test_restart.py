"""The broker keeps everything in memory and dies: what was accepted is stored all the same, once."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from sizao.registry import register

pytestmark = [pytest.mark.xdist_group("embedded"), pytest.mark.timeout(180)]


class Running:
    """`sizao run` without a county."""

    def __init__(self, state: Path) -> None:
        self.log = state / "said"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sizao", "run", "--no-county"],
                env={**os.environ, "SIZAO_STATE": str(state)},
                stdout=log,
                stderr=log,
            )
        self.until(lambda: "Ctrl-C stops" in self.said())
        found = re.search(r"checks go to (\S+),", self.said())
        url = re.search(r"SIZAO_DATABASE_URL=(\S+)", self.said())
        assert found
        assert url
        self.events, self.database = found[1], url[1]

    def said(self) -> str:
        return self.log.read_text()

    def until(self, true: Callable[[], Any], seconds: float = 60) -> Any:
        limit = time.monotonic() + seconds
        while not (found := true()):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < limit, self.said()
            time.sleep(0.1)
        return found

    def child(self, word: str) -> psutil.Process:
        """The process of ours whose command line has this word."""
        for one in psutil.Process(self.process.pid).children():
            if word in one.cmdline() or one.name() == word:
                return one
        raise AssertionError(f"{word} does not run")

    def doctor(self, *words: str) -> tuple[int, list[dict[str, str]]]:
        """(its exit code, its findings); it finds the services of the run by itself."""
        done = subprocess.run(
            [sys.executable, "-m", "sizao", "doctor", "--json", *words],
            env={**os.environ, "SIZAO_STATE": str(self.log.parent)},
            capture_output=True,
            check=False,
        )
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture
def running(state: Path) -> Iterator[Running]:
    made = Running(state)
    yield made
    if made.process.poll() is None:
        made.process.send_signal(signal.SIGTERM)
        made.process.wait(60)


def _accepted(running: Running, token: str, numbers: range) -> set[str]:
    ids = set()
    for number in numbers:
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        event = {"type": "reading", "facility": "F-1", "resident": "R-1", "spo2_percent": 97}
        answer = httpx.post(
            running.events,
            json=event | {"observed_at": f"{now}.{number:03d}Z"},
            headers={"authorization": f"Bearer {token}"},
        )
        if answer.status_code == 202:
            ids.add(answer.json()["results"][0]["event_id"])
    return ids


def test_what_was_accepted_is_stored_once_although_broker_and_database_are_killed(
    running: Running, tmp_path: Path
) -> None:
    running.until(lambda: running.doctor()[0] == 0)
    trial, lines = running.doctor("--production")
    assert trial == 1
    assert {one["what"].split(":")[0] for one in lines if one["light"] == "red"} == {
        "broker",
        "TimescaleDB",
        "the database has no copy",
        "recipients",
        "registry",
        "backup",
    }

    (tmp_path / "facilities.csv").write_text("facility\nF-1\n")
    token = asyncio.run(register(running.database, tmp_path, ["F-1"]))["F-1"]
    accepted = _accepted(running, token, range(10))
    ours = "from observations join facilities f on f.id = facility_id where f.code = 'F-1'"  # the self-check sends too
    running.until(lambda: running.rows(f"select count(*) {ours}") == [(10,)])

    worker, broker = running.child("worker"), running.child("tansu")
    worker.suspend()
    accepted |= _accepted(running, token, range(10, 40))
    waiting = "select count(*) from spool where key = 'F-1'"
    assert running.rows(waiting) == [(30,)], "only the broker's memory and the spool have them"
    broker.kill()
    worker.resume()
    running.until(lambda: "the broker starts anew" in running.said())
    running.until(lambda: running.rows(waiting) == [(0,)])
    stored = f"select event_id::text, count(*) {ours} group by 1"
    assert dict(running.rows(stored)) == dict.fromkeys(accepted, 1)
    assert len(accepted) == 40
    assert running.child("tansu").pid != broker.pid

    running.child("postgres").kill()
    running.until(lambda: "the database stopped" in running.said())
    running.until(lambda: accepted.update(more := _accepted(running, token, range(40, 41))) or more)
    running.until(lambda: dict(running.rows(stored)) == dict.fromkeys(accepted, 1))

    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 0
    assert running.said().endswith("stopped\n")
