"""`sizao audit-log`: who looked at which resident, and whether that record is whole."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import click

from detectors.times import to_text
from sizao.params import AS_JSON, COUNT, DATABASE
from sizao.progress import EVERY_SECONDS
from sizao.tables import show, write_json
from store import views
from store.connection import Connection, connected, transaction
from store.views import Head, ViewRow, tied

Answer = TypeVar("Answer")
MOST_SAID: Final = 20


@click.group("audit-log")
def audit_log_group() -> None:
    """Who looked at which resident, and whether that record is whole.

    The console writes down every page that shows residents before it shows it:
    who, when, which page, whom. Each row is tied to the one before by its hash.
    """


@audit_log_group.command("verify")
@DATABASE
@click.option("--head", "kept", metavar="N:HASH", help="As printed by an earlier verify, and kept apart since.")
def verify(database_url: str, kept: str | None) -> None:
    """Find rows that were taken out or changed. Exit code 1 when there is one.

    A row in the middle is missed by its number and by the hash of the next one;
    a cut end by the head that the database keeps. Whoever may write everything
    could change that too: keep the printed head apart, on paper or on another
    machine, and give it the next time. The console's log has one every 100 rows.
    """
    known = None if kept is None else _head(kept)
    faults, last = asyncio.run(_with(database_url, lambda connection: _verify(connection, known)))
    for one in faults[:MOST_SAID]:
        click.echo(one, err=True)
    if faults:
        raise click.ClickException(f"the record is not whole: {len(faults)} faults, the first ones above")
    click.echo(f"{last.id} views, whole{'' if known is None else f', and through the head {known.id}'}", err=True)
    click.echo(str(last))


async def _verify(connection: Connection, known: Head | None) -> tuple[list[str], Head]:
    """What is wrong, and where the chain ends; what is looked at meanwhile is left for the next time."""
    async with transaction(connection):
        recorded = await views.head(connection)
        chain = Chain(known)
        said = time.monotonic()
        async for row in views.all_rows(connection):
            if row.id > recorded.id:
                break
            chain.take(row)
            if time.monotonic() - said >= EVERY_SECONDS:
                said = time.monotonic()
                click.echo(f"views: {row.id} of {recorded.id}", err=True)
    return chain.end(recorded), chain.last


class Chain:
    """Follows the record, and says where it is not whole."""

    def __init__(self, known: Head | None = None) -> None:
        self.last = Head(0, b"")
        self.faults: list[str] = []
        self._known = known

    def take(self, row: ViewRow) -> None:
        """The next row that is there."""
        missing = range(self.last.id + 1, row.id)
        if missing:
            which = f"view {missing[0]} is" if len(missing) == 1 else f"views {missing[0]} to {missing[-1]} are"
            self.faults.append(f"{which} missing, before {to_text(row.view.at)}")
        elif tied(self.last, row.view).hash != row.hash:
            what = f"view {row.id} of {to_text(row.view.at)} is not what was written: it was changed, or rows before it"
            self.faults.append(what)
        self.last = Head(row.id, row.hash)
        self._compare()

    def end(self, recorded: Head) -> list[str]:
        """Everything that is wrong, now that no row is left."""
        if self.last.id < recorded.id:
            self.faults.append(
                f"the end is cut: {recorded.id} views were written, the last one there is {self.last.id}"
            )
        elif self.last != recorded:
            self.faults.append(f"the end was changed: view {recorded.id} is not the one that was written last")
        if self._known is not None and self.last.id < self._known.id:
            self.faults.append(f"the end is cut: the head kept apart is view {self._known.id}")
        return self.faults

    def _compare(self) -> None:
        if self._known is not None and self.last.id == self._known.id and self.last != self._known:
            self.faults.append(f"the record was tied anew: view {self.last.id} is not that of the head kept apart")


@audit_log_group.command("show")
@DATABASE
@click.option("--about", metavar="FACILITY/RESIDENT", help="Who looked at them, as F-001/R-07; or at a whole facility.")
@click.option("--account", metavar="LOGIN", help="What somebody looked at.")
@click.option("--limit", type=COUNT, default=50, help="At most so many, the newest.")
@AS_JSON
def show_views(database_url: str, about: str | None, account: str | None, limit: int, as_json: bool) -> None:
    """Who looked at a resident, or what somebody looked at.

    A page of a whole facility shows all its residents: it counts for each of them.
    """
    subjects = [] if about is None else list({about, about.split("/")[0]})
    login = None if account is None else account.lower()
    rows = asyncio.run(_with(database_url, lambda connection: views.newest(connection, login, subjects, limit)))
    if as_json:
        write_json({"at": to_text(one.view.at), "number": one.id, **_said(one)} for one in rows)
        return
    lines = [(to_text(one.view.at), *_said(one).values()) for one in rows]
    show(("at", "account", "role", "page", "whom"), lines)


def _said(row: ViewRow) -> dict[str, str]:
    return {
        "account": row.view.login,
        "role": row.view.role,
        "page": row.view.page,
        "subjects": " ".join(row.view.subjects),
    }


def _head(text: str) -> Head:
    if not re.fullmatch(r"\d+:([0-9a-f]{64})?", text):
        raise click.UsageError(f"{text} is no head: it is a number, a colon and 64 digits, as verify printed it")
    number, _, digits = text.partition(":")
    return Head(int(number), bytes.fromhex(digits))


async def _with(database_url: str, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async with connected(database_url, "audit-log") as connection:
        return await work(connection)
