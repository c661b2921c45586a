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


class Contended(Unavailable):
    """Others hold what is needed, and wait for us: what was begun is undone, and is to be begun again."""


class Refused(StoreError):
    """The content cannot be stored: a NUL in a text, a number too large for its column."""


_TRANSIENT_CLASSES: Final = (
    "08",  # connection
    "25",  # transaction state: idle too long, or a standby that only reads
    "40",  # serialization, deadlock
    "53",  # out of memory, disk or connections
    "55",  # lock not available
    "57",  # shutdown, cancelled by a timeout
    "58",  # the server's own disk
)


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
    return Unavailable if _is_transient(error) else StoreError


def _is_transient(error: psycopg.Error) -> bool:
    if error.sqlstate is None:
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return error.sqlstate[:2] in _TRANSIENT_CLASSES


def _sentence(error: psycopg.Error) -> str:
    """The server's own sentence without its detail: a detail may repeat a resident's values."""
    primary = error.diag.message_primary
    return f"{primary} ({error.sqlstate})" if primary else str(error).strip() or type(error).__name__
