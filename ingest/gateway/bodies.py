"""From a request's body to single events as they were sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from msgspec import Raw

from ingest.sentences import Refused

MOST_BODY_BYTES: Final = 1024 * 1024
MOST_BODY_EVENTS: Final = 5_000
BODY_SECONDS: Final = 60.0
"""For 1 MiB: a line of 140 kbit/s has sent it by then, and nobody holds a place for ever (own choice)."""

_raws = msgspec.json.Decoder(list[Raw])
_raw = msgspec.json.Decoder(Raw)


class TooLarge(Refused):
    """Split it and send the parts."""

    def __init__(self, what: str, zh: str) -> None:
        super().__init__(f"{zh}，请拆分后分次发送", f"{what}: split it and send the parts one after another")


class Stalled(Exception):
    """The rest did not come."""


async def read_body(stream: AsyncIterator[bytes], seconds: float = BODY_SECONDS) -> bytes:
    """The whole body; raises TooLarge as soon as it is, whatever length was announced, and Stalled."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in stream:
                size += len(part)
                if size > MOST_BODY_BYTES:
                    raise TooLarge("the body is larger than 1 MiB", "请求体超过 1 MiB")
                parts.append(part)
    except TimeoutError as error:
        raise Stalled from error
    return b"".join(parts)


def split(body: bytes) -> list[bytes]:
    """The events of one event, a JSON array, or NDJSON; raises Refused for what is none of them."""
    events = _split(body.strip())
    if len(events) > MOST_BODY_EVENTS:
        raise TooLarge(f"{len(events)} events are more than 5,000", f"{len(events)} 个事件超过 5,000 个")
    if not events:
        raise Refused("请求体为空", "the body is empty: send an event, an array of events, or one event a line")
    return events


def _split(body: bytes) -> list[bytes]:
    try:
        if body[:1] == b"[":
            return [bytes(raw) for raw in _raws.decode(body)]
        if body:
            _raw.decode(body)
            return [body]
        return []
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        lines = [line.strip() for line in body.split(b"\n") if line.strip()]
        if body[:1] == b"{" and len(lines) > 1:
            return lines  # one event a line; each line is judged by itself
        raise Refused(
            f"请求体不是有效的 JSON：{error}", f"the body is no valid JSON, mend and send again: {error}"
        ) from error
