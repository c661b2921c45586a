"""Robots of WeCom groups. Information only: a robot's message wakes nobody, and sent is not seen."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import msgspec

from alerts.notifiers.base import Message
from alerts.notifiers.http import client, post, taken_by_robot

HOST: Final = "https://qyapi.weixin.qq.com"
TEXT_BYTES: Final = 2_048
MARKDOWN_BYTES: Final = 4_096
_TRY_AGAIN: Final = (-1, 45009, 45033)  # busy; too many a minute; too many at once


class WeCom:
    """Sends to the robot whose key is the address. The host is our own for a private installation."""

    def __init__(self, host: str = HOST) -> None:
        self._host = host.rstrip("/")
        self._http = client()

    async def send(self, address: str, message: Message) -> None:
        """The robot took it."""
        kind = "text" if len(message.text.encode()) <= TEXT_BYTES else "markdown"
        content = message.text.encode()[:MARKDOWN_BYTES].decode("utf-8", "ignore")
        body = msgspec.json.encode({"msgtype": kind, kind: {"content": content}})
        url = f"{self._host}/cgi-bin/webhook/send?key={quote(address, safe='')}"
        taken_by_robot(await post(self._http, url, body, {}), _TRY_AGAIN)
