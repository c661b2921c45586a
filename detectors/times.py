"""Times inside the engine: whole milliseconds since 1970-01-01 UTC.

A fold compares millions of times; integers compare exactly and cheaply, and
one unit leaves nothing to convert. The rim (wire contract, store, command)
turns them into aware datetimes and RFC 3339 text.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

Millis = int
"""Milliseconds since 1970-01-01 UTC, or a length of time in milliseconds."""

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

NEVER: Final[Millis] = 1 << 60
"""Later than every time that can be stored."""

LATE_HORIZON: Final[Millis] = 7 * DAY
"""What is received later than this is stored, counted and shown, and changes no episode (design.md, law 3)."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_millis(moment: datetime) -> Millis:
    """The moment in whole milliseconds, fractions cut off.

    >>> to_millis(datetime(2026, 1, 5, 7, 10, tzinfo=UTC))
    1767597000000
    """
    since = moment - EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds // 1_000


def to_datetime(at: Millis) -> datetime:
    """The aware UTC datetime of a time in milliseconds."""
    return EPOCH + at * _MILLISECOND


def to_text(at: Millis) -> str:
    """RFC 3339 in UTC with milliseconds, as every output of the project prints a time.

    >>> to_text(1767597000000)
    '2026-01-05T07:10:00.000Z'
    """
    return to_datetime(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
