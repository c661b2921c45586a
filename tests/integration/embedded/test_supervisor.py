"""A child that exits is started again with patience, and one that will not stop is killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest

from sizao import supervisor
from sizao.supervisor import Child


def _child(tmp_path: Path, code: str) -> Child:
    return Child("child", [sys.executable, "-c", code], {"SAID": "四早"}, tmp_path / "child.log")


def _until_written(tmp_path: Path, wanted: str) -> None:
    limit = time.monotonic() + 20
    while wanted not in (tmp_path / "child.log").read_text():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_child_that_exits_is_named_once_and_starts_again_ever_more_slowly(tmp_path: Path) -> None:
    child = _child(tmp_path, "import os; print(os.environ['SAID']); raise SystemExit(3)")
    child.start()
    said: list[str] = []
    started = time.monotonic()
    while child.restarts < 3:
        if sentence := child.look():
            said.append(sentence)
        time.sleep(0.01)
        assert time.monotonic() - started < 60
    child.stop()
    assert len(said) == 3
    assert "child exited with 3, starts again in 0.4 s" in said[0]
    assert "in 0.8 s" in said[1]
    assert "in 1.6 s" in said[2]
    assert time.monotonic() - started > 1.2
    assert (tmp_path / "child.log").read_text().count("四早") == 3
    assert child.look() is None, "what was stopped stays stopped"


def test_a_child_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    child = _child(
        tmp_path,
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
    )
    child.start()
    _until_written(tmp_path, "up")
    pid = child.pid
    assert pid is not None
    child.stop(patience=0.5)
    assert not psutil.pid_exists(pid)
    assert child.pid is None


def test_a_log_that_grew_too_large_is_put_aside_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LARGEST_LOG", 10)
    (tmp_path / "child.log").write_text("twelve bytes")
    child = _child(tmp_path, "print('new', flush=True)")
    child.start()
    _until_written(tmp_path, "new")
    child.stop()
    assert (tmp_path / "child.log.1").read_text() == "twelve bytes"
    assert (tmp_path / "child.log").read_text().split() == ["new"]
