"""What an import says: the differences as a table or as JSON lines, and what is wrong."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import click
import msgspec
from rich.console import Console
from rich.table import Table

from detectors.tiers import Condition
from detectors.times import to_text
from ingest.registry.reading import Problem
from store.registered import TIMES, Key
from store.registration import Change, Difference

SHOWN: Final = 40
"""Lines of the table for each file; --json has all."""

_MARKS: Final = {"new": "+", "claimed": "+", "changed": "~", "removed": "-"}


class Report:
    """Collects what is said after each file and at the end; JSON lines are written at once."""

    def __init__(self, as_json: bool, quiet: bool = False) -> None:
        self._as_json = as_json
        self.is_quiet = quiet
        self._lines: dict[str, list[tuple[str, str, str]]] = {}
        self.counts: dict[str, Counter[str]] = {}
        self.wrong = 0
        self._problems: list[str] = []
        self._more_problems = 0

    def problem(self, problem: Problem) -> None:
        """A row, column or file that is not as it should be."""
        self.wrong += problem.weight == "wrong"
        if self._as_json:
            self._emit("problem", **msgspec.to_builtins(problem))
        elif len(self._problems) < SHOWN:
            self._problems.append(str(problem) if problem.weight == "wrong" else f"note: {problem}")
        else:
            self._more_problems += 1

    def file_done(self) -> None:
        """Nothing more comes of this file: its problems are said."""
        if self._more_problems:
            self._problems.append(f"... and {self._more_problems} more: --json lists all")
        for text in [] if self.is_quiet else self._problems:
            click.echo(text, err=True)
        self._problems, self._more_problems = [], 0

    def differences(self, table: str, found: Iterable[Difference]) -> None:
        """What rows change."""
        counts = self.counts.setdefault(table, Counter())
        for one in found:
            counts[one.kind] += 1
            counts["tiers"] += one.tier is not None
            if one.kind in ("unchanged", "refused"):
                continue
            if self._as_json:
                self._emit("difference", **_plain(one))
            elif len(lines := self._lines.setdefault(table, [])) < SHOWN:
                lines.append((_MARKS[one.kind], " ".join(filter(None, one.key)), _what(one)))

    def absent(self, table: str, keys: list[Key]) -> None:
        """What is registered and not in the file."""
        self.counts.setdefault(table, Counter())["absent"] += len(keys)
        for key in keys:
            if self._as_json:
                self._emit("absent", table=table, key=[one for one in key if one])
        shown = [("?", " ".join(filter(None, key)), "not in the file; stays as it is") for key in keys[:SHOWN]]
        self._lines.setdefault(table, []).extend(shown)

    def finish(self, *, with_table: bool) -> None:
        """The table, and a line for each file."""
        if self._as_json:
            self._emit("summary", wrong=self.wrong, tables={name: dict(found) for name, found in self.counts.items()})
            return
        if self.is_quiet:
            return
        self.file_done()
        if with_table:
            self._show()
        for name, found in self.counts.items():
            parts = [
                f"{found['new'] + found['claimed']} new"
                + (f" ({found['claimed']} of them known by their checks)" if found["claimed"] else ""),
                f"{found['changed']} changed",
                f"{found['unchanged']} unchanged",
                f"{found['removed']} removed" if found["removed"] else "",
                f"{found['tiers']} tiers" if found["tiers"] else "",
                f"{found['absent']} registered and not in the file" if found["absent"] else "",
            ]
            click.echo(f"{name}: {', '.join(filter(None, parts))}", err=True)
        if self.wrong:
            click.echo(f"{self.wrong} wrong", err=True)

    def _show(self) -> None:
        table = Table("", "who", "what", box=None, pad_edge=False)
        for name, lines in self._lines.items():
            table.add_section()
            table.add_row("", f"[bold]{name}[/bold]", "")
            for mark, who, what in lines:
                table.add_row(mark, who, what)
            found = self.counts[name]
            rest = found["new"] + found["claimed"] + found["changed"] + found["removed"] + found["absent"] - len(lines)
            if rest > 0:
                table.add_row("", f"... and {rest} more", "--json lists all")
        Console(width=None if sys.stdout.isatty() else 120, highlight=False).print(table)

    def _emit(self, what: str, **values: Any) -> None:
        sys.stdout.buffer.write(msgspec.json.encode({"what": what, **values}) + b"\n")


def _plain(one: Difference) -> dict[str, Any]:
    said: dict[str, Any] = {"table": one.table, "key": [part for part in one.key if part], "kind": one.kind}
    said["changes"] = [
        {"field": change.field, "old": _value(change, change.old), "new": _value(change, change.new)}
        for change in one.changes
    ]
    if one.moved_from is not None:
        said["moved_from"] = list(one.moved_from)
    if one.tier is not None:
        cause = None if one.tier.cause is None else one.tier.cause.value
        said["tier"] = {"tier": one.tier.tier, "cause": cause, "zh": one.tier.zh, "en": one.tier.en}
    return said


def _what(one: Difference) -> str:
    parts = [f"{one.changes[0].field} {_old_new(one.changes[0])}"] if one.changes else []
    parts += [f"{change.field} {_old_new(change)}" for change in one.changes[1:]]
    if one.kind == "claimed":
        parts.append("was known by checks only")
    if one.moved_from is not None:
        parts.append(f"moved from {' '.join(one.moved_from)}")
    if one.tier is not None:
        parts.append(one.tier.en)
    return "; ".join(parts) or one.kind


def _old_new(change: Change) -> str:
    old, new = (_value(change, value) for value in (change.old, change.new))
    return f"{'-' if old in (None, '') else old} -> {'-' if new in (None, '') else new}"


def _value(change: Change, value: Any) -> Any:
    """As people write it."""
    if value is None:
        return None
    if change.field == "conditions":
        return ";".join(str(one.name).lower() for one in Condition(value)) or "none"
    if change.field in TIMES:
        return to_text(value)
    if change.field.endswith("_tenths"):
        return value / 10
    if change.field == "cutoffs":
        return ";".join(f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in value)
    return ";".join(value) if isinstance(value, tuple) else value
