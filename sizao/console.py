"""`sizao console`: the page."""

from __future__ import annotations

import click
import uvicorn

from dashboards.console.app import make_console
from dashboards.console.factor_key import FactorKey
from dashboards.console.routes.receipts import Doors
from sizao.logs import set_up_logs
from sizao.params import DATABASE
from sizao.ports import METRICS_HOST, PORT, PORT_OR_NONE, ensure_free, show_metrics


@click.command()
@DATABASE
@click.option(
    "--host",
    envvar="SIZAO_CONSOLE_HOST",
    show_envvar=True,
    default="127.0.0.1",
    help="Another address only inside a container whose port is published on 127.0.0.1.",
)
@click.option("--port", envvar="SIZAO_CONSOLE_PORT", show_envvar=True, type=PORT, default=8081, help="Port.")
@click.option(
    "--receipt-secret",
    envvar="SIZAO_RECEIPT_SECRET",
    show_envvar=True,
    help="As of the sender: links by which a phone without login answers. Absent: none.",
)
@click.option(
    "--webhook-secret",
    envvar="SIZAO_WEBHOOK_SECRET",
    show_envvar=True,
    help="As of the sender: SMS and voice gateways POST keys and replies to /receipts/gateway. Absent: none may.",
)
@click.option(
    "--gateway",
    envvar="SIZAO_GATEWAY",
    show_envvar=True,
    help="Where what is written by hand is handed in. Absent: none.",
)
@click.option(
    "--factor-key",
    envvar="SIZAO_FACTOR_KEY",
    show_envvar=True,
    help="Seals the secrets of telephones in the database. Absent: nobody but homes can sign in.",
)
@click.option(
    "--metrics-port",
    envvar="SIZAO_CONSOLE_METRICS_PORT",
    show_envvar=True,
    type=PORT_OR_NONE,
    default=0,
    help="0: none.",
)
@METRICS_HOST
def console(
    database_url: str,
    host: str,
    port: int,
    receipt_secret: str | None,
    webhook_secret: str | None,
    gateway: str | None,
    factor_key: str | None,
    metrics_port: int,
    metrics_host: str,
) -> None:
    """Show on-call staff, homes and hospitals what needs them, and take their answers.

    Whoever opens it signs in: sizao account add makes accounts. It listens on the
    loopback address unless told otherwise; put a proxy with TLS on the same machine
    before it, which sends X-Forwarded-Proto and X-Forwarded-For.
    """
    ensure_free(host, port, "SIZAO_CONSOLE_PORT")
    show_metrics(metrics_host, metrics_port, "SIZAO_CONSOLE_METRICS_PORT")
    set_up_logs()
    uvicorn.run(
        make_console(database_url, Doors(receipt_secret, webhook_secret), gateway, _key(factor_key)),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


def _key(given: str | None) -> FactorKey | None:
    if given is None:
        click.echo(
            "SIZAO_FACTOR_KEY is not set: codes of telephones cannot be checked, and only homes can sign in. "
            "Make a key with `openssl rand -base64 32`, and keep it apart from the database.",
            err=True,
        )
        return None
    try:
        return FactorKey(given)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
