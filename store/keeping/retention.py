"""Rows that are older than their class is kept are gone, but nothing that somebody still needs.

First it is written down what is given up, so that nothing is counted or judged
again from what is half gone; then rows go in small transactions, or chunks whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from msgspec import Struct
from psycopg import sql

from store.errors import StoreError, translated
from store.keeping.snapshot import opened
from store.keeping.tables import CLASSES, TABLES, Age
from store.sql import statements

_SQL: Final = statements("retention")
_AT_ONCE: Final = 20_000
LEAST_RAW_DAYS: Final = 90
"""Rules look back on 35 days, and what comes late may move them by 14 more: below it, episodes could not be judged."""


class Cut(Struct, frozen=True):
    """What goes of a table."""

    table: str
    kept: str  # its class
    before: datetime
    rows: int


class Plan(Struct, frozen=True):
    """What would go."""

    cuts: tuple[Cut, ...]
    held: str | None  # what still needs raw checks that are old enough to go


def periods(said: Mapping[str, int]) -> dict[str, int]:
    """Days per class: those said, else those of the file. Raises ValueError with a sentence where they do not fit."""
    shipped = {name: one.days for name, one in CLASSES.items() if one.days is not None}
    for name, days in said.items():
        if name not in shipped:
            raise ValueError(f"no class {name} has a period: {', '.join(shipped)} have")
        if days < 1:
            raise ValueError(f"{name} must be kept for a day at least")
    found = shipped | dict(said)
    if found["raw"] < LEAST_RAW_DAYS:
        raise ValueError(f"raw checks are needed for {LEAST_RAW_DAYS} days: rules look back on them")
    for name in ("days", "course"):
        if found[name] < found["raw"]:
            raise ValueError(f"{name} must be kept as long as raw checks ({found['raw']} days)")
    return found


def plan(url: str, days: Mapping[str, int], now: datetime) -> Plan:
    """What would go now; only read."""
    with translated(), opened(url, "retention") as connection:
        return _planned(connection, days, now)


def carry_out(url: str, days: Mapping[str, int], now: datetime) -> Iterator[tuple[str, int]]:
    """It goes: (table, rows), as it does. What is stopped in the middle goes on the next time."""
    with translated(), opened(url, "retention") as connection:
        connection.execute("set lock_timeout = '60s'")
        with connection.transaction():
            connection.execute(_SQL["wait_for_counting"])
            # Not counted here: whoever marks a day waits for this transaction.
            cuts = _planned(connection, days, now, counted=False).cuts
            for kept, before in {cut.kept: cut.before for cut in cuts}.items():
                connection.execute(_SQL["give_up"], {"class": kept, "before": before, "now": now})
        for cut in cuts:
            if cut.kept == "course":
                yield from _course_goes(connection, cut)
            elif cut.table == "observations" and _is_true(connection, "is_hypertable"):
                age = TABLES[cut.table].age
                assert age is not None
                number = _count(connection, cut.table, age, cut.before)
                connection.execute(_SQL["drop_chunks"], {"before": cut.before})
                yield cut.table, number
            else:
                yield from _delete(connection, cut)
        values = {"before": now - timedelta(days=days["course"])}
        with connection.transaction():
            connection.execute(_SQL["loose_transitions_go"], values)
            connection.execute(_SQL["episodes_go"], values)


def _planned(
    connection: psycopg.Connection[Any], days: Mapping[str, int], now: datetime, *, counted: bool = True
) -> Plan:
    befores = {kept: now - timedelta(days=number) for kept, number in days.items()}
    hold = connection.execute(_SQL["holds"]).fetchone()
    held = hold[0] if hold is not None and hold[1] < befores["raw"] else None
    if hold is not None:
        befores["raw"] = min(befores["raw"], hold[1])
    cuts = []
    for name, table in TABLES.items():
        if table.kept in befores and table.age is not None:
            before = befores[table.kept]
            rows = _count(connection, name, table.age, before) if counted else 0
            cuts.append(Cut(name, table.kept, before, rows))
    return Plan(tuple(cuts), held)


def _count(connection: psycopg.Connection[Any], name: str, age: Age, before: datetime) -> int:
    statement = sql.SQL("select count(*) from {} where {} < %s").format(
        sql.Identifier(name), sql.Identifier(age.column)
    )
    row = connection.execute(statement, [_in(age, before)]).fetchone()
    assert row is not None
    return int(row[0])


def _delete(connection: psycopg.Connection[Any], cut: Cut) -> Iterator[tuple[str, int]]:
    age = TABLES[cut.table].age
    assert age is not None
    table, column = sql.Identifier(cut.table), sql.Identifier(age.column)
    statement = sql.SQL("delete from {} where ctid = any(array(select ctid from {} where {} < %s limit {}))").format(
        table, table, column, sql.Literal(_AT_ONCE)
    )
    while gone := connection.execute(statement, [_in(age, cut.before)]).rowcount:
        yield cut.table, gone


def _course_goes(connection: psycopg.Connection[Any], cut: Cut) -> Iterator[tuple[str, int]]:
    """Rows go with all that hangs on them; where it may stand alone, it only forgets them."""
    age = TABLES[cut.table].age
    assert age is not None
    values = {"before": cut.before, "limit": _AT_ONCE}
    while True:
        with connection.transaction():
            if cut.table == "alerts":
                connection.execute(_SQL["alerts_to_go"], values)
                which: sql.Composable = sql.SQL("id in (select id from gone)")
            else:
                which = sql.SQL("{} < {}").format(sql.Identifier(age.column), sql.Literal(cut.before))
            if cut.table == "referrals":
                # Its trigger would have days counted again that are long given up.
                connection.execute("alter table referral_steps disable trigger user")
                connection.execute(_SQL["steps_go"], values)
                connection.execute("alter table referral_steps enable trigger user")
            gone = _go(connection, cut.table, which)
        if not gone:
            return
        yield cut.table, gone


def _go(connection: psycopg.Connection[Any], table: str, which: sql.Composable) -> int:
    for child, column, key, may_be_empty in connection.execute(_SQL["references_to"], [table]).fetchall():
        theirs = sql.SQL("{} in (select {} from {} where {})").format(
            sql.Identifier(column), sql.Identifier(key), sql.Identifier(table), which
        )
        if may_be_empty:
            statement = sql.SQL("update {} set {} = null where {}")
            connection.execute(statement.format(sql.Identifier(child), sql.Identifier(column), theirs))
        else:
            _go(connection, child, theirs)
    return connection.execute(sql.SQL("delete from {} where {}").format(sql.Identifier(table), which)).rowcount


def _in(age: Age, before: datetime) -> datetime | int:
    if age.unit == "at":
        return before
    return (before.astimezone(UTC).date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def _is_true(connection: psycopg.Connection[Any], name: str) -> bool:
    row = connection.execute(_SQL[name]).fetchone()
    if row is None:
        raise StoreError(f"{name} has no answer")
    return bool(row[0])
