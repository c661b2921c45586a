"""The body of a request, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ingest.gateway.bodies import MOST_BODY_BYTES, Stalled, TooLarge, read_body


async def _body(*parts: bytes, then_waits: float = 0.0) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    await asyncio.sleep(then_waits)


async def test_a_body_that_stalls_is_given_up_and_one_without_end_is_never_kept() -> None:
    assert await read_body(_body(b"[", b"]")) == b"[]"
    with pytest.raises(Stalled):
        await read_body(_body(b"[", then_waits=60), seconds=0.01)
    with pytest.raises(TooLarge):
        await read_body(_body(*[b" " * 65_536] * (MOST_BODY_BYTES // 65_536), b" ", then_waits=60))
