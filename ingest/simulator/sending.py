"""Sends simulated events to the gateway, patiently: nothing is dropped, whatever it answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import httpx
import msgspec

MOST_A_POST: Final = 200
LONGEST_WAIT: Final = 5.0


class Refused(Exception):
    """The gateway will never take this; the message says what to mend."""


class Posting:
    """Posts events of a facility with its token."""

    def __init__(self, gateway: str, tokens: Mapping[str, str], say: Callable[[str], None] = lambda said: None) -> None:
        self._gateway = gateway
        self._say = say
        self._client = httpx.AsyncClient(base_url=gateway, timeout=20)
        self._tokens = tokens
        self.accepted = 0
        self.rejected = 0
        self.reasons: Counter[str] = Counter()  # why events were rejected

    async def send(self, facility: str, events: Sequence[dict[str, Any]]) -> None:
        """The gateway has all of them, or has said what is wrong with them. Raises Refused for a bad token."""
        for start in range(0, len(events), MOST_A_POST):
            await self._post(facility, events[start : start + MOST_A_POST])

    async def _post(self, facility: str, events: Sequence[dict[str, Any]]) -> None:
        if not self._tokens.get(facility):
            raise Refused(f"there is no token of {facility}: make one with `sizao registry token`")
        body = msgspec.json.encode(events)
        headers = {"authorization": f"Bearer {self._tokens[facility]}", "content-type": "application/json"}
        wait, is_waiting = 0.2, False
        while True:
            try:
                answer = await self._client.post("/v1/events", content=body, headers=headers)
            except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                raise Refused(f"{self._gateway} is no address such as http://127.0.0.1:8080") from error
            except httpx.HTTPError:
                if not is_waiting:
                    is_waiting = True
                    self._say(f"{self._gateway} does not answer: trying again until it does")
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            if answer.status_code in (429, 503):
                await asyncio.sleep(float(answer.headers.get("retry-after", wait)))
                continue
            if answer.status_code in (401, 403):
                raise Refused(f"the gateway refuses the token of {facility}: make one with `sizao registry token`")
            if answer.status_code not in (202, 400):
                raise Refused(f"{self._gateway} answers {answer.status_code}: is that the gateway's address?")
            results = answer.json().get("results", [])
            self.reasons.update(one["reason"]["en"] for one in results if one["result"] == "rejected")
            self.accepted += sum(one["result"] == "accepted" for one in results)
            self.rejected += sum(one["result"] == "rejected" for one in results)
            return

    async def close(self) -> None:
        """Connections are closed."""
        await self._client.aclose()
