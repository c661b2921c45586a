"""What every channel offers."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Message(Struct, frozen=True):
    """What somebody is told. `key` is the same on every try, so that a receiver can drop repeats."""

    key: str
    subject: str
    text: str
    facts: dict[str, object]  # for machines
    kind: str = "alarm"
    variables: dict[str, str] = {}  # of a text that a carrier approved


class Retry(Exception):
    """Not delivered; the same again later may succeed."""


class Undeliverable(Exception):
    """Not delivered, and trying again will not help."""


class Notifier(Protocol):
    """Sends one message to one address. Raises Retry or Undeliverable."""

    async def send(self, address: str, message: Message) -> None:
        """The receiver has it, as far as the channel can tell."""
        ...
