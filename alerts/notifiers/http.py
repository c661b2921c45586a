"""One POST of JSON, its failures sorted: what may succeed later, and what never will."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx
import msgspec

from alerts.notifiers.base import Retry, Undeliverable

TIMEOUT_SECONDS: Final = 10.0
_TRY_AGAIN: Final = (408, 425, 429)


def client() -> httpx.AsyncClient:
    """Connections that are kept; redirects are not followed: a body goes where it was sent."""
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False)


async def post(http: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """A 2xx answer; 408, 425, 429 and 5xx are Retry, other answers Undeliverable."""
    try:
        answer = await http.post(url, content=body, headers={"content-type": "application/json", **headers})
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Undeliverable("this is no address") from error
    except httpx.HTTPError as error:
        raise Retry(f"{type(error).__name__}: {error}") from error
    if answer.is_success:
        return answer
    if answer.status_code in _TRY_AGAIN or answer.status_code >= 500:
        raise Retry(f"answered {answer.status_code}")
    raise Undeliverable(f"answered {answer.status_code}")


class RobotAnswer(msgspec.Struct, frozen=True):
    """How robots answer: 200 with an error code inside."""

    errcode: int = 0
    errmsg: str = ""


def taken_by_robot(answer: httpx.Response, try_again: tuple[int, ...]) -> None:
    """The robot took it; codes in `try_again` are Retry, others Undeliverable."""
    try:
        said = msgspec.json.decode(answer.content, type=RobotAnswer)
    except msgspec.DecodeError as error:
        raise Retry("the answer is no JSON") from error
    if said.errcode in try_again:
        raise Retry(f"errcode {said.errcode}: {said.errmsg[:120]}")
    if said.errcode != 0:
        raise Undeliverable(f"errcode {said.errcode}: {said.errmsg[:120]}")
