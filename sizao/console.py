"""`sizao console`: the page."""

from __future__ import annotations

import click
import uvicorn

from dashboards.console.app import make_console
from dashboards.console.routes.receipts import Doors
from dashboards.console.sessions import Sessions
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
@click.option("--token", envvar="SIZAO_CONSOLE_TOKEN", show_envvar=True, help="One-time token; default: a new one.")
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
def console(
    database_url: str, host: str, port: int, token: str | None, receipt_secret: str | None, webhook_secret: str | None
) -> None:
    """Show what arrives and what stands, and let somebody acknowledge by name.

    This machine only: it listens on the loopback address unless told otherwise,
    and the printed link opens one session. Accounts come with the console for on-call.
    """
    ensure_free(host, port, "SIZAO_CONSOLE_PORT")
    set_up_logs()
    sessions = Sessions(token)
    if token is None:
        click.echo(f"open http://127.0.0.1:{port}/?token={sessions.token}", err=True)
    uvicorn.run(
        make_console(database_url, sessions, Doors(receipt_secret, webhook_secret)),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
