"""E-mail by SMTP, in Chinese and English. Information only: nobody is woken by it."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from typing import Final

from msgspec import Struct

from alerts.notifiers.base import Message, Retry, Undeliverable

FOR_GOOD: Final = 500
"""Answers from here on mean never, those of 4xx not now (RFC 5321, 4.2.1)."""


class Mailbox(Struct, frozen=True):
    """The server that takes our mail."""

    host: str
    port: int = 25
    sender: str = "sizao@localhost"
    user: str | None = None
    password: str | None = None
    starttls: bool = False


class Email:
    """Sends one mail a message; its Message-ID is the same on every try."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def send(self, address: str, message: Message) -> None:
        """The server took it."""
        await asyncio.get_running_loop().run_in_executor(None, self._send, address, message)

    def _send(self, address: str, message: Message) -> None:
        box = self._mailbox
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = box.sender, address, message.subject
        mail["Message-ID"] = f"<{message.key}@sizao>"
        mail.set_content(message.text)
        try:
            with smtplib.SMTP(box.host, box.port, timeout=10) as server:
                if box.starttls:
                    server.starttls()
                if box.user is not None:
                    server.login(box.user, box.password or "")
                server.send_message(mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError) as error:
            said = f"{type(error).__name__} {_code_of(error)}"
            # Servers that do not know us yet say 4xx first, and take the same mail a minute later.
            raise (Undeliverable(said) if _code_of(error) >= FOR_GOOD else Retry(said)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Retry(f"{type(error).__name__}: {error}") from error


def _code_of(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min(code for code, _ in error.recipients.values())
    return error.smtp_code
