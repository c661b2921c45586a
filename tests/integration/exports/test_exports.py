"""Figures that leave are the right ones, in order, once; and small counts are not in them."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import hmac
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from dashboards.dispatch.freezing import freeze
from detectors.times import HOUR
from sizao.cli import cli
from sizao.days import shown
from store.connection import transaction
from tests.integration.rollup.making import DAY_0, County

SECRET = "a secret that both know"
DAY = ("--date", shown(DAY_0 + 2))
FROM = ("--from", shown(DAY_0 + 2))


class National:
    """Another system: takes packages once, checks who sent them, and fails as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[int] = []  # of the next requests; afterwards 200
        self.came = 0
        national = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = national.take(dict(self.headers.items()), body)
                if status == 0:
                    self.connection.close()  # in the middle of it
                    return
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/figures"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.came += 1
        key, at = headers["webhook-id"], headers["webhook-timestamp"]
        signed = hmac.new(SECRET.encode(), f"{key}.{at}.".encode() + body, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(signed).decode()
        if key not in [one for one, _ in self.taken] and (not self.answers or self.answers[0] in (0, 200)):
            self.taken.append((key, msgspec.json.decode(body)))  # 0: it has it, and its answer is lost
        return self.answers.pop(0) if self.answers else 200

    def close(self) -> None:
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


async def _done(*words: str | Path) -> Result:
    done = await run(*words)
    assert done.exception is None, done.output
    return done


def _positives(content: dict[str, Any]) -> dict[str, object]:
    return {
        row["region"]: row["value"] if row["state"] == "stated" else row["state"]
        for row in content["rows"]
        if row["figure"] == "positives"
    }


async def test_small_counts_are_withheld_outside_the_province_and_sums_stay(
    province: County, database: str, tmp_path: Path
) -> None:
    where = ("--region", "370000", "--grain", "day", *DAY, "--database-url", database)
    await _done("export", "figures", *where, "--out", tmp_path / "out.csv")
    await _done("export", "figures", *where, "--inside", "--out", tmp_path / "in.csv")
    await _done("export", "figures", *where, "--format", "parquet", "--out", tmp_path / "out.parquet")

    def positives(name: str) -> dict[str, str]:
        text = (tmp_path / name).read_bytes()
        assert text.startswith(b"\xef\xbb\xbf"), "Chinese Excel reads it as UTF-8"
        rows = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
        return {row["region"]: row["value"] or row["state"] for row in rows if row["figure"] == "positives"}

    inside = {"370000": "9", "370600": "9", "370602": "1", "370611": "2", "370612": "6"}
    assert positives("in.csv") == inside
    assert positives("out.csv") == {**inside, "370602": "withheld", "370611": "withheld", "370612": "withheld"}
    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert {row["region"]: row["value"] for row in table if row["figure"] == "positives"} == {
        "370000": 9, "370600": 9, "370602": None, "370611": None, "370612": None,
    }  # fmt: skip


async def test_a_line_a_facility_has_counts_and_keeps_zero_and_blank_apart(province: County, database: str) -> None:
    done = await _done(
        "export", "facilities", "--region", "370600", *DAY, "--grain", "day", "--out", "-", "--database-url", database
    )
    lines = {row["facility"]: row for row in csv.DictReader(io.StringIO(done.stdout_bytes.decode("utf-8-sig")))}
    assert {code: row["positive_residents"] for code, row in lines.items()} == {
        "F-370602": "1", "F-370611": "2", "F-370612": "6",
    }  # fmt: skip
    assert {(row["deaths_all_causes"], row["all_beds"], row["influenza"]) for row in lines.values()} == {("0", "", "")}


async def test_a_receiver_that_fails_in_the_middle_gets_everything_once_and_in_order(
    province: County, database: str, national: National
) -> None:
    base = ("--database-url", database)
    await _done("export", "queue", "--region", "370000", *FROM, "--to", shown(DAY_0 + 3), *base)
    done = await _done("export", "queue", "--region", "370000", *FROM, *base)
    assert "nothing new" in done.output, "the same is not made again"
    push = ("export", "push", "--url", national.url, "--secret", SECRET, *base)
    national.answers = [503, 0, 200, 422]
    done = await run(*push, "--tries", "3")
    assert "national-000000002 was not taken: the receiver says 422" in str(done.exception)
    await _done(*push)
    assert [key for key, _ in national.taken] == ["national-000000001", "national-000000002"]
    assert _positives(national.taken[0][1])["370000"] == 9
    assert "withheld" in _positives(national.taken[0][1]).values()
    came = national.came
    await _done(*push)
    assert national.came == came, "nothing waits"
    await _done("export", "replay", *FROM, *base)
    await _done(*push)
    assert (national.came, len(national.taken)) == (came + 1, 2), "sent again with the id it had"


async def test_what_changes_after_it_was_sent_is_another_package(province: County, database: str) -> None:
    queue = ("export", "queue", "--region", "370000", *FROM, "--database-url", database)
    assert "number 1" in (await _done(*queue)).output
    province.now += HOUR
    late = province.test(province.now - 34 * HOUR, "positive")
    await province.said("F-370612", late, resident="R-99", after=34 * HOUR)
    await province.settle()
    assert "number 2" in (await _done(*queue)).output


async def test_what_was_frozen_is_sent_as_the_revision_it_is_and_late_data_waits_for_the_next_one(
    province: County, database: str
) -> None:
    queue = ("export", "queue", "--region", "370000", *FROM, "--database-url", database)

    async def freezes() -> None:
        for region in ("370602", "370611", "370612", "370600", "370000"):
            async with transaction(province.connection):
                await freeze(province.connection, region, DAY_0 + 2, "Zhao Min", province.now)

    await freezes()
    assert "number 1" in (await _done(*queue)).output
    late = province.test(province.now - 34 * HOUR, "positive")
    province.now += HOUR
    await province.said("F-370612", late, resident="R-99", after=35 * HOUR)
    await province.settle()
    assert "nothing new" in (await _done(*queue)).output
    await freezes()
    assert "number 2" in (await _done(*queue)).output
    with psycopg.connect(database) as connection:
        found = connection.execute("select revision, body from exports order by number").fetchall()
    contents = [msgspec.json.decode(body) for _, body in found]
    assert [(one["revision"], one["frozen_by"]) for one in contents] == [(1, "Zhao Min"), (2, "Zhao Min")]
    assert [_positives(one) for one in contents] == [{"370000": 9, "370600": 9}, {"370000": 10, "370600": 10}]


async def test_between_networks_that_are_kept_apart_files_are_signed_numbered_and_answered(
    province: County, database: str, tmp_path: Path
) -> None:
    ours, theirs, out, back = tmp_path / "ours", tmp_path / "theirs", tmp_path / "out", tmp_path / "back"
    out.mkdir()
    for key in (ours, theirs):
        await _done("export", "keys", key)
    assert ours.stat().st_mode & 0o077 == 0
    base = ("--database-url", database)
    for region in ("370000", "370600", "370602"):
        await _done("export", "queue", "--region", region, *FROM, *base)
    folder = ("export", "folder", out, "--signing-key", ours, *base)
    assert "3 packages" in (await _done(*folder)).output
    accept = ("export", "accept", out, "--public-key", f"{ours}.pub", "--signing-key", theirs, "--receipts", back)
    second = out / "national-000000002.json"
    right = second.read_bytes()
    second.write_bytes(right.replace(b'"370600"', b'"370611"', 1))
    done = await run(*accept)
    assert done.exit_code == 1
    assert "national-000000002.json was changed" in done.output
    assert "numbers 2 never came" in done.output
    assert [msgspec.json.decode(line)["region"] for line in done.stdout.splitlines()[:2]] == ["370000", "370602"]
    receipts = ("export", "receipts", back, "--public-key", f"{theirs}.pub", *base)
    assert "numbers 2 have no receipt" in (await run(*receipts)).output
    second.write_bytes(right)
    done = await _done(*accept)
    assert "1 packages were taken, 2 were there before" in done.output
    assert "3 receipts are on record" in (await _done(*receipts)).output
    assert "1 packages" not in (await _done(*accept)).output, "once"
    forged = back / "receipt-national-000000003.json"
    forged.write_bytes(forged.read_bytes().replace(b'"number":3', b'"number":1'))
    assert "was changed" in (await run(*receipts)).output
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from exports where received_at is not null").fetchone() == (3,)
    first = out / "national-000000001.json"
    before = first.read_bytes()
    await _done("export", "replay", *FROM, *base)
    await _done(*folder)
    assert first.read_bytes() == before, "written again it is the same"
    for name in (".json", ".json.sig"):
        (out / f"national-000000001{name}").rename(out / f"national-000000009{name}")
    done = await run(*accept)
    assert "national-000000009.json was changed" in done.output, "a package under another number is refused"
