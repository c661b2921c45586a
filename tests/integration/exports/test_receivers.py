"""A receiver that refuses, lies or hangs, a full disk, two processes at once: nothing is lost or out of order."""

from __future__ import annotations

import asyncio
import errno
import shutil
import sys
from pathlib import Path

import msgspec
import psycopg
import pytest

from dashboards.exports import folder as files
from sizao.days import shown
from tests.integration.exports.national import FROM, National, done, national, pushing, run
from tests.integration.rollup.making import DAY_0, County

__all__ = ["national"]


@pytest.fixture
async def packed(province: County, database: str) -> str:
    """Two packages wait."""
    until = ("--to", shown(DAY_0 + 3), "--database-url", database)
    await done("export", "queue", "--region", "370000", *FROM, *until)
    return database


async def test_what_is_refused_is_kept_and_told_and_a_person_may_set_it_aside(packed: str, national: National) -> None:
    push, base = pushing(national, packed), ("--database-url", packed)
    national.answers = [302]
    assert "the receiver says 302" in (await run(*push)).output, "it is not sent elsewhere"
    national.answers = [422]
    failed = await run(*push)
    assert failed.exit_code == 1
    assert "until that is mended there, or `sizao export set-aside 1`" in failed.output
    status = (await done("export", "status", *base)).output
    assert "2 wait, the first is number 1" in status
    assert "the receiver says 422" in status
    aside = ("export", "set-aside", "1", "--by", "李处长", "--why", "old format", *base)
    await done(*aside)
    assert "does not wait" in (await run(*aside)).output
    assert "1 packages were taken" in (await done(*push)).output
    assert "set aside: 1" in (await done("export", "status", *base)).output
    await done("export", "replay", "--date", FROM[1], *base)
    await done(*push)
    assert [key for key, _ in national.taken] == ["national-000000002", "national-000000001"]


async def test_a_receipt_of_another_content_is_no_receipt(packed: str, national: National) -> None:
    push = pushing(national, packed)
    with psycopg.connect(packed) as connection:
        found = connection.execute("select encode(digest, 'hex') from exports order by number").fetchall()
    digests = [row[0] for row in found]
    for wrong, why in (
        ({"id": "national-000000009"}, "its receipt is of national-000000009"),
        ({"id": "national-000000001", "digest": digests[1]}, "its receipt is of another content"),
    ):
        national.receipts = [msgspec.json.encode(wrong)]
        assert why in (await run(*push)).output
    national.receipts = [msgspec.json.encode({"digest": digests[0].upper()}), b"<html>thank you</html>"]
    assert "2 packages were taken" in (await done(*push)).output
    with psycopg.connect(packed) as connection:
        found = connection.execute("select received_at is not null from exports order by number").fetchall()
    assert [row[0] for row in found] == [True, False], "a page is no receipt, and the status counts"


async def test_two_processes_do_not_send_at_once(packed: str, national: National, tmp_path: Path) -> None:
    national.waits.clear()
    first = asyncio.create_task(run(*pushing(national, packed)))
    assert await asyncio.to_thread(national.has_come.wait, 30)
    assert "another process is sending to national" in (await run(*pushing(national, packed))).output
    await done("export", "keys", tmp_path / "key")
    folder = ("export", "folder", tmp_path, "--signing-key", tmp_path / "key", "--database-url", packed)
    assert "another process is sending to national" in (await run(*folder)).output
    national.waits.set()
    assert "2 packages were taken" in (await first).output
    assert national.came == 2


async def test_a_push_that_is_killed_while_the_receiver_takes_a_package_goes_on_with_it(
    packed: str, national: National
) -> None:
    national.waits.clear()
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sizao", *pushing(national, packed), stderr=asyncio.subprocess.DEVNULL
    )
    assert await asyncio.to_thread(national.has_come.wait, 60)
    killed.kill()
    await killed.wait()
    national.waits.set()
    assert "2 packages were taken" in (await done(*pushing(national, packed))).output
    assert [key for key, _ in national.taken] == ["national-000000001", "national-000000002"]
    assert national.came == 3, "the first came twice under one id"


async def test_a_receiver_that_says_when_is_asked_again_then_and_silence_is_no_answer(
    packed: str, national: National, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("dashboards.exports.pushing.asyncio.sleep", sleep)
    monkeypatch.setattr("dashboards.exports.pushing.SECONDS", 0.2)
    national.answers = [503, 429, 0]
    assert "2 packages were taken" in (await done(*pushing(national, packed))).output
    assert slept == [1, 2, 4]
    await done("export", "replay", "--date", FROM[1], "--database-url", packed)
    national.waits.clear()
    failed = await run(*pushing(national, packed), "--tries", "2")
    assert "no answer (ReadTimeout)" in failed.output, "it waits"
    national.waits.set()
    assert "1 packages were taken" in (await done(*pushing(national, packed))).output


async def test_a_full_disk_and_a_folder_that_is_gone_leave_what_was_not_written_waiting(
    packed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    await done("export", "keys", tmp_path / "key")
    folder = ("export", "folder", stick, "--signing-key", tmp_path / "key", "--database-url", packed)
    written = files.write_package

    def fills_up(place: Path, package: files.Package, key: files.Ed25519PrivateKey) -> Path:
        if package.number == 1:
            return written(place, package, key)
        with monkeypatch.context() as full:
            full.setattr("dashboards.exports.folder.os.fsync", _no_space)
            return written(place, package, key)

    monkeypatch.setattr(files, "write_package", fills_up)
    failed = await run(*folder)
    assert failed.exit_code == 1
    assert "No space left on device; what was not written waits" in failed.output
    names = {"national-000000001.json", "national-000000001.json.sig"}
    assert {path.name for path in stick.iterdir()} == names, "nothing unfinished takes the room"

    def goes(place: Path, package: files.Package, key: files.Ed25519PrivateKey) -> Path:
        shutil.rmtree(place)
        return written(place, package, key)

    monkeypatch.setattr(files, "write_package", goes)
    assert "No such file or directory; what was not written waits" in (await run(*folder)).output
    monkeypatch.setattr(files, "write_package", written)
    stick.mkdir()
    assert "1 packages are in" in (await done(*folder)).output, "the second; the first is found missing by its receipt"


def _no_space(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
