"""What does a command do each day at a minute of China's time, until it is stopped?"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Final, NoReturn

import click

from detectors.profile import Profile
from detectors.times import MINUTE, Millis
from sizao.days import shown

_CHINA: Final = Profile()
_LOOKS_EVERY_SECONDS: Final = 20
AGAIN_SECONDS: Final = 600


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


def each_day(minute: int, work: Callable[[int], None], again_seconds: float = AGAIN_SECONDS) -> NoReturn:
    """From the minute on, the work of each day is done once, until this is stopped; it is given the day.

    Started later in the day, it is done at once: work that was done before
    must do no harm. Where it raises, it is told why and tried again later.
    """
    # The first process of a container does not end by SIGTERM unless it says so.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    click.echo(f"each day at {minute // 60:02}:{minute % 60:02}, China time; Ctrl-C stops", err=True)
    done: int | None = None
    while True:
        now = round(time.time() * 1_000)
        day = _CHINA.day_of(now)
        pause: float = _LOOKS_EVERY_SECONDS
        if day != done and _is_reached(minute, day, now):
            if _is_done(work, day):
                done = day
            else:
                pause = again_seconds
        time.sleep(pause)


def _is_reached(minute: int, day: int, now: Millis) -> bool:
    return now >= _CHINA.midnight(day) + minute * MINUTE


def _is_done(work: Callable[[int], None], day: int) -> bool:
    try:
        work(day)
    except Exception as error:  # whatever went wrong, tomorrow's is tried as well
        why = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"{shown(day)}: {' '.join(why.split()) or type(error).__name__}", err=True)
        return False
    return True
