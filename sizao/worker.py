"""`sizao worker`: stores checks, judges them, raises alerts."""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from ingest.topics import cluster_id, ensure
from sizao.logs import set_up_logs
from sizao.params import COUNT, DATABASE, KAFKA, PREFIX, SECONDS
from sizao.ports import METRICS_HOST, PORT_OR_NONE, show_metrics
from store.errors import Unavailable
from store.migrate import pending
from streams.process import run_worker
from streams.settings import WorkerSettings


@click.command()
@KAFKA
@DATABASE
@click.option("--group", envvar="SIZAO_GROUP", show_envvar=True, default="sizao", help="Consumer group.")
@PREFIX
@click.option(
    "--instance",
    envvar="SIZAO_WORKER_INSTANCE",
    show_envvar=True,
    help="A name that stays the same over restarts: a killed worker is back in seconds.",
)
@click.option(
    "--session-timeout", envvar="SIZAO_SESSION_TIMEOUT", show_envvar=True, type=SECONDS, default=10.0, help="Seconds."
)
@click.option("--heartbeat", envvar="SIZAO_HEARTBEAT", show_envvar=True, type=SECONDS, default=2.0, help="Seconds.")
@click.option(
    "--homes", envvar="SIZAO_HOMES", show_envvar=True, type=COUNT, default=20_000, help="Facilities remembered."
)
@click.option(
    "--metrics-port", envvar="SIZAO_METRICS_PORT", show_envvar=True, type=PORT_OR_NONE, default=0, help="0: none."
)
@METRICS_HOST
@click.option(
    "--state", envvar="SIZAO_WORKER_STATE", show_envvar=True, default=".sizao-worker", help="Scratch directory."
)
def worker(  # one parameter an option
    kafka: str,
    database_url: str,
    group: str,
    prefix: str,
    instance: str | None,
    session_timeout: float,
    heartbeat: float,
    homes: int,
    metrics_port: int,
    metrics_host: str,
    state: str,
) -> None:
    """Read checks from Kafka, judge them, and write what was found to the database.

    Run as many as there are cores; each takes its share of the partitions.
    Killing one at any time loses nothing. SIGTERM stops it cleanly.
    """
    _ensure_current(database_url)
    show_metrics(metrics_host, metrics_port, "SIZAO_METRICS_PORT")
    settings = WorkerSettings(
        kafka=kafka,
        database_url=database_url,
        cluster_id=cluster_id(kafka),
        group=group,
        prefix=prefix,
        partitions=ensure(kafka, prefix),
        instance=instance,
        session_timeout_seconds=session_timeout,
        heartbeat_seconds=heartbeat,
        homes=homes,
        state=state,
    )
    set_up_logs()
    sys.exit(run_worker(settings))


def _ensure_current(database_url: str) -> None:
    """The schema is not older than this program: with an older one every message would be kept as a defect."""
    with suppress(Unavailable):  # away for a while: a worker waits for it
        missing = pending(database_url)
        if missing:
            raise click.ClickException(
                f"the database is older than this program: it lacks {len(missing)} migrations, from {missing[0]} on; "
                "run `sizao migrate` first"
            )
