"""The self-check goes the whole way, only a test alert proves it, and a page says when it did not."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from litestar import Litestar
from litestar.testing import AsyncTestClient

from alerts import proving
from alerts.notifiers.base import Message
from alerts.notifiers.webhook import signed_headers
from dashboards.console.app import make_console
from dashboards.console.routes.receipts import Doors
from dashboards.console.users import Role
from detectors.times import MINUTE
from store import proofs
from store.connection import transaction
from store.proofs import Proof
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

SECRET = "receipt-secret"


class Arriving:
    """The channel of the self-check, into the console without a socket."""

    def __init__(self, client: AsyncTestClient[Litestar]) -> None:
        self.client = client
        self.answers: list[int] = []

    async def send(self, address: str, message: Message) -> None:
        self.answers.append(await _posted(self.client, message.facts, SECRET))


async def _posted(client: AsyncTestClient[Litestar], facts: dict[str, Any], secret: str) -> int:
    body = msgspec.json.encode(facts)
    answer = await client.post("/self-check", content=body, headers=signed_headers(secret, "msg_1", body))
    return answer.status_code


async def test_a_test_alert_comes_back_and_nobody_is_told(bare: Story, database: str) -> None:
    await bare.home(proving.FACILITY, drill=True)
    await bare.home("F-001")
    bare.now = round(time.time() * 1_000)
    bare.resident("R-07").rests(spo2=86)
    await bare.judged()
    (other,) = await bare.open_alerts()
    async with AsyncTestClient(make_console(database, Doors(SECRET))) as client:
        bare.lines[proving.CHANNEL] = arriving = Arriving(client)  # type: ignore[assignment]
        assert await _posted(client, {"alert": other.id}, SECRET) == 404, "a real alert proves nothing"
        bare.resident(proving.RESIDENT, proving.FACILITY).rests(spo2=proving.LOW_PERCENT)
        await bare.judged()
        test = next(row for row in await bare.open_alerts() if row.id != other.id)
        assert await _posted(client, {"alert": test.id}, "another") == 401
        assert await proofs.last(bare.connection) is None
        await bare.sends()
        assert arriving.answers == [200]
        proof = await proofs.last(bare.connection)
        assert proof is not None
        assert proof.begun_at == test.opened_at
        seen = {row.id: row.signal for row in await bare.open_alerts()}
        assert seen == {other.id: "on", test.id: "acknowledged"}
        assert bare.heard_all == []
        told = {(one.channel, one.status) for one in await bare.told() if one.alert_id == test.id}
        assert told == {(proving.CHANNEL, "sent"), ("nobody", "not_told")}


async def test_every_page_says_when_the_way_was_proven_and_turns_red_when_that_is_long_ago(
    bare: Story, database: str
) -> None:
    now = round(time.time() * 1_000)
    broken = 'class="proof broken"'
    async with AsyncTestClient(make_console(database, Doors(SECRET))) as client:
        await bare.connection.execute("delete from proofs")
        await client.app.state.watch.look()
        await sign_in(client, database, Role.DESK, region_prefix="3706")
        assert "告警链路尚未验证" in (await client.get("/")).text
        for ago, expected in ((proving.TRUSTED_FOR + MINUTE, True), (MINUTE, False)):
            async with transaction(bare.connection):
                await proofs.add(bare.connection, Proof(now - ago, now - ago + 1_000))
            await client.app.state.watch.look()
            page = (await client.get("/")).text
            assert (broken in page) is expected
            assert ((await client.get("/fragments/proof")).json()["until"] < now) is expected
