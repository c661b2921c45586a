"""Days on the command line: given as a date, kept as days since 1970-01-01."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Final

import click

from detectors.profile import Profile

_EPOCH: Final = date(1970, 1, 1)


class Day(click.ParamType):
    """A day of the calendar, as a datetime at its midnight."""

    name = "yyyy-mm-dd"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return datetime.combine(date.fromisoformat(str(value)), datetime.min.time())
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-11-27", param, ctx)


day_option = click.option("--date", "day", type=Day(), help="Default: today, in China.")


def day_of(given: datetime | None) -> int:
    """The day; None: today in China."""
    return Profile().day_of(round(time.time() * 1_000)) if given is None else (given.date() - _EPOCH).days


def shown(day: int) -> str:
    """As a date.

    >>> shown(20_784)
    '2026-11-27'
    """
    return date.fromordinal(_EPOCH.toordinal() + day).isoformat()
