"""Signed webhooks after Standard Webhooks: id, timestamp and an HMAC over both and the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import msgspec

from alerts.notifiers.base import Message
from alerts.notifiers.http import client, post


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>` over `id.timestamp.body`; the secret is `whsec_` and base64, or any text."""
    given = secret.removeprefix("whsec_")
    key = base64.b64decode(given) if secret.startswith("whsec_") else given.encode()
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(secret: str, key: str, body: bytes) -> dict[str, str]:
    """The three headers by which a receiver knows us, and a repeat from a new message."""
    now = int(time.time())
    return {
        "webhook-id": key,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, key, now, body),
    }


class Webhook:
    """POSTs JSON; 2xx is delivered, 408, 425, 429 and 5xx are tried again, other 4xx never."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._http = client()

    async def send(self, address: str, message: Message) -> None:
        """The receiver answered 2xx."""
        body = msgspec.json.encode({"title": message.subject, "text": message.text, **message.facts})
        await post(self._http, address, body, signed_headers(self._secret, message.key, body))

    async def close(self) -> None:
        """Connections are closed."""
        await self._http.aclose()
