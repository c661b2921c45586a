"""`sizao registry import`: the files of a folder taken in, row by row."""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click

from detectors.tier_course import TableAt
from detectors.times import Millis
from ingest.registry.headings import TABLES
from ingest.registry.reading import NO_LINE, Problem, Sheet, find, strangers
from ingest.registry.rows import Recipient
from ingest.registry.sheets import expected_rows
from ingest.sentences import Refused, Sentence
from sizao.params import DATABASE
from sizao.progress import progress
from sizao.registry_report import Report
from store import imports, recipients, registration
from store.connection import Connection, connected, transaction
from store.registered import KINDS
from streams.catalogue import in_force

CHUNK: Final = 1_000
"""Rows in a transaction: its facilities are locked for some tenths of a second."""


@click.command("import")
@DATABASE
@click.option("--dry-run", is_flag=True, help="Show what would change, old -> new, and change nothing.")
@click.option("--strict", is_flag=True, help="Take nothing at all when a single row is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Every difference and problem as a JSON line on standard output.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_folder(database_url: str, dry_run: bool, strict: bool, as_json: bool, folder: Path) -> None:
    """Take in the files of FOLDER: hospitals, facilities, units, staff, residents, recipients, those that are there.

    Each is a CSV file (UTF-8, GB18030) or an XLSX workbook, with English or
    Chinese headings; docs/registry.md shows them. Right rows are taken; a row
    that is wrong is named with its file, line, column and remedy, and the exit
    code is 1. With --strict a single wrong row leaves everything as it is.

    Nothing is deleted because a file does not name it: such rows are listed. A
    column that a file does not have leaves what is known; an empty cell means
    not known. Only recipients is the whole truth about who is told, so a file
    of it with a wrong row is not taken. The same files twice change nothing.

    \b
    sizao registry import --dry-run DIR     look first
    sizao registry import DIR
    """
    report = Report(as_json)
    asyncio.run(_import(database_url, folder, report, dry_run, strict))
    sys.exit(1 if report.wrong else 0)


async def _import(database_url: str, folder: Path, report: Report, dry_run: bool, strict: bool) -> None:
    async with connected(database_url, "registry") as connection:
        if strict and not dry_run:
            looked = Report(as_json=False, quiet=True)
            await _Run(connection, folder, looked, dry_run=True).run()
            if looked.wrong:
                await _Run(connection, folder, report, dry_run=True).run()
                report.finish(with_table=False)
                click.echo("nothing was taken (--strict): mend the rows named above and import again", err=True)
                return
        try:
            await _Run(connection, folder, report, dry_run).run()
        finally:
            report.finish(with_table=dry_run)


async def import_quietly(connection: Connection, folder: Path) -> int:
    """The folder is taken in without a word; how many rows were wrong."""
    report = Report(as_json=False, quiet=True)
    await _Run(connection, folder, report, dry_run=False).run()
    return report.wrong


class _Run:
    """One pass over the files of a folder."""

    def __init__(self, connection: Connection, folder: Path, report: Report, dry_run: bool) -> None:
        self._connection = connection
        self._folder = folder
        self._report = report
        self._dry_run = dry_run

    async def run(self) -> None:
        """Every file, those first that others refer to."""
        await imports.begin(self._connection)
        for name in strangers(self._folder):
            text = Sentence("文件名不是登记表,未读取", "no table of the registry is called so: not read")
            self._report.problem(Problem(name, NO_LINE, "", text, "note"))
        found = 0
        for table in TABLES:
            try:
                path = find(self._folder, table)
                if path is not None:
                    found += 1
                    await self._take_in(table, path)
                    self._report.file_done()
            except Refused as error:
                self._report.problem(Problem(table if path is None else path.name, NO_LINE, "", error.sentence))
        if not found:
            raise click.ClickException(
                f"{self._folder} has no file of the registry, such as facilities.csv or residents.xlsx"
            )

    async def _take_in(self, table: str, path: Path) -> None:
        sheet = Sheet(path, table)
        for note in sheet.notes:
            self._report.problem(note)
        if table == "recipients":
            await self._take_in_recipients(sheet)
            return
        items = iter(sheet) if self._report.is_quiet else progress(sheet, table, expected_rows(path))
        while chunk := list(islice(items, CHUNK)):
            rows = [one for one in chunk if not isinstance(one, Problem)]
            for one in chunk:
                if isinstance(one, Problem):
                    self._report.problem(one)
            if rows:
                await self._take_in_chunk(sheet, rows)
        async with transaction(self._connection):
            self._report.absent(table, await imports.absent(self._connection, table))

    async def _take_in_chunk(self, sheet: Sheet, chunk: list[tuple[int, Any]]) -> None:
        table, kind = sheet.table, KINDS[sheet.table]
        async with transaction(self._connection):
            met = [(kind.key(row), row.valid_from) for _, row in chunk]
            fresh = await imports.meet(self._connection, table, met)
            wanted = [pair for pair, is_fresh in zip(chunk, fresh, strict=True) if is_fresh]
            rows = [row for _, row in wanted]
            found = await registration.take_in(
                self._connection, table, rows, sheet.given, _now(), tables_of, dry_run=self._dry_run
            )
        for (line, _), is_fresh in zip(chunk, fresh, strict=True):
            if not is_fresh:
                text = Sentence("与前面的行重复,未读取", "stands in the file before: the first row counts, delete one")
                self._report.problem(Problem(sheet.path.name, line, "", text))
        for (line, _), difference in zip(wanted, found, strict=True):
            if difference.refusal is not None:
                column, zh, en = difference.refusal
                self._report.problem(Problem(sheet.path.name, line, column, Sentence(zh, en)))
        self._report.differences(table, found)

    async def _take_in_recipients(self, sheet: Sheet) -> None:
        rows: list[Recipient] = []
        wrong = 0
        for one in sheet:
            if isinstance(one, Problem):
                wrong += 1
                self._report.problem(one)
            elif isinstance(one[1], Recipient):
                rows.append(one[1])
        if wrong:
            text = Sentence("有错误的行,整个文件未采用", "has wrong rows and says who is told: nothing of it is taken")
            self._report.problem(Problem(sheet.path.name, NO_LINE, "", text))
            return
        async with transaction(self._connection):
            found = await recipients.take_in(self._connection, rows, self._dry_run)
        self._report.differences("recipients", found)


async def tables_of(connection: Connection, region: str | None) -> TableAt:
    """The tier tables in force in a region."""
    schedule = await in_force(connection, region)
    return lambda at: schedule.at(at).rules.tiers


def _now() -> Millis:
    return round(time.time() * 1_000)
