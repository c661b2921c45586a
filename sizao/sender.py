"""`sizao sender`: tells people."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from typing import Any, cast

import click

from alerts import proving
from alerts.channels import Channel, with_limits
from alerts.notifiers.base import Notifier
from alerts.notifiers.dingtalk import HOST as DINGTALK
from alerts.notifiers.dingtalk import DingTalk
from alerts.notifiers.email import Email, Mailbox
from alerts.notifiers.phone import Sms, Voice
from alerts.notifiers.self_check import SelfCheck
from alerts.notifiers.webhook import Webhook
from alerts.notifiers.wecom import HOST as WECOM
from alerts.notifiers.wecom import WeCom
from alerts.outgoing import Page
from alerts.sender import Sender
from alerts.templating import Language, approved
from sizao.logs import set_up_logs
from sizao.params import DATABASE
from sizao.ports import METRICS_HOST, PORT, PORT_OR_NONE, show_metrics
from store.connection import open_pool

_Command = Callable[..., Any]


def _setting(flag: str, variable: str, help_: str, **more: Any) -> Callable[[_Command], _Command]:
    return click.option(flag, envvar=f"SIZAO_{variable}", show_envvar=True, help=help_, **more)


@click.command()
@DATABASE
@_setting("--page", "PAGE", "The console, to which messages point.", default="http://127.0.0.1:8081")
@_setting("--receipt-secret", "RECEIPT_SECRET", "Signs links by which a phone answers; the console needs the same.")
@_setting("--language", "LANGUAGE", "Of channels that speak one.", type=click.Choice(["zh", "en"]), default="zh")
@_setting("--channel-limits", "CHANNEL_LIMITS", "Messages a minute, as sms=300,voice=30.", default="")
@_setting("--webhook-secret", "WEBHOOK_SECRET", "whsec_...; absent: no webhooks, no SMS, no voice.")
@_setting("--wecom", "WECOM", "Host of WeCom robots; a private installation has its own.", default=WECOM)
@_setting("--dingtalk", "DINGTALK", "Host of DingTalk robots; a private installation has its own.", default=DINGTALK)
@_setting("--sms-gateway", "SMS_GATEWAY", "Where short messages are POSTed; absent: none.")
@_setting("--sms-templates", "SMS_TEMPLATES", "Ids the carrier gave, as alarm=SMS_1,all_clear=SMS_2.", default="")
@_setting("--voice-gateway", "VOICE_GATEWAY", "Where calls are POSTed; absent: none.")
@_setting("--smtp-host", "SMTP_HOST", "Absent: no e-mail.")
@_setting("--smtp-port", "SMTP_PORT", "Port of the mail server.", type=PORT, default=25)
@_setting("--smtp-sender", "SMTP_SENDER", "From.", default="sizao@localhost")
@_setting("--smtp-user", "SMTP_USER", "Log in as.")
@_setting("--smtp-password", "SMTP_PASSWORD", "Its password.")
@_setting("--smtp-starttls", "SMTP_STARTTLS", "Encrypt first.", is_flag=True)
@_setting("--metrics-port", "SENDER_METRICS_PORT", "0: none.", type=PORT_OR_NONE, default=0)
@METRICS_HOST
def sender(
    database_url: str,
    page: str,
    receipt_secret: str | None,
    language: str,
    channel_limits: str,
    metrics_port: int,
    metrics_host: str,
    **given: Any,
) -> None:
    """Tell people what alerts demand, until it is told to stop.

    Voice and SMS (by an HTTP gateway) wake people; WeCom and DingTalk robots,
    e-mail and webhooks inform. No channel gets more a minute than it takes,
    over any number of senders: P1 goes singly and first, the others together.
    Each message goes at least once, with the same id on every try; a channel
    that fails gives way to the next; an all-clear never overtakes its alarm.
    """
    set_up_logs()
    try:
        channels = with_limits(channel_limits)
    except ValueError as error:
        raise click.UsageError(f"SIZAO_CHANNEL_LIMITS: {error}") from error
    notifiers = make_notifiers(**given)
    if receipt_secret:
        notifiers[proving.CHANNEL] = SelfCheck(receipt_secret, page.rstrip("/"))
    show_metrics(metrics_host, metrics_port, "SIZAO_SENDER_METRICS_PORT")
    asyncio.run(
        _run(database_url, notifiers, Page(page.rstrip("/"), cast(Language, language), receipt_secret), channels)
    )


def make_notifiers(
    webhook_secret: str | None,
    wecom: str,
    dingtalk: str,
    sms_gateway: str | None,
    sms_templates: str,
    voice_gateway: str | None,
    smtp_host: str | None,
    smtp_port: int,
    smtp_sender: str,
    smtp_user: str | None,
    smtp_password: str | None,
    smtp_starttls: bool,
) -> dict[str, Notifier]:
    """The channels that are set up; the robots' keys are the addresses of their recipients."""
    found: dict[str, Notifier] = {"wecom": WeCom(wecom), "dingtalk": DingTalk(dingtalk)}
    if (sms_gateway or voice_gateway) and not webhook_secret:
        raise click.UsageError("SMS and voice gateways know us by a signature: set SIZAO_WEBHOOK_SECRET")
    if webhook_secret:
        found["webhook"] = Webhook(webhook_secret)
    if webhook_secret and sms_gateway:
        found["sms"] = Sms(sms_gateway, webhook_secret, _templates(sms_templates))
    if webhook_secret and voice_gateway:
        found["voice"] = Voice(voice_gateway, webhook_secret)
    if smtp_host:
        found["email"] = Email(Mailbox(smtp_host, smtp_port, smtp_sender, smtp_user, smtp_password, smtp_starttls))
    return found


def _templates(given: str) -> dict[str, str]:
    """Kind -> id; every text of ours has one, so that a message is not found to lack it at night."""
    found = dict(one.strip().split("=", 1) for one in given.split(",") if "=" in one)
    missing = sorted(approved("zh").keys() - found.keys())
    if missing:
        raise click.UsageError(f"SIZAO_SMS_TEMPLATES lacks the approved id of: {', '.join(missing)}")
    return found


async def _run(
    database_url: str, notifiers: Mapping[str, Notifier], page: Page, channels: Mapping[str, Channel]
) -> None:
    pool = await open_pool(database_url, "sender")
    work = Sender(pool, notifiers, page, channels)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.stopping.set)
    try:
        await work.run()
    finally:
        await pool.close()
