"""Tables for people, on standard output: as wide as the terminal, wide enough elsewhere to break no line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import msgspec


def show(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """The rows stand under their columns; None is a dash."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, title=title, title_justify="left", box=box.SIMPLE_HEAD, highlight=False)
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    console = Console(highlight=False, markup=False, emoji=False)
    if not sys.stdout.isatty():
        console = Console(highlight=False, markup=False, emoji=False, width=220)
    console.print(table)


def write_json(lines: Iterable[object]) -> None:
    """One JSON object a line."""
    for line in lines:
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
