"""SMS and voice by an HTTP gateway: the county's own, or a thin one before a carrier. Both wake people.

The gateway gets signed JSON: id (the same on every try), to, text, template
and variables. A carrier sends only texts it has approved, by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from alerts.notifiers.base import Message, Undeliverable
from alerts.notifiers.http import client, post
from alerts.notifiers.webhook import signed_headers

_NUMBER: Final = re.compile(r"\+?[0-9][0-9 -]{4,18}[0-9]")
KEYS: Final = {"1": "accept", "2": "reject"}
"""What a pressed key means; the gateway answers at `receipt`."""


class _Gateway:
    """POSTs to one address; a number that is none is never tried."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._http = client()

    async def _post(self, address: str, message: Message, more: Mapping[str, object]) -> None:
        if not _NUMBER.fullmatch(address):
            raise Undeliverable("the address is no telephone number")
        to = re.sub(r"[ -]", "", address)
        body = msgspec.json.encode({"id": message.key, "to": to, "text": message.text, **more})
        await post(self._http, self._url, body, signed_headers(self._secret, message.key, body))


class Sms(_Gateway):
    """Short messages; `templates` maps a kind of message to the id that the carrier gave."""

    def __init__(self, url: str, secret: str, templates: Mapping[str, str]) -> None:
        super().__init__(url, secret)
        self._templates = templates

    async def send(self, address: str, message: Message) -> None:
        """The gateway took it."""
        template = self._templates.get(message.kind)
        if template is None:
            raise Undeliverable(f"SIZAO_SMS_TEMPLATES has no approved id for {message.kind}")
        await self._post(address, message, {"template": template, "variables": message.variables})


class Voice(_Gateway):
    """Calls that read the text out and take a key: 1 accepts, 2 rejects."""

    async def send(self, address: str, message: Message) -> None:
        """The gateway took it."""
        await self._post(address, message, {"keys": KEYS})
