"""Work of a day is done once, from its minute on, and again until it was done."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from msgspec import structs

from detectors.profile import Profile
from detectors.times import DAY as ONE_DAY
from detectors.times import HOUR, MINUTE, Millis
from sizao import healthy
from sizao.daily import AGAIN_SECONDS, Minute, each_day
from sizao.daily_findings import daily_work
from store.daily_jobs import DailyJob

DAY = 20_784
AT_NOON = Profile().midnight(DAY) + 12 * HOUR


class Noted:
    """What a record would have been told."""

    def __init__(self, job: DailyJob | None = None) -> None:
        self.job = job or DailyJob()
        self.due: list[Millis] = []
        self.looks = 0

    def look(self) -> None:
        self.looks += 1

    def is_due(self, at: Millis) -> None:
        if self.due[-1:] != [at]:
            self.due.append(at)

    def done(self, day: int, began: Millis, now: Millis, size_bytes: int | None) -> None:
        self.job = structs.replace(self.job, done_day=day, done_at=now, took=now - began, size_bytes=size_bytes)

    def failed(self, now: Millis, why: str) -> None:
        self.job = structs.replace(self.job, failed_at=now, why=why)


@pytest.fixture(autouse=True)
def _its_handler_goes_with_it() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def _lived(
    monkeypatch: pytest.MonkeyPatch,
    minute: int,
    until: Millis,
    work: Callable[[int], None],
    notes: Noted | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> list[float]:
    """From noon until then, in a clock that only sleep moves; how long it slept."""
    clock = [float(AT_NOON)]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds * 1_000
        if clock[0] > until:
            raise KeyboardInterrupt

    monkeypatch.setattr("sizao.daily.time.sleep", sleep)
    monkeypatch.setattr("sizao.daily.time.time", lambda: clock[0] / 1_000)
    with pytest.raises(KeyboardInterrupt):
        each_day(minute, work, notes or Noted(), meanwhile=meanwhile)
    return slept


def test_each_day_has_its_work_once_and_who_comes_late_does_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[int] = []
    _lived(monkeypatch, 11 * 60, AT_NOON + 47 * HOUR, days.append)
    assert days == [DAY, DAY + 1, DAY + 2]


def test_nothing_is_done_before_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[int] = []
    _lived(monkeypatch, 12 * 60 + 5, AT_NOON + 4 * MINUTE, days.append)
    assert days == []


def test_what_went_wrong_is_told_and_tried_again_later(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[int] = []

    def work(day: int) -> None:
        tries.append(day)
        if len(tries) < 3:
            raise click.ClickException("the receiver says 503")

    slept = _lived(monkeypatch, 0, AT_NOON + HOUR, work)
    assert (tries, slept[:2]) == ([DAY] * 3, [AGAIN_SECONDS] * 2)
    assert capsys.readouterr().err.count("2026-11-27: the receiver says 503") == 2


def test_it_is_said_when_work_is_due_and_that_of_a_day_that_passed_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = AT_NOON - 12 * HOUR
    new, late = Noted(), Noted(DailyJob(done_day=DAY - 3, done_at=AT_NOON - 70 * HOUR))
    _lived(monkeypatch, 13 * 60, AT_NOON + 2 * HOUR, lambda _: None, new)
    assert new.due == [midnight + 13 * HOUR, midnight + 37 * HOUR], "who never did it begins today"
    _lived(monkeypatch, 11 * 60, AT_NOON + MINUTE, lambda _: None, late)
    assert late.due == [midnight - 37 * HOUR, midnight + 35 * HOUR]
    assert late.job.done_day == DAY
    before = late.job
    _lived(monkeypatch, 11 * 60, AT_NOON + 2 * MINUTE, lambda _: None, late)
    assert late.job == before, "who starts again and finds the work done has not done it now"
    assert late.looks >= 3, "what could not be written is tried at each look"


def test_a_health_check_tells_a_service_that_hangs_from_one_that_is_not_there(tmp_path: Path) -> None:
    assert "no daily work" in (healthy.trouble("sizao_lag_messages 5", 0) or "")
    (tmp_path / "beat").touch()
    assert healthy.silence(tmp_path / "beat", time.time()) is None
    assert "61 s ago" in (healthy.silence(tmp_path / "beat", (tmp_path / "beat").stat().st_mtime + 61) or "")
    assert "never" in (healthy.silence(tmp_path / "other", time.time()) or "")
    with pytest.raises(SystemExit) as ended:
        healthy.main("9")
    assert "does not answer at port 9" in str(ended.value.code)


def test_the_doctor_says_when_work_was_done_or_why_it_is_not() -> None:
    now = AT_NOON
    done = DailyJob(DAY, now - 9 * HOUR, 32_000, 55_100_000)
    wrong = structs.replace(done, failed_at=now - HOUR, why="No space left on device")
    old = structs.replace(done, done_at=now - 27 * HOUR)
    long_ago = structs.replace(done, done_at=now - 40 * ONE_DAY)
    lights = {
        one.what.partition(":")[0]: one
        for one in daily_work({"backup": done, "retention": wrong, "push-national": old, "push-other": long_ago}, now)
    }
    assert lights["backup"].what == "backup: last done 2026-11-27 03:00 China time in 32 s, 55.1 MB"
    assert {name: one.light for name, one in lights.items()} == {
        "backup": "green",
        "retention": "red",
        "push-national": "red",
    }, "a push that nobody wants any more is not missed"
    assert "went wrong 2026-11-27 11:00 China time: No space left on device" in lights["retention"].what
    assert [one.light for one in daily_work({}, now)] == ["yellow"]
    assert [one.light for one in daily_work({"backup": long_ago}, now)] == ["red"], "a backup is wanted always"
    assert [one.light for one in daily_work({"backup": DailyJob(failed_at=now, why="x")}, now)] == ["red"]


@pytest.mark.parametrize("text", ["25:00", "noon", "17.30"])
def test_what_is_no_minute_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="such as 17:30"):
        Minute().convert(text, None, None)


def test_what_is_looked_after_meanwhile_may_fail_and_is_told_until_it_goes_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[int] = []
    notes = Noted(DailyJob(done_day=DAY - 1, done_at=AT_NOON - 18 * HOUR))
    failing: list[bool] = []

    def look() -> None:
        failing.append(notes.job.is_failing)
        looks.append(len(looks))
        if len(looks) == 2:
            raise click.ClickException("the receiver says 500")

    _lived(monkeypatch, 18 * 60, AT_NOON + HOUR, lambda _: None, notes, look)
    assert 10 <= len(looks) <= 12, "every five minutes"
    assert failing[:4] == [False, False, True, False]
    assert notes.job.done_day == DAY - 1, "today's work is not done by it"
