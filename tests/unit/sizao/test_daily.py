"""Work of a day is done once, from its minute on, and again until it was done."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import click
import pytest

from detectors.profile import Profile
from detectors.times import HOUR, MINUTE, Millis
from sizao.daily import AGAIN_SECONDS, Minute, each_day

DAY = 20_784
AT_NOON = Profile().midnight(DAY) + 12 * HOUR


@pytest.fixture(autouse=True)
def _its_handler_goes_with_it() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def _lived(monkeypatch: pytest.MonkeyPatch, minute: int, until: Millis, work: Callable[[int], None]) -> list[float]:
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
        each_day(minute, work)
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


@pytest.mark.parametrize("text", ["25:00", "noon", "17.30"])
def test_what_is_no_minute_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="such as 17:30"):
        Minute().convert(text, None, None)
