"""Where rule sets come from: the record of a database, the files that are shipped, a file that is named."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import click

from detectors.regional import parse_regional
from detectors.rules import RuleSet, parse_rules
from detectors.times import Millis
from store import rules as recorded
from store.connection import Connection, connected, transaction
from store.rules import RuleSetRow
from streams.catalogue import national, own_rules_of, prefixes, rules_of, shipped, standing
from streams.checking import Problem, RuleFile, check, parsed

Answer = TypeVar("Answer")
SHIPPED: Final = "shipped"
IN_FORCE: Final = "in-force"


def now() -> Millis:
    """The wall clock."""
    return round(time.time() * 1_000)


def with_connection(url: str, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    """What the work answers, on a connection of its own."""

    async def run() -> Answer:
        async with connected(url, "rules") as connection:
            return await work(connection)

    return asyncio.run(run())


def sets_of(database_url: str | None) -> list[RuleSetRow]:
    """Every set on record, by region and beginning; without a database, the shipped ones."""
    if database_url is None:
        return [
            RuleSetRow(0, one.region, one.version, 0, "", one.content, 0, one.activated_by, one.reason, False)
            for one in shipped()
        ]

    async def read(connection: Connection) -> list[RuleSetRow]:
        async with transaction(connection):
            return await recorded.recorded(connection)

    rows = with_connection(database_url, read)
    if not any(not row.region and not row.shadow for row in rows):
        raise click.ClickException("no national rules are on record: run `sizao migrate` first")
    return rows


def standing_at(rows: Sequence[RuleSetRow], region: str, at: Millis) -> tuple[RuleSetRow, RuleSetRow | None, RuleSet]:
    """What is in force in a region at a moment: the nation's set, the region's own, and the rules they make."""
    mine = [row for row in rows if row.region in prefixes(region) and not row.shadow]
    nation, own = standing(mine, at)
    rules = parse_rules(nation.content)
    return nation, own, rules if own is None else parse_regional(own.content).over(rules)


def read_file(path: Path) -> RuleFile:
    """A rule file; raises ClickException where it is no text."""
    try:
        return RuleFile(str(path), path.read_text("utf-8-sig"))  # some editors begin with a byte-order mark
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is not UTF-8 text: save it as UTF-8") from None


def named(name: str, rows: Sequence[RuleSetRow], region: str) -> tuple[str, RuleSet]:
    """(what it is, its rules): a file, `shipped`, `in-force`, or a version on record."""
    if Path(name).is_file():
        file = read_file(Path(name))
        nation = standing_at(rows, "", now())[2]
        refuse_errors(check([file], nation))
        return name, parsed(file, nation)
    if name not in (SHIPPED, IN_FORCE):
        return _version(name, rows, region)
    _, _, rules = standing_at(sets_of(None) if name == SHIPPED else rows, region, now())
    return f"{name}: {rules.version}", rules


def _version(name: str, rows: Sequence[RuleSetRow], region: str) -> tuple[str, RuleSet]:
    wanted = [row for row in rows if row.version == name and row.region in prefixes(region)]
    if not wanted:
        known = ", ".join(sorted({row.version for row in rows}))
        raise click.ClickException(
            f"{name} is neither a file nor a version on record ({known}), nor {SHIPPED} or {IN_FORCE}"
        )
    row = max(wanted, key=lambda row: (len(row.region), row.effective_from))
    if not row.region:
        return name, parse_rules(row.content)
    return name, parse_regional(row.content).over(standing_at(rows, "", row.effective_from)[2])


def rules_by_region(path: Path | None) -> Callable[[str | None], RuleSet]:
    """The rules of a region (None: of facilities without one) with a file in place of its shipped one."""
    if path is None:
        return rules_of
    file = read_file(path)
    refuse_errors(check([file]))
    mine = parsed(file, national())

    @cache
    def of(region: str | None) -> RuleSet:
        if file.region:
            return mine if (region or file.region).startswith(file.region) else rules_of(region)
        own = own_rules_of(region)
        return mine if own is None else own.over(mine)

    return of


def refuse_errors(problems: Sequence[Problem]) -> None:
    """Warnings are said; with an error nothing goes on."""
    for one in problems:
        click.echo(line_of(one), err=True)
    errors = sum(one.level == "error" for one in problems)
    if errors:
        raise click.ClickException(f"{counted(errors, 'mistake')}: mend, and try again")


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "mistake"), counted(0, "warning")
    ('1 mistake', 'no warnings')
    """
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def line_of(problem: Problem) -> str:
    """As compilers write it, so that editors jump there."""
    return f"{problem.file}:{problem.line}: {problem.level} {problem.code}: {problem.sentence}"
