"""`sizao rollup`: figures follow what is stored, from facility to nation."""

from __future__ import annotations

import asyncio
import signal

import click

from dashboards.dispatch.asked import freeze_on_request
from dashboards.dispatch.keeping import keep_on
from dashboards.rollup.following import follow
from dashboards.rollup.turn import settle
from sizao.logs import set_up_logs
from sizao.params import DATABASE
from sizao.ports import METRICS_HOST, PORT_OR_NONE, show_metrics
from store.connection import connected


@click.command()
@DATABASE
@click.option("--once", is_flag=True, help="Stop when nothing is left to do.")
@click.option(
    "--metrics-port",
    envvar="SIZAO_ROLLUP_METRICS_PORT",
    show_envvar=True,
    type=PORT_OR_NONE,
    default=0,
    help="0: none.",
)
@METRICS_HOST
def rollup(database_url: str, once: bool, metrics_port: int, metrics_host: str) -> None:
    """Count what has changed and sum it up, from facility to nation, until it is told to stop.

    Late checks, corrections and moves are followed: whatever changes a figure
    marks its day, and the day is counted again from raw. Any number may run.
    `sizao figures` shows what came out. At the cut-off of each region its
    dispatch is frozen; see `sizao dispatches`.
    """
    set_up_logs()
    if once:
        asyncio.run(_once(database_url))
        return
    show_metrics(metrics_host, metrics_port, "SIZAO_ROLLUP_METRICS_PORT")
    asyncio.run(_run(database_url))


async def _once(database_url: str) -> None:
    async with connected(database_url, "rollup") as connection:
        done = await settle(connection)
    click.echo(f"{done.facilities} facilities counted, {done.regions} days of regions summed up", err=True)


async def _run(database_url: str) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await asyncio.gather(
        follow(database_url, stopping), keep_on(database_url, stopping), freeze_on_request(database_url, stopping)
    )
