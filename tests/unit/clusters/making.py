"""Series of counts for tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from detectors.clusters.counts import Count

START = 738_000  # the ordinal of some day in 2021


def daily(*cases: int | None, population: int | None = None, tests: int | None = None) -> list[Count]:
    """One count a day from START on."""
    return [Count(START + day, number, population, tests) for day, number in enumerate(cases)]


def rows_of(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, header: str, rows: Iterable[Iterable[object]]) -> Path:
    """A CSV file with these rows."""
    lines = [header, *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
