"""Rows in every table, made from the schema itself: two each, the second as empty as it may be."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from typing import Any, Final

import psycopg
from psycopg import sql

from store.keeping.tables import TABLES

AWKWARD: Final = 'R-07\tback\\slash \\N "quote"\r\nnew line 晨间 👵'
COLUMNS: Final = """
    select a.attname, format_type(a.atttypid, null), a.attnotnull,
        (select pg_get_constraintdef(c.oid) from pg_constraint c
         where c.conrelid = a.attrelid and c.contype = 'c' and c.conkey = array[a.attnum] limit 1),
        exists (select from pg_constraint c where c.conrelid = a.attrelid and c.contype in ('f', 'p', 'u')
            and a.attnum = any(c.conkey))
    from pg_attribute a
    where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by a.attnum
"""
VALUES: Final[dict[str, tuple[Any, Any]]] = {
    "smallint": (1, 2),
    "integer": (1, 2),
    "bigint": (1, 2),
    "real": (0.1, 1e-30),
    "numeric": ("0.1", "2"),
    "double precision": (0.1, 1e-300),
    "boolean": (True, False),
    "name": ("a_role", "b_role"),
    "text": (AWKWARD, "b"),
    "character varying": (AWKWARD, "b"),
    "timestamp with time zone": ("2026-05-27 07:30:00.123456+08", "2026-11-27 00:00:00+00"),
    "date": ("2026-05-27", "2026-05-28"),
    "time without time zone": ("17:00", "16:00"),
    "interval": ("1 minute", "30 days"),
    "uuid": ("0" * 32, "f" * 32),
    "bytea": (b"\0\xff\n\\", b"b"),
    "jsonb": ('{"note": "\\u6668 \\n \\\\"}', "[]"),
    "text[]": ('{"a,b","\\"\\\\",NULL}', "{}"),
    "bytea[]": ("{}", "{}"),
    "bigint[]": ("{1,2}", "{}"),
    "smallint[]": ("{600,1080}", "{}"),
    "integer[]": ("{1}", "{}"),
}
ONE_IS_ENOUGH: Final = {"view_head"}
FILLED_BY_OTHERS: Final = {"board_facilities"}  # when facilities and their profiles are written
OTHERS: Final = {
    ("moves", "from_resident_id"): (2, 1),  # nobody moves to where they are
    ("dispatch_children", "provisional"): (None, None),  # it is either that or a child
    ("episodes", "opened_at"): (1_700_000_000_000, 1_760_000_000_000),
    ("facility_profiles", "zone"): ("Asia/Shanghai", "Asia/Shanghai"),
}


def fill(url: str) -> None:
    """Two rows in every table; a table that a check keeps out is named in the error."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("truncate facilities, accounts, view_head, reporting_rules cascade")
        for table in _in_order(connection):
            if table in FILLED_BY_OTHERS:
                continue
            for number in range(1 if table in ONE_IS_ENOUGH else 2):
                _insert(connection, table, number)
        found = connection.execute("select pg_get_serial_sequence('alerts', 'id')").fetchone()
        assert found is not None
        connection.execute("select setval(%s, 41)", found)


def _insert(connection: psycopg.Connection[Any], table: str, number: int) -> None:
    values = {}
    for name, kind, needed, check, is_key in connection.execute(COLUMNS, [table]).fetchall():
        if number == 1 and not needed and not is_key:
            continue
        allowed = re.findall(r"'([^']*)'::text", check or "")
        value = allowed[number % len(allowed)] if allowed else VALUES[kind][number]
        values[name] = OTHERS.get((table, name), (value, value))[number]
    statement = sql.SQL("insert into {} ({}) overriding system value values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
    )
    connection.execute(statement, list(values.values()))


def _in_order(connection: psycopg.Connection[Any]) -> list[str]:
    sorter = TopologicalSorter[str](dict.fromkeys(TABLES, ()))
    for table, other in connection.execute(
        "select conrelid::regclass::text, confrelid::regclass::text from pg_constraint"
        " where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid"
    ):
        sorter.add(table, other)
    return list(sorter.static_order())


def rows(url: str, table: str) -> list[str]:
    """Every row of a table as text, in order."""
    with psycopg.connect(url) as connection:
        statement = sql.SQL('select t::text from {} t order by t::text collate "C"').format(sql.Identifier(table))
        return [text for (text,) in connection.execute(statement)]
