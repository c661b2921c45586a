"""Every statement stands in a file of `store/sql`, under its name and one sentence."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

_STATEMENT: Final = re.compile(r"^-- name: (\w+)\n-- (.+)\n", re.MULTILINE)


def statements(aggregate: str) -> dict[str, bytes]:
    """The statements of one file, by name."""
    text = (resources.files("store") / "sql" / f"{aggregate}.sql").read_text("utf-8")
    head, *parts = _STATEMENT.split(text)
    if head.strip():
        raise ValueError(f"{aggregate}.sql: a statement has no name and sentence: {head.strip()[:60]}")
    found = {name: body.strip().rstrip(";").encode() for name, body in zip(parts[0::3], parts[2::3], strict=True)}
    if len(found) * 3 != len(parts):
        raise ValueError(f"{aggregate}.sql: a name stands there twice")
    return found
