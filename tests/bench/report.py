"""What a bench found, as tables for people."""

from __future__ import annotations

from rich.table import Table

from streams.metrics import STAGES
from tests.bench.cost import Cost
from tests.bench.delays import Delays
from tests.bench.figures import FiguresFound
from tests.bench.growth import Growth
from tests.bench.pages import PageTime
from tests.bench.throughput import Throughput


def rates(raw: float, runs: dict[str, Throughput]) -> Table:
    """Readings a second, what they took, and what came of them."""
    table = Table("a, b: from topic to committed row", title="Throughput")
    for heading in (
        "readings/s",
        "of raw COPY",
        "worker CPU us",
        "machine busy",
        "rules a reading",
        "transitions",
        "alerts",
        "memory MB",
        "generator CPU s",
    ):
        table.add_column(heading, justify="right")
    for name, one in runs.items():
        table.add_row(
            name,
            f"{one.readings_per_s:,.0f}",
            f"{one.readings_per_s / raw:.2f}",
            f"{one.worker_cpu_us:.1f}",
            f"{one.machine_busy:.0%}",
            f"{one.rules_per_reading:.2f}",
            str(one.transitions),
            str(one.alerts),
            f"{one.memory_mb:.0f}",
            f"{one.generator_cpu_s:.1f}",
        )
    table.add_row("raw COPY BINARY", f"{raw:,.0f}", "1")
    return table


def pages(found: list[PageTime]) -> Table:
    """What whoever opens a page waits for, before the network."""
    table = Table("g: page", "by", title="Pages with 50,000 alerts, ms")
    for heading in ("median", "slowest", "kB"):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(one.page, one.who, f"{one.median_ms:.0f}", f"{one.slowest_ms:.0f}", f"{one.kilobytes:.0f}")
    return table


def stages(runs: dict[str, Throughput]) -> Table:
    """Where the time of the workers goes."""
    table = Table("us a reading", title="Where the time goes (of all workers together)")
    for stage in STAGES:
        table.add_column(stage, justify="right")
    for name, one in runs.items():
        table.add_row(name, *(f"{one.stages_us.get(stage, 0.0):.1f}" for stage in STAGES))
    return table


def waits(found: dict[str, Delays]) -> Table:
    """From POST to the alert and the webhook."""
    table = Table("c: seconds from POST", title="Delays at 2,000 readings/s")
    for heading in ("alert p50", "p99", "webhook p50", "p99", "posted", "missing", "old readings stored"):
        table.add_column(heading, justify="right")
    for name, one in found.items():
        seconds = (one.alert_p50_s, one.alert_p99_s, one.webhook_p50_s, one.webhook_p99_s)
        numbers = (one.posted, one.missing, one.old_stored)
        table.add_row(name, *(f"{value:.2f}" for value in seconds), *(f"{value:,}" for value in numbers))
    return table


def sizes(found: list[Growth]) -> Table:
    """How throughput, memory and taking over grow with the registry."""
    table = Table("d: facilities", title="Growth, the same events of the same active residents")
    for heading in (
        "readings/s",
        "of the first",
        "worker CPU us",
        "memory MB",
        "seconds to take over",
        "seconds to register",
    ):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(
            f"{one.facilities:,}",
            f"{one.throughput.readings_per_s:,.0f}",
            f"{one.throughput.readings_per_s / found[0].throughput.readings_per_s:.2f}",
            f"{one.throughput.worker_cpu_us:.1f}",
            f"{one.throughput.memory_mb:.0f}",
            f"{one.take_over_s:.1f}",
            f"{one.register_s:.1f}",
        )
    return table


def costs(found: dict[str, Cost], history: float) -> Table:
    """What a reading costs, beside its goal."""
    table = Table("e: us of CPU a reading", title="Cost on one core, national rules on")
    for heading in ("decode", "judge", "together", "goal", "rules a reading"):
        table.add_column(heading, justify="right")
    for name, one in found.items():
        figures = (one.decode_us, one.judge_us, one.total_us, one.goal_us, one.rules_per_reading)
        table.add_row(name, *(f"{value:.1f}" for value in figures))
    table.add_row("history of a resident, bytes", "", "", f"{history:,.0f}", "2,000")
    return table


def questions(found: FiguresFound) -> Table:
    """How long the nation's figures take, from the roll-ups."""
    table = Table("f: question", title=f"Figures, standing for {found.stands_for_rows:,} raw rows")
    for heading in ("regions or days", "median ms", "worst ms"):
        table.add_column(heading, justify="right")
    for one in found.queries:
        table.add_row(one.name, f"{one.rows:,}", f"{one.median_ms:.1f}", f"{one.worst_ms:.1f}")
    table.add_row("sums of a national day, all levels, s", "", f"{found.sum_a_day_s:.2f}", "")
    table.add_row("counting a home's day from raw rows, ms", "", f"{found.count_facility_ms:.1f}", "")
    told = found.dispatches
    table.add_row("dispatches of a national day frozen, s", f"{told.regions:,}", f"{told.freeze_s:.1f}", "")
    table.add_row("the nation's read back, s", f"{told.facilities:,} homes", f"{told.read_s:.2f}", "")
    for kind, seconds in told.write_s.items():
        table.add_row(f"the nation's written as {kind}, s", "", f"{seconds:.2f}", "")
    return table
