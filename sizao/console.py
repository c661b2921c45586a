"""`sizao console`: the page."""

from __future__ import annotations

import click
import uvicorn

from dashboards.console.app import make_console
from dashboards.console.routes.receipts import Doors
from sizao.logs import set_up_logs
from sizao.ports import PORT, ensure_free


@click.command()
@click.option("--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://...")
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
def console(
    database_url: str,
    host: str,
    port: int,
    receipt_secret: str | None,
    webhook_secret: str | None,
    gateway: str | None,
) -> None:
    """Show on-call staff, homes and hospitals what needs them, and take their answers.

    Whoever opens it signs in: sizao account add makes accounts. It listens on the
    loopback address unless told otherwise; put a proxy with TLS on the same machine
    before it, which sends X-Forwarded-Proto and X-Forwarded-For.
    """
    ensure_free(host, port, "SIZAO_CONSOLE_PORT")
    set_up_logs()
    uvicorn.run(
        make_console(database_url, Doors(receipt_secret, webhook_secret), gateway),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
