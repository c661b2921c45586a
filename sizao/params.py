"""What several subcommands ask for in the same words: times, regions, the database."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

import click

from detectors.times import Millis, to_millis
from ingest import regions

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


DATABASE: Final = click.option(
    "--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://..."
)
DATABASE_OR_SHIPPED: Final = click.option(
    "--database-url",
    envvar="SIZAO_DATABASE_URL",
    show_envvar=True,
    help="postgresql://...; without it, the rules that are shipped.",
)
AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output.")
