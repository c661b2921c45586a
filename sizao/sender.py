"""`sizao sender`: tells people."""

from __future__ import annotations

import asyncio
import signal

import click
from prometheus_client import start_http_server

from alerts.notifiers.base import Notifier
from alerts.notifiers.email import Email, Mailbox
from alerts.notifiers.webhook import Webhook
from alerts.sender import Sender
from sizao.logs import set_up_logs
from store.connection import open_pool


@click.command()
@click.option("--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://...")
@click.option("--page", envvar="SIZAO_PAGE", show_envvar=True, default="http://127.0.0.1:8081", help="The console.")
@click.option(
    "--webhook-secret", envvar="SIZAO_WEBHOOK_SECRET", show_envvar=True, help="whsec_...; absent: no webhooks."
)
@click.option("--smtp-host", envvar="SIZAO_SMTP_HOST", show_envvar=True, help="Absent: no e-mail.")
@click.option("--smtp-port", envvar="SIZAO_SMTP_PORT", show_envvar=True, default=25, help="Port of the mail server.")
@click.option("--smtp-sender", envvar="SIZAO_SMTP_SENDER", show_envvar=True, default="sizao@localhost", help="From.")
@click.option("--smtp-user", envvar="SIZAO_SMTP_USER", show_envvar=True, help="Log in as.")
@click.option("--smtp-password", envvar="SIZAO_SMTP_PASSWORD", show_envvar=True, help="Its password.")
@click.option("--smtp-starttls", envvar="SIZAO_SMTP_STARTTLS", show_envvar=True, is_flag=True, help="Encrypt first.")
@click.option("--metrics-port", envvar="SIZAO_SENDER_METRICS_PORT", show_envvar=True, default=0, help="0: none.")
def sender(
    database_url: str,
    page: str,
    webhook_secret: str | None,
    smtp_host: str | None,
    smtp_port: int,
    smtp_sender: str,
    smtp_user: str | None,
    smtp_password: str | None,
    smtp_starttls: bool,
    metrics_port: int,
) -> None:
    """Send what alerts demand, by signed webhook and e-mail, until it is told to stop.

    Any number may run. Each message goes at least once, with the same id on
    every try; an all-clear never overtakes its alarm.
    """
    set_up_logs()
    notifiers: dict[str, Notifier] = {}
    if webhook_secret:
        notifiers["webhook"] = Webhook(webhook_secret)
    if smtp_host:
        notifiers["email"] = Email(Mailbox(smtp_host, smtp_port, smtp_sender, smtp_user, smtp_password, smtp_starttls))
    if metrics_port:
        start_http_server(metrics_port, addr="127.0.0.1")
    asyncio.run(_run(database_url, notifiers, page))


async def _run(database_url: str, notifiers: dict[str, Notifier], page: str) -> None:
    pool = await open_pool(database_url, "sender")
    work = Sender(pool, notifiers, page)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.stopping.set)
    try:
        await work.run()
    finally:
        await pool.close()
