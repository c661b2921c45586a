"""Days on the command line: given as a date, kept as days since 1970-01-01."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Final

import click

from detectors.profile import Profile

_EPOCH: Final = date(1970, 1, 1)

day_option = click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Default: today, in China.")


def day_of(given: datetime | None) -> int:
    """The day; None: today in China."""
    return Profile().day_of(round(time.time() * 1_000)) if given is None else (given.date() - _EPOCH).days


def shown(day: int) -> str:
    """As a date.

    >>> shown(20_784)
    '2026-11-27'
    """
    return date.fromordinal(_EPOCH.toordinal() + day).isoformat()
