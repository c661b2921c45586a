"""The story of one night, from a low reading to a hospital bed, by the pages alone; `make night` takes its pictures.

Everything is real: `sizao run` with its broker, worker, sender and gateway, and a Chromium for each of three people.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx
import pytest

from dashboards.console.sessions import COOKIE
from dashboards.console.users import Role
from detectors.times import HOUR, MINUTE, to_text
from sizao.registry import register
from tests.acceptance.test_run import Trial, running
from tests.support.accounts import sign_in
from tests.support.browser import chromium, set_width

PICTURES: Final = os.environ.get("SIZAO_PICTURES")
pytestmark = [pytest.mark.xdist_group("run"), pytest.mark.timeout(280)]
COUNTY: Final = {
    "hospitals.csv": "hospital,name,region,phones,green_channel\nH-1,莱山区人民医院,370613,0535-6700000,0535-6700120\n",
    "facilities.csv": "facility,name,region,zone,phones,hospital,cutoffs\n"
    "F-001,幸福敬老院,370613,Asia/Shanghai,0535-6100000,H-1,10:00;18:00\n",
    "units.csv": "facility,unit,name,beds\nF-001,3F,三楼东区,11;12;13\n",
    "desks.csv": "desk,name,zone,region,facility,hospital\n家,幸福敬老院,Asia/Shanghai,,F-001,\n"
    "县,莱山区值班室,Asia/Shanghai,370613,,\n急诊,莱山区人民医院急诊,Asia/Shanghai,,,H-1\n",
    "duty_people.csv": "person,name,ways\nP-1,护士小李,voice:13800000001\nP-2,王院长,voice:13800000002\n"
    "P-3,值班员赵强,voice:13800000003\nP-4,急诊张医生,voice:13800000004\n",
    "shifts.csv": "desk,role,person,days,from,to\n家,carer,P-1,every_day,00:00,00:00\n"
    "家,head,P-2,every_day,00:00,00:00\n"
    "县,duty_officer,P-3,every_day,00:00,00:00\n急诊,doctor,P-4,every_day,00:00,00:00\n",
    "residents.csv": "facility,resident,unit,bed,birth_year,usual_spo2,conditions,vaccination,medicines,allergies\n"
    "F-001,R-07,3F,12,1938,97,hypertension,full,氨氯地平,青霉素\nF-001,R-08,3F,13,1941,97,none,full,,\n",
}
TELEPHONE: Final = 390


class Screen:
    """Somebody before a browser of their own."""

    def __init__(self, browser: Any, address: str, token: str, width: int) -> None:
        self.browser, self.address, self.width = browser, address, width
        set_width(browser, width, 844 if width == TELEPHONE else 800)
        browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        browser.get(f"{address}/healthz")
        browser.add_cookie({"name": COOKIE, "value": token})

    def opens(self, path: str) -> None:
        self.browser.get(self.address + path)

    def sees(self, text: str, seconds: float = 30) -> None:
        """Within some time, without doing anything."""
        limit = time.monotonic() + seconds
        while text not in (seen := self._text()):
            assert time.monotonic() < limit, (text, seen)
            time.sleep(0.2)

    def _text(self) -> str:
        """What stands on the page; between two pages there is nothing."""
        return str(self.browser.execute_script("return document.body ? document.body.innerText : ''"))

    def writes(self, name: str, text: str) -> None:
        self.browser.find_element("css selector", f"main [name={name}]").send_keys(text)

    def chooses(self, name: str, value: str) -> None:
        from selenium.webdriver.support.ui import Select

        Select(self.browser.find_element("css selector", f"main [name={name}]")).select_by_value(value)

    def presses(self, words: str) -> None:
        """The button with these words; the next page is there."""
        self.browser.execute_script("window.pressed = true")
        button = self.browser.find_element("xpath", f"//main//button[contains(., '{words}')]")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        limit = time.monotonic() + 20
        while not self.browser.execute_script("return !window.pressed && document.readyState === 'complete'"):
            assert time.monotonic() < limit, words
            time.sleep(0.1)

    def is_taken(self, name: str, at: str = "", height: int = 0) -> None:
        """A picture, from the top or from what `at` selects on, where pictures are wanted."""
        if PICTURES is None:
            return
        from PIL import Image

        browser = self.browser
        usual = 844 if self.width == TELEPHONE else 800
        set_width(browser, self.width, height or usual)
        place = f"document.querySelector(`{at}`)" if at else "document.body"
        browser.execute_script(f"{place}.scrollIntoView({{block: 'start'}}); document.activeElement.blur()")
        time.sleep(0.3)
        file = Path(PICTURES) / f"{name}.png"
        browser.save_screenshot(str(file))
        # Sixty-four colours are enough for pages, and a third of the size.
        Image.open(file).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)
        set_width(browser, self.width, usual)


class Telephones(BaseHTTPRequestHandler):
    """The door of a telephone gateway: it has what it was given."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def telephones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Voice calls go somewhere."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Telephones) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("SIZAO_VOICE_GATEWAY", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("SIZAO_WEBHOOK_SECRET", "whsec_" + "c2VjcmV0IG9mIHRlbGVwaG9uZXM=")
        yield
        server.shutdown()


@pytest.fixture
def home(telephones: None) -> Iterator[Trial]:
    with running("--no-county") as made:
        yield made


@pytest.fixture
def seat(home: Trial, tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    """Seats before pages: `seat(Role.DESK, "赵强", region_prefix="3706")`."""
    from contextlib import ExitStack

    with ExitStack() as opened:

        def sits(role: Role, name: str, width: int = 1000, **scope: str) -> Screen:
            class Jar:
                cookies = httpx.Cookies()

            jar: Any = Jar()
            asyncio.run(sign_in(jar, home.database, role, login=role.value, name=name, **scope))
            profile = tmp_path / role.value
            profile.mkdir()
            return Screen(opened.enter_context(chromium(profile)), _page(home), jar.cookies[COOKIE], width)

        yield sits


def _page(home: Trial) -> str:
    return home.link().split("/sign-in")[0]


def _measured_for_three_days(home: Trial, folder: Path) -> None:
    for name, text in COUNTY.items():
        (folder / name).write_text(text, "utf-8")
    rosters = folder / "rosters"
    rosters.mkdir()
    for name in ("desks.csv", "duty_people.csv", "shifts.csv"):
        (folder / name).rename(rosters / name)
    words = [sys.executable, "-m", "sizao", "roster", "import", str(rosters), "--database-url", home.database]
    subprocess.run(words, check=True, capture_output=True)
    token = asyncio.run(register(home.database, folder, ["F-001"]))["F-001"]
    now = round(time.time() * 1_000)
    events = [
        {
            "type": "reading",
            "facility": "F-001",
            "resident": who,
            "observed_at": to_text(now - hours * HOUR - 7 * MINUTE),
            "spo2_percent": 96 + hours // 6 % 3 - (who == "R-07" and hours < 13),
            "pulse_per_min": 72 + hours % 7 + (12 if who == "R-07" and hours < 13 else 0),
            "temperature_celsius": 36.5 + hours % 4 / 10 + (0.6 if who == "R-07" and hours < 13 else 0),
            "temperature_site": "axillary",
        }
        for hours in range(66, 0, -6)
        for who in ("R-07", "R-08")
    ]
    gateway = f"http://127.0.0.1:{(home.state / 'gateway.port').read_text()}"
    answer = httpx.post(f"{gateway}/v1/events", json=events, headers={"authorization": f"Bearer {token}"}, timeout=20)
    assert answer.status_code == 202, answer.text
    home.until(lambda: home.rows("select count(*) from observations where facility_id <> 0")[0][0] >= len(events))


def test_one_night_from_a_low_reading_to_a_hospital_bed(
    home: Trial, seat: Callable[..., Screen], tmp_path: Path
) -> None:
    home.until(lambda: home.rows("select 1 from proofs"), 90)
    folder = tmp_path / "county"
    folder.mkdir()
    _measured_for_three_days(home, folder)
    carer = seat(Role.FACILITY, "护士小李", TELEPHONE, facility="F-001")
    desk = seat(Role.DESK, "值班员赵强", region_prefix="3706")
    doctor = seat(Role.HOSPITAL, "急诊张医生", hospital="H-1")

    # The duty officer tests the sound. The carer measures, and writes it down.
    desk.opens("/")
    desk.browser.find_element("css selector", "#siren-test").click()
    desk.sees("声音已开启")
    carer.opens("/facilities/F-001")
    carer.sees("最近的测量")
    carer.is_taken("01-home")
    carer.opens("/facilities/F-001/check?resident=R-07")
    for name, value in (("spo2_percent", "86"), ("pulse_per_min", "112"), ("temperature_celsius", "38.4")):
        carer.writes(name, value)
    carer.is_taken("02-check")
    carer.presses("提交")
    carer.sees("请再看一眼")  # ten points below the reading before
    carer.is_taken("03-look-again")
    carer.presses("核对无误")
    carer.sees("已接收：R-07")

    # It is judged at once: the inbox rings.
    desk.sees("血氧偏低", 30)
    assert desk.browser.execute_script("return document.body.classList.contains('ringing')")
    desk.is_taken("04-inbox")
    desk.browser.find_element("css selector", "a.alert.s1").click()
    desk.sees("血氧不高于88%")
    alert = desk.browser.current_url.removeprefix(desk.address)
    desk.is_taken("05-alert")
    desk.is_taken("06-curve", "h2:has(+ svg.plot)", 900)
    desk.presses("已知悉")
    desk.sees("值班员赵强 · 已知悉")

    # The carer goes, gives oxygen, and asks for a bed.
    carer.opens(alert)
    carer.presses("接手处置")
    carer.sees("护士小李已接手")
    carer.is_taken("07-accepted")
    carer.chooses("kind", "oxygen")
    carer.browser.find_element("css selector", "form.intervention [name=detail]").send_keys("2L/分")
    carer.presses("登记处置")
    carer.sees("2L/分 · 护士小李")
    carer.browser.find_element("css selector", "form.refer [name=reason]").send_keys("吸氧后血氧仍低，发热")
    carer.is_taken("08-intervention", "h2:has(+ ul.interventions)")
    carer.presses("申请转诊")
    carer.sees("已申请转诊")
    referral = carer.browser.current_url.removeprefix(carer.address)

    # The hospital looks, and has a bed.
    doctor.opens("/referrals")
    doctor.sees("幸福敬老院")
    doctor.is_taken("09-hospital")
    doctor.opens(referral)
    doctor.sees("过敏史")
    doctor.is_taken("10-doctor", "", 1000)
    doctor.is_taken("11-three-days", "h2:has(+ svg.plot)", 900)
    doctor.writes("bed", "急诊3床")
    doctor.presses("同意接收")
    doctor.sees("同意接收")

    # On the way, there, in bed, closed.
    carer.opens(referral)
    carer.chooses("step", "departed")
    carer.writes("transport", "120救护车")
    carer.presses("登记")
    carer.sees("已出发")
    carer.is_taken("12-departed")
    for step, words in (("arrived", "已到院"), ("admitted", "已收治")):
        doctor.opens(referral)
        doctor.chooses("step", step)
        doctor.presses("登记")
        doctor.sees(words)
    doctor.is_taken("13-in-bed", "", 900)
    desk.opens(referral)
    desk.chooses("step", "closed")
    desk.presses("登记")
    desk.sees("办结")
    desk.is_taken("14-closed", "", 900)
    desk.opens(alert)
    desk.is_taken("15-what-happened", "h2:has(+ ol.course)", 700)
