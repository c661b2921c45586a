"""`sizao run` uses the services it is given, and starts none of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

pytestmark = [pytest.mark.xdist_group("path"), pytest.mark.timeout(120)]


def test_given_services_are_used_and_left_running(database: str, kafka: str, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "SIZAO_STATE": str(tmp_path),
        "SIZAO_KAFKA": kafka,
        "SIZAO_DATABASE_URL": database,
        "SIZAO_TOPIC_PREFIX": f"t{uuid4().hex[:8]}-",
    }
    said = tmp_path / "said"
    with said.open("wb") as log:
        run = subprocess.Popen([sys.executable, "-m", "sizao", "run", "--no-county"], env=env, stdout=log, stderr=log)
    try:
        limit = time.monotonic() + 60
        while "Ctrl-C stops" not in said.read_text():
            assert run.poll() is None, said.read_text()
            assert time.monotonic() < limit, said.read_text()
            time.sleep(0.1)
        names = {one.name() for one in psutil.Process(run.pid).children()}
        assert not names & {"postgres", "tansu"}
        assert not (tmp_path / "postgres").exists()
        found = _doctor(env)
        while "worker: everything seen" not in found.stdout:
            assert time.monotonic() < limit, found.stdout
            found = _doctor(env)
        assert found.returncode == 0, found.stdout
        assert "ok     TimescaleDB" in found.stdout
        assert "ok     worker: everything seen" in found.stdout
    finally:
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 0
    assert "ok     database: PostgreSQL" in _doctor(env).stdout


def _doctor(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "sizao", "doctor"]
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False)
