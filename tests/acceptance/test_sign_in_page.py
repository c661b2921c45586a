"""Somebody signs in for the first time, in a real browser, by the keyboard, on a narrow screen, in large print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pyotp

from dashboards.console import passwords
from tests.support.accessible import axe_finds, too_small, too_wide
from tests.support.browser import chromium, served, set_width


def _types(browser: Any, *words: str) -> None:
    """Into the field that has the focus and those after it, then Enter; without a mouse. The next page is there."""
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    before = browser.find_element("tag name", "html")
    for number, word in enumerate(words):
        last = number == len(words) - 1
        browser.switch_to.active_element.send_keys(word, Keys.ENTER if last else Keys.TAB)
    WebDriverWait(browser, 20).until(lambda seen: seen.find_element("tag name", "html") != before)
    WebDriverWait(browser, 20).until(lambda seen: seen.execute_script("return document.readyState") == "complete")


def _fits(browser: Any) -> None:
    """Nothing sticks out to the right, also in print twice as large; everybody can read it and press it."""
    found = [*too_wide(browser), *too_small(browser), *axe_finds(browser)]
    assert not found, (browser.current_url, found)


def test_a_first_sign_in_needs_no_mouse_fits_a_telephone_and_breaks_no_policy(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(
            "insert into accounts (login, name, role, rights, region_prefix, password_hash, password_is_given)"
            " values ('zhao', '赵强', 'desk', '{acknowledge}', '37', %s, true)",
            (passwords.hashed("for once only"),),
        )
    with served(database) as address, chromium(tmp_path) as browser:
        set_width(browser, 360)
        browser.get(f"{address}/account")  # where somebody wanted to go
        _fits(browser)
        _types(browser, "zhao", "wrong wrong")
        assert "账号或密码不正确" in browser.page_source
        _fits(browser)
        _types(browser, "for once only")
        _fits(browser)
        _types(browser, "four words of mine", "four words of mine")
        _fits(browser)
        secret = browser.find_element("name", "secret").get_attribute("value")
        drawn = browser.find_element("css selector", "svg.qr").size
        assert drawn["width"] > 150, "large enough for a camera"
        _types(browser, pyotp.TOTP(secret).now())
        assert len(browser.find_elements("css selector", ".codes li")) == 8
        _fits(browser)
        browser.find_element("css selector", "a.button").click()
        assert browser.current_url == f"{address}/account"
        _fits(browser)
        english = browser.find_element("css selector", "a.language")
        english.click()
        text = re.sub("中文|赵强", "", browser.find_element("tag name", "body").text)
        assert not re.search("[一-鿿]", text), "one language at a time"
        said = [entry["message"] for entry in browser.get_log("browser")]
        assert not [one for one in said if "Content Security Policy" in one or "Error" in one], said
