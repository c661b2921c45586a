"""The ministry's page and the closure pack come from the console too, to whoever may read the dispatch."""

from __future__ import annotations

import csv
import io

from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from dashboards.dispatch.keeping import keep
from store.connection import Connection
from tests.integration.rollup.making import County, at
from tests.support.accounts import sign_in

REGION = "360102"


async def test_both_editions_say_the_numbers_of_the_region_and_nobody_elses(
    connection: Connection, database: str
) -> None:
    county = County(connection)
    await county.home("struck-36", REGION)
    await county.said("struck-36", county.reading(at(2, 9)), county.test(at(2, 8), "positive"))
    county.now = at(2, 17)
    await county.settle()
    path = f"/dispatches/{REGION}/edition?date=2026-05-29"
    async with AsyncTestClient(make_console(database)) as client:
        await sign_in(client, database, Role.VIEWER, login="reader-36", region_prefix="36")
        early = await client.get(f"{path}&edition=ministry&format=html")
        assert "该时段的数字尚未冻结" in early.text
        assert "<svg" not in early.text
        await keep(connection, at(2, 17))
        page = await client.get(f"{path}&edition=ministry&format=html")
        assert "新增阳性老年人1人" in page.text
        assert f"ministry-{REGION}-2026-05-29.html" in page.headers["content-disposition"]
        pack = await client.get(f"{path}&edition=closure&format=csv")
        rows = list(csv.reader(io.StringIO(pack.content.decode("utf-8-sig"))))
        assert [row[3] for row in rows if row and row[0] == "struck-36"] == ["近7期新增阳性老年人1人"]
        for wrong in ("edition=ministry&format=csv", "edition=other&format=html", "edition=closure&format=exe"):
            assert (await client.get(f"{path}&{wrong}", follow_redirects=False)).status_code == 303
        await sign_in(client, database, Role.VIEWER, login="reader-37", region_prefix="37")
        assert (await client.get(f"{path}&edition=ministry&format=html")).status_code == 404
