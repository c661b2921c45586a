"""What was written is not lost with the session, and what is pressed twice is sent once: in a real Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboards.console.sessions import COOKIE
from dashboards.console.users import Role
from tests.acceptance.story import Story
from tests.integration.console.test_every_page import Jar
from tests.support.accounts import sign_in
from tests.support.browser import chromium, served, set_width

FORM = "form.promise"


async def test_a_lost_session_keeps_what_was_written_and_two_taps_are_one(
    ill: Story, database: str, tmp_path: Path
) -> None:
    tokens = []
    for login in ("carer", "carer-again"):
        jar: Any = Jar()
        await sign_in(jar, database, Role.FACILITY, login=login, name="李娜", facility="F-001")
        tokens.append(jar.cookies[COOKIE])
    with served(database) as address, chromium(tmp_path) as browser:
        set_width(browser, 360)
        browser.get(f"{address}/healthz")
        browser.add_cookie({"name": COOKIE, "value": tokens[0]})
        browser.get(f"{address}/hand-overs")
        _write(browser, "九点给家属回电话")
        browser.delete_all_cookies()  # the session is over
        browser.find_element("css selector", f"{FORM} button").click()
        assert "刚才的内容没有提交" in browser.page_source
        onward = browser.find_element("css selector", "form").get_attribute("action")
        assert onward.endswith("/sign-in?next=%2Fhand-overs")
        browser.add_cookie({"name": COOKIE, "value": tokens[1]})  # signed in again
        browser.get(f"{address}/hand-overs")
        assert "还没有提交" in browser.find_element("css selector", ".resume").text
        assert _written(browser) == "九点给家属回电话"

        slow = {"offline": False, "latency": 1_500, "downloadThroughput": -1, "uploadThroughput": -1}
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
        said = browser.execute_script(
            f"const form = document.querySelector('{FORM}'); const button = form.querySelector('button');"
            "button.click(); button.click(); return document.querySelector('.sending').innerText;"
        )
        assert "正在提交" in said
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", slow | {"latency": 0})
        browser.back()  # to where it was written: it is not there to be sent again
        assert _written(browser) == ""
        browser.get(f"{address}/hand-overs")
        assert _written(browser) == ""
        assert browser.page_source.count("九点给家属回电话</b>") == 1


def _write(browser: Any, words: str) -> None:
    browser.find_element("css selector", f"{FORM} [name=words]").send_keys(words)


def _written(browser: Any) -> str:
    return str(browser.find_element("css selector", f"{FORM} [name=words]").get_attribute("value"))
