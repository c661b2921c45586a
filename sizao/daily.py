"""What does a command do each day at a minute of China's time, until it is stopped?"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Final, NoReturn, Protocol

import click

from detectors.profile import Profile
from detectors.times import MINUTE, Millis
from sizao.days import shown
from sizao.ports import PORT_OR_NONE
from store.daily_jobs import DailyJob

_CHINA: Final = Profile()
_LOOKS_EVERY_SECONDS: Final = 20
AGAIN_SECONDS: Final = 600
MEANWHILE_SECONDS: Final = 300

Work = Callable[[int], int | None]
"""Given the day; what it made has so many bytes, where that can be said."""

METRICS_VARIABLE: Final = "SIZAO_DAILY_METRICS_PORT"
METRICS_PORT: Final = click.option(
    "--metrics-port",
    envvar=METRICS_VARIABLE,
    show_envvar=True,
    type=PORT_OR_NONE,
    default=0,
    help="With --at: where Prometheus asks when the work was last done. 0: none.",
)


class Notes(Protocol):
    """Where it is written down that work was done, or why not; `Record` outside of tests."""

    job: DailyJob

    def look(self) -> None:
        """What was written down before is known, as soon as it can be read."""
        ...

    def is_due(self, at: Millis) -> None: ...

    def done(self, day: int, began: Millis, now: Millis, size_bytes: int | None) -> None: ...

    def failed(self, now: Millis, why: str) -> None: ...


class Minute(click.ParamType):
    """A time of the day such as 17:30, as minutes after midnight."""

    name = "HH:MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            when = time.strptime(str(value), "%H:%M")
        except ValueError:
            self.fail(f"{value!r} is no time of the day such as 17:30", param, ctx)
        return when.tm_hour * 60 + when.tm_min


def each_day(
    minute: int,
    work: Work,
    notes: Notes,
    again_seconds: float = AGAIN_SECONDS,
    meanwhile: Callable[[], object] | None = None,
) -> NoReturn:
    """From the minute on, the work of each day is done once, until this is stopped; it is given the day.

    Started later in the day, it is done at once: work that was done before
    must do no harm. Where it raises, it is told why and tried again later.
    `meanwhile` is done every five minutes while no day's work is due.
    """
    # The first process of a container does not end by SIGTERM unless it says so.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    click.echo(f"each day at {minute // 60:02}:{minute % 60:02}, China time; Ctrl-C stops", err=True)
    done: int | None = None
    looked = _now()
    while True:
        day = _CHINA.day_of(_now())
        pause: float = _LOOKS_EVERY_SECONDS
        notes.look()
        notes.is_due(_next_due(minute, notes.job.done_day, day))
        if day != done and _now() >= _due_at(minute, day):
            if _is_done(work, day, notes):
                done = day
                notes.is_due(_due_at(minute, day + 1))
            else:
                pause = again_seconds
        elif meanwhile is not None and _now() >= looked + MEANWHILE_SECONDS * 1_000:
            looked = _now()
            _look_after(meanwhile, day, notes)
        time.sleep(pause)


def _due_at(minute: int, day: int) -> Millis:
    return _CHINA.midnight(day) + minute * MINUTE


def _next_due(minute: int, done: int | None, today: int) -> Millis:
    """The first day that has not been done; who never did it begins today."""
    return _due_at(minute, today if done is None else done + 1)


def _is_done(work: Work, day: int, notes: Notes) -> bool:
    began = _now()
    try:
        size_bytes = work(day)
    except Exception as error:  # whatever went wrong, tomorrow's is tried as well
        _tell(error, day, notes)
        return False
    if notes.job.done_day != day or notes.job.is_failing:  # else this was started again, and found it done
        notes.done(day, began, _now(), size_bytes)
    return True


def _look_after(meanwhile: Callable[[], object], day: int, notes: Notes) -> None:
    began = _now()
    try:
        meanwhile()
    except Exception as error:  # as above
        _tell(error, day, notes)
    else:
        if notes.job.is_failing and notes.job.done_day is not None:
            notes.done(notes.job.done_day, began, _now(), notes.job.size_bytes)


def _tell(error: Exception, day: int, notes: Notes) -> None:
    why = error.format_message() if isinstance(error, click.ClickException) else str(error)
    said = " ".join(why.split()) or type(error).__name__
    click.echo(f"{shown(day)}: {said}", err=True)
    notes.failed(_now(), said)


def _now() -> Millis:
    return round(time.time() * 1_000)
