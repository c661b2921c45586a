"""Signed robots of DingTalk groups. Information only: a robot's message wakes nobody, and sent is not seen."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Final
from urllib.parse import urlencode

import msgspec

from alerts.notifiers.base import Message, Undeliverable
from alerts.notifiers.http import client, post, taken_by_robot

HOST: Final = "https://oapi.dingtalk.com"
_TRY_AGAIN: Final = (-1, 130101)  # busy; more than 20 a minute


def sign(secret: str, milliseconds: int) -> str:
    """The base64 of an HMAC over `time\\nsecret`, as the robot's security page asks."""
    text = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


class DingTalk:
    """Sends to the robot of the address `token:SEC...`. The host is our own for a private installation."""

    def __init__(self, host: str = HOST) -> None:
        self._host = host.rstrip("/")
        self._http = client()

    async def send(self, address: str, message: Message) -> None:
        """The robot took it."""
        token, _, secret = address.partition(":")
        if not token or not secret:
            raise Undeliverable("the address of a DingTalk robot is token:secret")
        now = time.time_ns() // 1_000_000
        query = urlencode({"access_token": token, "timestamp": now, "sign": sign(secret, now)})
        body = msgspec.json.encode({"msgtype": "text", "text": {"content": message.text}})
        taken_by_robot(await post(self._http, f"{self._host}/robot/send?{query}", body, {}), _TRY_AGAIN)
