"""Keeps processes running: one that exits is started again; all stop together, in reverse order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sizao.embedded.places import dies_with_us

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 5.0
STEADY_SECONDS: Final = 30.0  # a child that ran this long starts again at once
STOP_SECONDS: Final = 12.0
LARGEST_LOG: Final = 20 * 1024 * 1024


class Child:
    """One process that should be running."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._command = list(command)
        self._env = {**os.environ, **env}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._wait = FIRST_WAIT
        self._again_at: float | None = None
        self.restarts = 0

    def start(self) -> None:
        """It runs."""
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to pass on, in order
                preexec_fn=dies_with_us(signal.SIGTERM),  # noqa: PLW1509  # it must not outlive us
            )
        self._started = time.monotonic()
        self._again_at = None

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def look(self) -> str | None:
        """Starts it again when it has exited and waited; a sentence when it exited just now."""
        if self._process is None or self._process.poll() is None:
            return None
        now = time.monotonic()
        if self._again_at is None:
            steady = now - self._started > STEADY_SECONDS
            self._wait = FIRST_WAIT if steady else min(self._wait * 2, LONGEST_WAIT)
            self._again_at = now + self._wait
            self.restarts += 1
            return (
                f"{self.name} exited with {self._process.returncode}, starts again in {self._wait:.1f} s: {self._log}"
            )
        if now >= self._again_at:
            self.start()
        return None

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """It has stopped: asked first, killed after so many seconds."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def command(*words: str) -> list[str]:
    """A subcommand of this program in this interpreter."""
    return [sys.executable, "-m", "sizao", *words]
