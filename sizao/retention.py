"""`sizao retention`: what is older than it is kept goes, and what is still needed stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import click

from ingest.topics import RETENTION_DAYS, keep
from sizao.daily import METRICS_PORT, METRICS_VARIABLE, Minute, each_day
from sizao.daily_record import Record
from sizao.params import DATABASE, PREFIX
from sizao.ports import METRICS_HOST, show_metrics
from sizao.progress import counter
from sizao.tables import show
from store.keeping import retention as keeping
from store.keeping.tables import CLASSES

TOPICS = "topics"


@click.command()
@DATABASE
@click.option(
    "--keep",
    "said",
    envvar="SIZAO_KEEP",
    show_envvar=True,
    default="",
    help=f"Days by class where they differ: 'raw=1095 {TOPICS}=14'. Shipped: {TOPICS}={RETENTION_DAYS}, "
    + ", ".join(f"{name}={one.days}" for name, one in CLASSES.items() if one.days),
)
@click.option("--kafka", envvar="SIZAO_KAFKA", show_envvar=True, help="Also say how long the topics keep messages.")
@PREFIX
@click.option("--drop", is_flag=True, help="Do it. Without it, only what would go is shown.")
@click.option("--at", type=Minute(), help="With --drop: each day at this minute of China's time, such as 03:30.")
@METRICS_PORT
@METRICS_HOST
def retention(
    database_url: str,
    said: str,
    kafka: str | None,
    prefix: str,
    drop: bool,
    at: int | None,
    metrics_port: int,
    metrics_host: str,
) -> None:
    """Show what is older than its class is kept, and with --drop let it go.

    Open episodes, alerts and referrals, and figures that are not counted yet,
    keep the raw checks they need; the oldest of them is named. Issued
    dispatches, the registry and the records of who looked at whom have no
    period. Every day in the night is a good time for it: --at does so.

    \b
      sizao retention                        # what would go
      sizao retention --keep "raw=1095" --drop
      sizao retention --drop --at 03:30      # every night, until it is stopped
    """
    if at is not None and not drop:
        raise click.UsageError("--at lets go what is too old, day by day: add --drop")
    days = _said(said)
    topic_days = days.pop(TOPICS, RETENTION_DAYS)
    try:
        periods = keeping.periods(days)
    except ValueError as error:
        raise click.UsageError(str(error)) from error

    def once() -> None:
        if kafka:
            _keep_topics(kafka, prefix, topic_days, drop)
        _let_go(database_url, periods, drop)

    if at is None:
        once()
    else:
        show_metrics(metrics_host, metrics_port, METRICS_VARIABLE)
        each_day(at, lambda _: once(), Record("retention", database_url))


def _keep_topics(kafka: str, prefix: str, days: int, drop: bool) -> None:
    for name in keep(kafka, prefix, days, dry_run=not drop):
        click.echo(f"{name}: {'is' if drop else 'would be'} kept {days} days", err=True)


def _let_go(database_url: str, periods: Mapping[str, int], drop: bool) -> None:
    now = datetime.now(UTC)
    plan = keeping.plan(database_url, periods, now)
    if plan.held:
        click.echo(f"raw checks stay longer: {plan.held} needs them", err=True)
    rows = [(cut.table, CLASSES[cut.kept].zh, cut.kept, f"{cut.before:%Y-%m-%d}", cut.rows) for cut in plan.cuts]
    show(("table", "类别", "class", "older than", "rows"), [row for row in rows if row[-1]], None)
    total = sum(cut.rows for cut in plan.cuts)
    if not drop:
        click.echo(f"{total:,} rows would go: say --drop", err=True)
        return
    with counter("drop", total) as passed:
        for _, number in keeping.carry_out(database_url, periods, now):
            passed(number)
    click.echo(f"{total:,} rows are gone", err=True)


def _said(text: str) -> dict[str, int]:
    found = {}
    for one in text.replace(",", " ").split():
        name, _, number = one.partition("=")
        if not number.isdigit() or int(number) < 1:
            raise click.UsageError(f"--keep: {one!r} is not a class and its days, such as raw=730")
        found[name] = int(number)
    return found
