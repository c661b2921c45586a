"""Signed webhooks after Standard Webhooks: id, timestamp and an HMAC over both and the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Final

import httpx
import msgspec

from alerts.notifiers.base import Message, Retry, Undeliverable

TIMEOUT_SECONDS: Final = 10.0
_TRY_AGAIN: Final = (408, 425, 429)


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>` over `id.timestamp.body`; the secret is `whsec_` and base64, or any text."""
    given = secret.removeprefix("whsec_")
    key = base64.b64decode(given) if secret.startswith("whsec_") else given.encode()
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Webhook:
    """POSTs JSON; 2xx is delivered, 408, 425, 429 and 5xx are tried again, other 4xx never."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False)

    async def send(self, address: str, message: Message) -> None:
        """The receiver answered 2xx."""
        body = msgspec.json.encode({**message.facts, "subject": message.subject, "text": message.text})
        now = int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._secret, message.key, now, body),
        }
        try:
            answer = await self._client.post(address, content=body, headers=headers)
        except httpx.InvalidURL as error:
            raise Undeliverable(f"{address} is no address") from error
        except httpx.HTTPError as error:
            raise Retry(f"{type(error).__name__}: {error}") from error
        if answer.is_success:
            return
        if answer.status_code in _TRY_AGAIN or answer.status_code >= 500:
            raise Retry(f"answered {answer.status_code}")
        raise Undeliverable(f"answered {answer.status_code}")

    async def close(self) -> None:
        """Connections are closed."""
        await self._client.aclose()
