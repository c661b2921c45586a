"""`sizao rules check`, `activate` and `shadow start|stop`: nothing gets in force unchecked."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
from msgspec import structs

from detectors.regional import parse_regional
from detectors.rule_changes import Difference, differences
from detectors.rules import RuleSet, parse_rules
from detectors.times import Millis, to_text
from sizao import tables
from sizao.rule_sets import counted, line_of, now, read_file, refuse_errors, sets_of, standing_at, with_connection
from sizao.rule_tables import as_text, said
from store import rules as recorded
from store.connection import Connection, transaction
from store.rules import NewRuleSet, RuleSetRow
from streams.checking import Problem, RuleFile, check, line_of_rule, parsed
from streams.feeding import silent_rules


def check_files(database_url: str | None, files: Iterable[Path], as_json: bool) -> None:
    """Every problem of the files as one set; exit code 1 when one of them is a mistake."""
    known = [read_file(path) for path in files]
    nation = standing_at(sets_of(database_url), "", now())[2]
    problems = check(known, nation)
    if database_url is not None and not any(one.level == "error" for one in problems):
        problems += _warnings(database_url, known, nation)
    if as_json:
        tables.write_json(problems)
    else:
        for one in problems:
            click.echo(line_of(one))
    errors = sum(one.level == "error" for one in problems)
    said_of = f"{counted(errors, 'mistake')}, {counted(len(problems) - errors, 'warning')}"
    click.echo(f"{counted(len(known), 'file')}: {said_of}", err=True)
    sys.exit(1 if errors else 0)


def _warnings(database_url: str, files: list[RuleFile], nation: RuleSet) -> list[Problem]:
    """Rules that can find nothing, by what the database has seen; the files have no mistake."""

    async def work(connection: Connection) -> list[Problem]:
        found = []
        base = next((parsed(file, nation) for file in files if not file.region), nation)
        for file in files:
            async with transaction(connection):
                silent = await silent_rules(connection, parsed(file, base).rules, file.region, now())
            found += [
                Problem(file.name, line_of_rule(file, one.rule), "warning", one.code, f"{one.rule}: {one.sentence}")
                for one in silent
            ]
        return found

    return with_connection(database_url, work)


def put_in_force(
    database_url: str,
    path: Path,
    region: str | None,
    reason: str,
    by: str,
    effective_from: Millis | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """The set counts from its time on; its differences and whom they concern were shown before."""
    moment = now() if effective_from is None else effective_from
    if effective_from is not None and effective_from < now():
        raise click.BadParameter(
            "lies in the past: what has been judged stays as it is. Leave it away for now.",
            param_hint="--effective-from",
        )
    rows = sets_of(database_url)
    file = _fit(path, region, rows, moment)
    changes = _show_what_changes(database_url, file, rows, moment)
    if dry_run:
        click.echo("dry run: nothing was changed", err=True)
        return
    if not yes and sys.stdin.isatty():
        click.confirm("Put it in force?", abort=True, err=True)
    row = _record(database_url, _new(file, moment, by, reason, shadow=False))
    if row is None:
        click.echo("it is the region's last set already: nothing was changed", err=True)
    else:
        click.echo(f"{row.version} is in force from {to_text(row.effective_from)} on", err=True)
        if any(one.rule == "tiers" and one.field not in _WORDS_OF_TIERS for one in changes):
            when = "now" if row.effective_from <= now() else f"after {to_text(row.effective_from)}"
            click.echo(
                f"the table of tiers has changed: run `sizao registry tiers` {when}, or the old ones stay", err=True
            )


def start_shadow(database_url: str, path: Path, region: str | None, reason: str, by: str, since: Millis | None) -> None:
    """The set runs in the shadow of its region's rules."""
    rows, moment = sets_of(database_url), now() if since is None else since
    file = _fit(path, region, rows, max(moment, 0))
    _show_what_changes(database_url, file, rows, moment)
    row = _record(database_url, _new(file, moment, by, reason, shadow=True))
    if row is None:
        click.echo("it runs in the shadow already: nothing was changed", err=True)
    else:
        click.echo(
            f"{row.version} runs in the shadow from {to_text(row.effective_from)} on and tells nobody;"
            f" see `sizao rules shadow report{f' --region {row.region}' if row.region else ''}`",
            err=True,
        )


def stop_shadow(database_url: str, region: str, reason: str, by: str) -> None:
    """Nothing runs in the shadow of the region's rules any more."""

    async def work(connection: Connection) -> bool:
        async with transaction(connection):
            return await recorded.end_shadow(connection, region, by, reason)

    if not with_connection(database_url, work):
        raise click.ClickException(f"nothing runs in the shadow of the rules of {region or 'the nation'}")
    click.echo("the shadow has ended; it stays on record", err=True)


# ------------------------------------------------------------ inside


def _fit(path: Path, region: str | None, rows: list[RuleSetRow], moment: Millis) -> RuleFile:
    """The file without a mistake, and none in the regions' sets that will lie on it."""
    file = structs.replace(read_file(path), place=region)
    nation = standing_at(rows, "", moment)[2]
    files = [file]
    if not file.region:
        own = _regions_own(rows, moment)
        files += [RuleFile(f"{row.region} {row.version}, on record", row.content, row.region) for row in own]
    refuse_errors(check(files, nation))
    return file


def _regions_own(rows: list[RuleSetRow], moment: Millis) -> list[RuleSetRow]:
    """What is in force of the regions' own, and whatever of theirs comes later."""
    found = []
    for region in sorted({row.region for row in rows if row.region and not row.shadow}):
        mine = [row for row in rows if row.region == region and not row.shadow]
        begun = [row for row in mine if row.effective_from <= moment][-1:]
        found += begun + [row for row in mine if row.effective_from > moment]
    return found


def _new(file: RuleFile, moment: Millis, by: str, reason: str, *, shadow: bool) -> NewRuleSet:
    """As it will be on record."""
    version = (parse_regional if file.region else parse_rules)(file.text).version
    return NewRuleSet(file.region, version, moment, file.text, by, reason, shadow)


_WORDS_OF_TIERS: Final = ("version", "source", "why")
"""Of the table of tiers what gives nobody another one."""


def _show_what_changes(database_url: str, file: RuleFile, rows: list[RuleSetRow], moment: Millis) -> list[Difference]:
    _, _, before = standing_at(rows, file.region, moment)
    found = differences(before, parsed(file, standing_at(rows, "", moment)[2]))
    for line in as_text(found):
        click.echo(line)

    async def work(connection: Connection) -> tuple[int, int]:
        async with transaction(connection):
            return await recorded.concerned(connection, file.region)

    homes, people = with_connection(database_url, work)
    click.echo(
        f"{said(found)}, from {before.version}; concerned: {homes} facilities and {people} residents"
        f" in {file.region or 'the nation'}",
        err=True,
    )
    return found


def _record(database_url: str, new: NewRuleSet) -> RuleSetRow | None:
    async def work(connection: Connection) -> RuleSetRow | None:
        async with transaction(connection):
            return await recorded.activate(connection, new)

    return with_connection(database_url, work)
