"""A store that has been in use for a winter: 50,000 alerts, open and closed, with everything that belongs to them.

Rows are made by the database itself: what is tested or measured is reading them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import psycopg

ALERTS: Final = 50_000
OPEN: Final = 10_000
HOMES: Final = 200
REGIONS: Final = ("370613", "370602", "370685", "510107", "510105")


def fill(url: str) -> None:
    """The database at `url`, which is migrated and empty, holds all that, and Postgres knows how much it is."""
    values: dict[str, Any] = {"homes": HOMES, "alerts": ALERTS, "open": OPEN, "regions": list(REGIONS)}
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.transaction():
            for statement in Path(__file__).with_suffix(".sql").read_bytes().split(b";\n"):
                if statement.strip():
                    connection.execute(statement, values)
        connection.execute("vacuum analyze")
