"""Sends simulated events to the gateway, patiently: nothing is dropped, whatever it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import msgspec

MOST_A_POST: Final = 200
LONGEST_WAIT: Final = 5.0


class Refused(Exception):
    """The gateway will never take this; the message says what to mend."""


class Posting:
    """Posts events of a facility with its token."""

    def __init__(self, gateway: str, tokens: Mapping[str, str]) -> None:
        self._client = httpx.AsyncClient(base_url=gateway, timeout=20)
        self._tokens = tokens
        self.accepted = 0
        self.rejected = 0

    async def send(self, facility: str, events: Sequence[dict[str, Any]]) -> None:
        """The gateway has all of them, or has said what is wrong with them. Raises Refused for a bad token."""
        for start in range(0, len(events), MOST_A_POST):
            await self._post(facility, events[start : start + MOST_A_POST])

    async def _post(self, facility: str, events: Sequence[dict[str, Any]]) -> None:
        body = msgspec.json.encode(events)
        headers = {"authorization": f"Bearer {self._tokens.get(facility, '')}", "content-type": "application/json"}
        wait = 0.2
        while True:
            try:
                answer = await self._client.post("/v1/events", content=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            if answer.status_code in (429, 503):
                await asyncio.sleep(float(answer.headers.get("retry-after", wait)))
                continue
            if answer.status_code in (401, 403):
                raise Refused(f"the gateway refuses the token of {facility}: make one with `sizao registry token`")
            results = answer.json().get("results", [])
            self.accepted += sum(one["result"] == "accepted" for one in results)
            self.rejected += sum(one["result"] == "rejected" for one in results)
            return

    async def close(self) -> None:
        """Connections are closed."""
        await self._client.aclose()
