"""On which line of a TOML text does something stand?

The standard parser keeps no positions, so it is asked statement by statement:
the shortest run of lines that it takes is one statement, and what it makes of
that run says what stands there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
"""Keys and places in lists, from the top: ("rule", 3, "parameters", "limit_percent")."""


class Lines:
    """Where every table and key of a text begins; the text is known to be TOML.

    >>> Lines('version = "1"\\n[[rule]]\\nid = "D01"\\n').of(("rule", 0, "id"))
    3
    """

    def __init__(self, toml: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        self._lengths: dict[Path, int] = {}  # of lists of tables, so far
        table: Path = ()
        for number, statement in _statements(toml):
            parsed = tomllib.loads(statement)
            if statement.lstrip().startswith("["):
                table = self._table(parsed, number)
            else:
                self._keep(table, parsed, number)

    def of(self, path: Path) -> int:
        """The line at which this begins; what is not written has the line of what it lies in."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _table(self, parsed: dict[str, Any], number: int) -> Path:
        path: Path = ()
        here: Any = parsed
        while here and isinstance(here, dict):
            ((key, here),) = here.items()
            path = (*path, key)
            if isinstance(here, list):  # [[...]]: one more of them
                self._lines.setdefault(path, number)
                self._lengths[path] = self._lengths.get(path, 0) + 1
                here = {}
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
            self._lines.setdefault(path, number)
        return path

    def _keep(self, table: Path, parsed: Any, number: int) -> None:
        pairs = parsed.items() if isinstance(parsed, dict) else enumerate(parsed) if isinstance(parsed, list) else ()
        for key, value in pairs:
            self._lines.setdefault((*table, key), number)
            self._keep((*table, key), value, number)


def _statements(toml: str) -> Iterator[tuple[int, str]]:
    """(first line, text) of each statement."""
    begun, text = 0, ""
    for number, line in enumerate(toml.split("\n"), 1):
        begun, text = (begun, f"{text}\n{line}") if text else (number, line)
        try:
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        if found:
            yield begun, text
        text = ""
