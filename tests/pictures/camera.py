"""Pictures of boards: the page is built, opened in a real Chromium and taken, few in colours so files are small."""

from __future__ import annotations

import base64
import io
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from PIL import Image

from dashboards.grafana.panels import Json
from tests.pictures.answers import Chosen, told
from tests.pictures.typed import typed
from tests.support.browser import set_width

PAGE: Final = Path(__file__).parent / "page"
WIDTH: Final = 1_600
_COLORS: Final = 128
_ELSEWHERE: Final = {"/public/fonts/inter/": "@fontsource/inter/files", "/public/build/": "@grafana/ui/dist/public"}
_FONTS: Final = {
    f"Inter-{called}.woff2": f"inter-latin-{weight}-normal.woff2"
    for called, weight in (("Regular", 400), ("Medium", 500))
}

_CUT: Final = """
  const written = document.createRange();
  return [...document.querySelectorAll('h2, [role=grid], [role=columnheader]')]
    .filter((one) => {
      if (one.scrollWidth > one.clientWidth + 1) return true;
      const place = one.getBoundingClientRect();
      written.selectNodeContents(one);
      const text = written.getBoundingClientRect();
      return one.role === 'columnheader'
        && (text.left < place.left || text.right > place.right + 1 || text.top < place.top - 1);
    })
    .map((one) => one.textContent)
"""


@contextmanager
def page(boards: Iterable[Json]) -> Iterator[str]:
    """The address of the page, built from its sources, once the compiler has found nothing in it or in the boards."""
    if not (PAGE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PAGE, check=True)
    (PAGE / "built").mkdir(exist_ok=True)
    (PAGE / "built" / "boards.ts").write_text(typed(boards), "utf-8")
    for step in ("check", "build"):
        subprocess.run(["npm", "run", "--silent", step], cwd=PAGE, check=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/page.html"
    finally:
        server.shutdown()
        server.server_close()


class _Files(SimpleHTTPRequestHandler):
    """The page, with fonts and icons where Grafana's components look for them."""

    def translate_path(self, path: str) -> str:
        for asked, folder in _ELSEWHERE.items():
            if path.startswith(asked):
                name = path.removeprefix(asked)
                return str(PAGE / "node_modules" / folder / _FONTS.get(name, name))
        return str(PAGE / path.lstrip("/"))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is missing is a complaint of the browser."""


def take(browser: Any, address: str, given: Chosen, answers: Mapping[int, list[Json]]) -> bytes:
    """The whole board as a PNG; raises AssertionError where the page complains or leaves something out."""
    browser.get(address)
    browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    set_width(browser, WIDTH, 900)
    browser.execute_script(
        "draw(arguments[0])",
        {
            "board": given.board,
            "chosen": [{"label": label, "text": text} for label, text in (*given.texts, ("时间 / Time", told(given)))],
            "from": given.since,
            "to": given.until,
            "width": WIDTH,
            "answers": answers,
        },
    )
    time.sleep(3)
    height = browser.execute_script("return document.documentElement.scrollHeight")
    set_width(browser, WIDTH, height)
    time.sleep(2)
    cut = browser.execute_script(_CUT)
    assert not cut, f"titles, headings of columns or tables are cut off: {cut}"
    complaints = [one["message"] for one in browser.get_log("browser") if one["level"] == "SEVERE"]
    assert not complaints, complaints
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return _small(base64.b64decode(taken["data"]))


def _small(png: bytes) -> bytes:
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
