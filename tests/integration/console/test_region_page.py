"""A county's staff see what is open in their region, silent homes and referrals on the way; and nobody's name."""

from __future__ import annotations

import re
from html import unescape

from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from store import modes
from store.connection import transaction
from tests.acceptance.referring import Ward
from tests.acceptance.story import REGION, Story
from tests.support.accounts import sign_in


async def _page(client: AsyncTestClient, path: str) -> str:  # type: ignore[type-arg]
    return " ".join(unescape(re.sub("<[^>]*>", " ", (await client.get(path)).text)).split())


async def test_a_region_says_what_is_open_who_is_silent_and_who_is_on_the_way(ill: Story, database: str) -> None:
    await ill.home("F-002", name="夕阳红养老院")
    ill.resident("R-09", "F-002").rests(spo2=86)
    await ill.judged()
    now, connection = ill.now, ill.connection
    await connection.execute(
        "update alerts set condition = 'facility_silent', severity = 2, opened_at = opened_at - interval '3 h'"
        " where id = 2"
    )
    await connection.execute("update alerts set next_escalation_at = now() + interval '3 min' where id = 1")
    await Ward(ill).says("requested", "王院长")
    async with transaction(connection):
        await modes.decide(connection, "3706", "封闭管理", now, "烟指发〔2026〕9号", "疾控科")
        # What was decided now is in force now.
        await connection.execute("update region_modes set valid_from = valid_from - interval '1 h'")
    async with AsyncTestClient(make_console(database)) as client:
        await sign_in(client, database, Role.VIEWER, region_prefix="37")
        county, city = await _page(client, f"/regions/{REGION}"), await _page(client, "/regions/370600")
        for text in (county, city):
            for words in (
                "封闭管理",
                "烟指发〔2026〕9号",
                "■ 特急(建议立即转诊) 1 1",
                "▲ 紧急 1 1",
                "夕阳红养老院 自",
                "转诊途中 2 幸福敬老院 已申请转诊",
            ):
                assert words in text.replace("机构 到哪一步 自 下一步时限 ", ""), words
            assert not re.search("R-0[79]", text), "nobody is named"
        assert "山东省烟台市" in await _page(client, "/")
        assert (await client.get("/regions/510107")).status_code == 404
        await sign_in(client, database, Role.DESK, login="desk", region_prefix="370613")
        assert 'href="/alerts/1"' in (await client.get(f"/regions/{REGION}")).text
        assert (await client.get("/regions/370600")).status_code == 404, "a county's desk has its county"
