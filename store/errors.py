"""What can go wrong with the database, in three kinds; the driver's own errors end here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg


class StoreError(Exception):
    """The database said no, and saying the same again will not help: the fault is ours."""


class Unavailable(StoreError):
    """The same again later may succeed: no connection, a restart, a lock, a deadlock."""


class Unreachable(Unavailable):
    """No connection came about: nobody answers there, or whoever does lets nobody in."""


class Contended(Unavailable):
    """Others hold what is needed, and wait for us: what was begun is undone, and is to be begun again."""


class Refused(StoreError):
    """The content cannot be stored: a NUL in a text, a number too large for its column."""


class Outdated(StoreError):
    """The database lacks a table, a column or a function of this version."""


_TRANSIENT_CLASSES: Final = (
    "08",  # connection
    "25",  # transaction state: idle too long, or a standby that only reads
    "40",  # serialization, deadlock
    "53",  # out of memory, disk or connections
    "55",  # lock not available
    "57",  # shutdown, cancelled by a timeout
    "58",  # the server's own disk
)


_LACKING: Final = ("42P01", "42703", "42883", "3F000")  # table, column, function, schema


@contextmanager
def reaching() -> Iterator[None]:
    """What goes wrong while a connection is opened leaves as Unreachable, with what to do about it."""
    try:
        yield
    except psycopg.Error as error:
        why = str(error).splitlines()[0].removeprefix("connection failed: ") if str(error) else type(error).__name__
        remedy = "start it, or mend the address (SIZAO_DATABASE_URL)"
        raise Unreachable(f"the database cannot be reached: {why}; {remedy}") from error


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the driver leave as StoreError; everything else passes."""
    try:
        yield
    except psycopg.DataError as error:
        raise Refused(_sentence(error)) from error
    except psycopg.Error as error:
        raise _kind(error)(_sentence(error)) from error


def _kind(error: psycopg.Error) -> type[StoreError]:
    if error.sqlstate is not None and error.sqlstate[:2] == "40":
        return Contended
    if error.sqlstate in _LACKING:
        return Outdated
    return Unavailable if _is_transient(error) else StoreError


def _is_transient(error: psycopg.Error) -> bool:
    if error.sqlstate is None:
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return error.sqlstate[:2] in _TRANSIENT_CLASSES


def _sentence(error: psycopg.Error) -> str:
    """The server's own sentence without its detail: a detail may repeat a resident's values."""
    primary = error.diag.message_primary
    if error.sqlstate in _LACKING:
        return f"the database is not as this version has it: {primary} ({error.sqlstate}); `sizao migrate` mends that"
    return f"{primary} ({error.sqlstate})" if primary else str(error).strip() or type(error).__name__
