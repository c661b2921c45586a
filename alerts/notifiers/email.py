"""E-mail by SMTP, in Chinese and English. Information only: nobody is woken by it."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

from msgspec import Struct

from alerts.notifiers.base import Message, Retry, Undeliverable


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
            raise Undeliverable(type(error).__name__) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Retry(f"{type(error).__name__}: {error}") from error
