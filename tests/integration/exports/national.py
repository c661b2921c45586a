"""Another system that takes packages, and the commands that send them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from sizao.cli import cli
from sizao.days import shown
from tests.integration.rollup.making import DAY_0

SECRET = "a secret that both know"
DAY = ("--date", shown(DAY_0 + 2))
FROM = ("--from", shown(DAY_0 + 2))


class National:
    """Takes packages once, checks who sent them, and fails as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[int] = []  # of the next requests; afterwards 200
        self.receipts: list[bytes] = []  # what it answers beside its status; afterwards nothing
        self.came = 0
        self.has_come = threading.Event()
        self.waits = threading.Event()  # it answers while this is set
        self.waits.set()
        national = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = national.take(dict(self.headers.items()), body)
                national.waits.wait(30)
                if status == 0:
                    self.connection.close()  # in the middle of it
                    return
                said = national.receipts.pop(0) if national.receipts else b""
                self.send_response(status)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/figures"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.came += 1
        self.has_come.set()
        key, at = headers["webhook-id"], headers["webhook-timestamp"]
        signed = hmac.new(SECRET.encode(), f"{key}.{at}.".encode() + body, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(signed).decode()
        if key not in [one for one, _ in self.taken] and (not self.answers or self.answers[0] in (0, 200)):
            self.taken.append((key, msgspec.json.decode(body)))  # 0: it has it, and its answer is lost
        return self.answers.pop(0) if self.answers else 200

    def close(self) -> None:
        self.waits.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def national() -> Iterator[National]:
    made = National()
    yield made
    made.close()


async def run(*words: str | Path) -> Result:
    """The command, beside the test's own loop."""
    return await asyncio.to_thread(CliRunner().invoke, cli, [str(word) for word in words])


async def done(*words: str | Path) -> Result:
    """The same, and nothing went wrong."""
    found = await run(*words)
    assert found.exception is None, found.output
    return found


def pushing(national: National, database: str) -> tuple[str, ...]:
    """The words that send what waits."""
    return ("export", "push", "--url", national.url, "--secret", SECRET, "--database-url", database)


def positives(content: dict[str, Any]) -> dict[str, object]:
    """Of each region in a package, or why they are not said."""
    return {
        row["region"]: row["value"] if row["state"] == "stated" else row["state"]
        for row in content["rows"]
        if row["figure"] == "positives"
    }
