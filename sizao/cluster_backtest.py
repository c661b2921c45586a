"""`sizao backtest clusters`: reads the file, asks the detector, writes verdicts and summary."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click
import msgspec

from detectors.clusters.catalogue import ParameterError, detector_of
from detectors.clusters.counts import ClusterDetector, Verdict
from detectors.clusters.performance import Marked, Performance, performance
from sizao.count_files import CountFile, CountRow, read_counts
from sizao.pictures import check_picture


def run(
    file: Path, detector: str, settings: tuple[str, ...], form: Literal["jsonl", "table"], plot: Path | None
) -> None:
    """One line per row on standard output, the summary on standard error, the picture if asked for."""
    check_picture(plot)
    counts, verdicts = judged(file, detector, settings)
    for line in (as_jsonl if form == "jsonl" else as_table)(counts, verdicts):
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    marked = marked_rows(counts, verdicts)
    if "outbreak" in counts.columns:
        click.echo(summary(performance(marked.values())), err=True)
    if plot is not None:
        from sizao.plots import plot_backtest  # matplotlib takes a second to load

        plot_backtest(plot, f"{detector} {' '.join(settings)}".strip(), marked)


def judged(file: Path, name: str, settings: tuple[str, ...]) -> tuple[CountFile, dict[int, Verdict]]:
    """The file and the verdict on each of its lines; raises a ClickException that names what is wrong."""
    try:
        detector = detector_of(name, settings)
    except ParameterError as error:
        raise click.BadParameter(str(error), param_hint="--set") from error
    counts = read_counts(file)
    missing = sorted(detector.needs - counts.columns)
    problems = counts.problems or [f"line 1: {name} needs the column {column}" for column in missing]
    if problems:
        raise click.ClickException("\n".join(f"{file}: {problem}" for problem in problems))
    return counts, _verdicts(detector, counts)


def _verdicts(detector: ClusterDetector, counts: CountFile) -> dict[int, Verdict]:
    series = counts.by_series()
    found = detector.judge({name: [row.count for row in rows] for name, rows in series.items()})
    return {row.line: verdict for name, rows in series.items() for row, verdict in zip(rows, found[name], strict=True)}


def marked_rows(counts: CountFile, verdicts: dict[int, Verdict]) -> dict[str, list[Marked]]:
    """The rows of each series by date, with verdict and mark."""
    return {
        name: [Marked(row.count, verdicts[row.line], row.outbreak) for row in rows]
        for name, rows in counts.by_series().items()
    }


def as_jsonl(counts: CountFile, verdicts: dict[int, Verdict]) -> Iterator[str]:
    """A JSON object per row."""
    for row in counts.rows:
        verdict = verdicts[row.line]
        line = {"series": row.series, "date": row.date, "statistic": verdict.statistic, "limit": verdict.limit}
        yield msgspec.json.encode(line | {"alarm": verdict.alarm}).decode()


def as_table(counts: CountFile, verdicts: dict[int, Verdict]) -> Iterator[str]:
    """A heading and a line per row for people to read."""
    width = max([6, *(len(row.series) for row in counts.rows)])
    yield f"{'series':{width}}  {'date':10}  {'cases':>7}  {'statistic':>10}  {'limit':>10}  alarm"
    for row in counts.rows:
        yield _table_line(row, verdicts[row.line], width)


def _table_line(row: CountRow, verdict: Verdict, width: int) -> str:
    cases = "-" if row.count.cases is None else str(row.count.cases)
    shown = [f"{'-' if value is None else f'{value:.3f}':>10}" for value in (verdict.statistic, verdict.limit)]
    line = (
        f"{row.series:{width}}  {row.date:10}  {cases:>7}  {shown[0]}  {shown[1]}  {'ALARM' if verdict.alarm else ''}"
    )
    return line.rstrip()


def summary(found: Performance) -> str:
    """What the detector is worth, in three sentences."""
    lines = [
        f"sensitivity: {_share(found)}",
        f"false alarms: {_figure(found.false_alarms_per_1000)} per 1,000 series-days"
        f" ({found.false_alarms} on {found.quiet_days} judged days without an outbreak)",
        f"delay: {_figure(found.median_delay_days)} days, median of the detected outbreaks",
    ]
    if found.not_judged:
        lines.append(f"not judged: {found.not_judged} outbreaks before there was enough history")
    if found.alarms_unmarked:
        lines.append(f"not marked: {found.alarms_unmarked} alarms on rows whose outbreak is blank, counted nowhere")
    return "\n".join(lines)


def _share(found: Performance) -> str:
    if found.sensitivity is None:
        return "no outbreak is marked that could be judged"
    return f"{found.sensitivity:.3f} ({found.detected} of {found.outbreaks} outbreaks had an alarm)"


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
