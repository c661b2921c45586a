"""Simulated and recorded checks go out at the speed that was asked for, and bad input is told of in a sentence."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner

from sizao.detect import detect
from sizao.replay import replay
from sizao.simulate import simulate


class Gateway(http.server.BaseHTTPRequestHandler):
    """Takes every event but those of R-9."""

    taken: ClassVar[list[tuple[float, dict[str, str]]]] = []

    def do_POST(self) -> None:
        events = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.taken.extend((time.monotonic(), event) for event in events)
        bad = {"result": "rejected", "reason": {"en": "not R-9"}}
        body = json.dumps(
            {"results": [bad if event["resident"] == "R-9" else {"result": "accepted"} for event in events]}
        )
        self.send_response(202)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        """Silent."""


@pytest.fixture
def gateway() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_without_a_place_events_go_to_standard_output_and_detect_takes_them() -> None:
    made = CliRunner().invoke(simulate, ["--facilities", "2", "--days", "1"])
    assert made.exit_code == 0, made.output
    judged = CliRunner().invoke(detect, ["-"], input=made.stdout)
    assert (judged.exit_code, judged.stderr) == (0, "")


def test_a_stated_speed_is_kept() -> None:
    begun = time.monotonic()
    made = CliRunner().invoke(simulate, ["--facilities", "3", "--days", "1", "--rate", "400"])
    expected = len(made.stdout.splitlines()) / 400
    assert expected - 0.2 < time.monotonic() - begun < expected + 2


def test_recordings_are_sent_in_their_rhythm_as_if_now(tmp_path: Path, gateway: str) -> None:
    lines = [
        {"type": "reading", "resident": who, "event_id": "old", "observed_at": f"2026-01-05T07:0{minute}:00+08:00"}
        for who, minute in (("R-1", 2), ("R-2", 0), ("R-9", 4))
    ]
    (tmp_path / "recorded.jsonl").write_text("\n".join(map(json.dumps, lines)))
    words = ["--gateway", gateway, "--token", "t", "--facility", "F-9", "--speed", "240"]
    done = CliRunner().invoke(replay, [*words, str(tmp_path / "recorded.jsonl")])
    assert done.exit_code == 1, "one was rejected"
    assert done.stderr.splitlines() == ["2 of 3 events accepted", "rejected 1: not R-9"]
    assert [(event["resident"], event["facility"], "event_id" in event) for _, event in Gateway.taken] == [
        (who, "F-9", False) for who in ("R-2", "R-1", "R-9")
    ]
    first, second, third = (at for at, _ in Gateway.taken)
    assert 0.3 < second - first < 1
    assert 0.3 < third - second < 1


def test_what_is_no_recording_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"observed_at": "2026-01-05T07:00:00+08:00"}\n{broken\n')
    words = ["--gateway", "http://127.0.0.1:1", "--token", "t", "--facility", "F-9"]
    done = CliRunner().invoke(replay, [*words, str(file)])
    assert done.exit_code == 1
    assert f"{file} line 2 is no event" in done.stderr
