"""What several subcommands ask for in the same words: times, regions, the database."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final, TypeVar

import click

from detectors.times import Millis, to_millis
from ingest import regions
from ingest.registry import cells
from ingest.sentences import Refused
from sizao import settings
from store.figures import NATION, UNPLACED

Command = TypeVar("Command", bound=Callable[..., Any])
_CHINA: Final = timezone(timedelta(hours=8))


class Time(click.ParamType):
    """An RFC 3339 time; where `or_day`, also a day, which begins at midnight in China."""

    name = "time"

    def __init__(self, or_day: bool = False) -> None:
        self.or_day = or_day

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Millis:
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-01-05T18:00:00+08:00", param, ctx)
        if self.or_day and len(str(value)) == len("2026-01-05"):
            moment = datetime.combine(date.fromisoformat(str(value)), datetime.min.time(), _CHINA)
        if moment.tzinfo is None:
            self.fail(f"{value!r} lacks its offset, such as +08:00", param, ctx)
        return to_millis(moment)


class Region(click.ParamType):
    """A GB/T 2260 code of a county, or as `prefix` also of a city (4 digits) or a province (2)."""

    name = "code"

    def __init__(self, prefix: bool = False) -> None:
        self.prefix = prefix

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        code = str(value)
        if self.prefix and not code:
            return code  # the nation
        lengths = (2, 4, 6) if self.prefix else (6,)
        if not (code.isascii() and code.isdigit() and len(code) in lengths):
            wanted = "2, 4 or 6 digits, such as 51, 5101 or 510107" if self.prefix else "six digits, such as 510107"
            self.fail(f"{code!r} is no GB/T 2260 code: it has {wanted}", param, ctx)
        if self.prefix and regions.find(code.ljust(6, "0")) is None:
            self.fail(f"GB/T 2260 has no {code}", param, ctx)
        return code


class Area(Region):
    """A place that has figures: a GB/T 2260 code, also its beginning; 000000 is the nation, unplaced what lies nowhere.

    >>> Area().convert("5101", None, None), Area().convert("000000", None, None)
    ('510100', '000000')
    """

    def __init__(self) -> None:
        super().__init__(prefix=True)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in (NATION, UNPLACED):
            return str(value)
        if not value:
            self.fail(f"it is empty; {NATION} is the nation", param, ctx)
        return super().convert(value, param, ctx).ljust(6, "0")


class Code(click.ParamType):
    """A code as the registry takes it."""

    name = "code"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return cells.code(str(value))
        except Refused as error:
            self.fail(error.sentence.en, param, ctx)


class Number(click.FloatRange):
    """A number that can be reckoned with: `nan` and `inf` are none."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no number", param, ctx)
        return number


class Address(click.ParamType):
    """Where a database is, as SIZAO_DATABASE_URL says it too."""

    name = "url"

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "Say which database: its address stands in SIZAO_DATABASE_URL, and `sizao run` prints that of its own."

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not settings.DATABASE.is_right(str(value)):
            self.fail(f"it is not {settings.DATABASE.wanted}", param, ctx)  # it may hold a password: not repeated
        return str(value)


def database(what: str, required: bool = False) -> Callable[[Command], Command]:
    """The option that says which database, with what is said of it in --help."""
    return click.option(
        "--database-url",
        envvar="SIZAO_DATABASE_URL",
        show_envvar=True,
        type=Address(),
        required=required,
        help=what,
    )


MOST: Final = 2**31 - 1  # what a column of integers holds
COUNT: Final = click.IntRange(1, 1_000_000)
SECONDS: Final = Number(0.001, 86_400)
SEED: Final = click.IntRange(0, 2**63 - 1)
DATABASE: Final = database("postgresql://user@host:port/database", required=True)
DATABASE_OR_SHIPPED: Final = database("postgresql://...; without it, the rules that are shipped.")
KAFKA: Final = click.option(
    "--kafka", envvar="SIZAO_KAFKA", show_envvar=True, required=True, help="host:port[,host:port]"
)
PREFIX: Final = click.option(
    "--prefix", envvar="SIZAO_TOPIC_PREFIX", show_envvar=True, default="", help="Before every topic name."
)
AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output.")


def make_sure(question: str) -> None:
    """Somebody at the terminal has said yes; raises where none is, and where they say no."""
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: give --yes")
    click.confirm(question, abort=True, err=True)
