"""`make bench`: how fast, on real Kafka and TimescaleDB, in one run. Ratios count; the machine is noisy.

    a  readings/s from topic to committed row, national rules on: arrays of 50 and
       single events, one worker and two
    b  raw COPY BINARY of the same rows into the same table, and the ratio
    c  seconds from POST to the alert's row and to the webhook, at 2,000 readings/s,
       alone and while a backlog is flushed
    d  growth to 41,000 facilities (only with --full)
    e  cost of a reading on one core (needs no service)
    f  the nation's figures from the roll-ups, over 41,000 facilities x 60 days (made
       directly), and what counting and summing take (needs no Kafka)
    g  pages of the console with 50,000 alerts in the store, open and closed: median and
       slowest of 20 (needs no Kafka)
Traffic: 2 % unquiet readings. Nothing here is asserted.
"""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
import psutil
from rich.console import Console

from tests.bench import cost, delays, figures, growth, pages, report, throughput

SECTIONS = ("throughput", "delays", "growth", "cost", "figures", "pages")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--only", type=click.Choice(SECTIONS), multiple=True, help="These sections; by default all but growth.")
@click.option("--full", is_flag=True, help="Growth too: some ten minutes more.")
@click.option("--database-url", envvar="SIZAO_TEST_DATABASE_URL", show_envvar=True, help="A server with TimescaleDB.")
@click.option("--kafka", envvar="SIZAO_TEST_KAFKA", show_envvar=True, help="host:port[,host:port]")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default="bench-results.json")
def bench(only: tuple[str, ...], full: bool, database_url: str | None, kafka: str | None, output: Path) -> None:
    """Measure, and print tables; the figures also go to a JSON file."""
    wanted = set(only) or set(SECTIONS) - (set() if full else {"growth"})
    if (wanted <= {"pages"} and not database_url) or (not wanted <= {"cost", "pages"} and not (database_url and kafka)):
        raise click.UsageError("give --database-url and --kafka, or only measure what needs no service: --only cost")
    progress = Console(stderr=True)
    wide = Console(width=None if sys.stdout.isatty() else 160)
    results: dict[str, Any] = {"at": datetime.now(UTC), "machine": f"{psutil.cpu_count()} cores, {platform.machine()}"}
    with progress.status("measuring") as status:

        def say(what: str) -> None:
            status.update(f"{what} ...")
            if not progress.is_terminal:
                progress.print(f"{what} ...")

        tables = []
        if "cost" in wanted:
            readings, history = cost.run(say)
            results |= {"cost": readings, "history_bytes": history}
            tables.append(report.costs(readings, history))
        if "figures" in wanted:
            results["figures"] = summed = figures.run(database_url or "", say)
            tables.append(report.questions(summed))
        if "pages" in wanted:
            results["pages"] = shown = pages.run(database_url or "", say)
            tables.append(report.pages(shown))
        if "throughput" in wanted:
            raw, runs = throughput.run(database_url or "", kafka or "", say)
            results |= {"raw_copy_rows_per_s": raw, "throughput": runs}
            tables += [report.rates(raw, runs), report.stages(runs)]
        if "delays" in wanted:
            results["delays"] = waits = delays.run(database_url or "", kafka or "", say)
            tables.append(report.waits(waits))
        if "growth" in wanted:
            results["growth"] = grown = growth.run(database_url or "", kafka or "", say)
            tables.append(report.sizes(grown))
    for table in tables:
        wide.print(table)
    output.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    click.echo(f"the figures as JSON: {output}")


if __name__ == "__main__":
    bench()
