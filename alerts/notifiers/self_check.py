"""The self-check arrives at our own console, signed as a webhook is."""

from __future__ import annotations

import msgspec

from alerts.notifiers.base import Message
from alerts.notifiers.http import client, post
from alerts.notifiers.webhook import signed_headers


class SelfCheck:
    """POSTs what a test alert says to `/self-check` of the console; the secret is that of receipt links."""

    def __init__(self, secret: str, page: str) -> None:
        self._secret = secret
        self._url = f"{page}/self-check"
        self._http = client()

    async def send(self, address: str, message: Message) -> None:
        """The console has written it down."""
        body = msgspec.json.encode(message.facts)
        await post(self._http, self._url, body, signed_headers(self._secret, message.key, body))

    async def close(self) -> None:
        """Connections are closed."""
        await self._http.aclose()
