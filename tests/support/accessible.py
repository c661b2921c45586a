"""Can everybody use the page that a browser shows? axe-core looks, and what it does not know is measured here."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
AXE_SHA256: Final = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
"""Of axe-core 4.14.1 as its makers published it."""

_RUN: Final = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(found => done(found.violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => one.id + ": " + one.help + " | "
        + one.nodes.map(node => node.html.slice(0, 160)).slice(0, 3).join(" | "))
), error => done(["axe failed: " + error]));
"""
_WIDE: Final = """
document.documentElement.style.fontSize = arguments[0];
const wide = document.documentElement.scrollWidth, seen = document.documentElement.clientWidth;
const out = [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > seen + 1);
document.documentElement.style.fontSize = "";
return wide > seen ? wide + " wide: " + out.slice(-3).map(e => e.outerHTML.slice(0, 120)).join(" | ") : "";
"""
_SMALL: Final = """
const found = [];
const isSeen = e => e.checkVisibility({checkVisibilityCSS: true}) && e.getClientRects().length > 0;
for (const e of document.querySelectorAll("body *")) {
    const has = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!has || ["OPTION", "TITLE", "SCRIPT", "title"].includes(e.tagName) || !isSeen(e)) continue;
    const scale = e.ownerSVGElement ? e.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(e).fontSize) * scale;
    if (size < 17.9) found.push(size.toFixed(1) + " px: " + e.outerHTML.slice(0, 120));
}
for (const e of document.querySelectorAll("a[href], button, select, textarea, summary, input:not([type=hidden])")) {
    if (!isSeen(e)) continue;
    const pressed = ["checkbox", "radio"].includes(e.type) ? e.closest("label") : e;
    const box = pressed.getBoundingClientRect();
    if (box.height < 47.9 || box.width < 47.9)
        found.push(box.width.toFixed(0) + " x " + box.height.toFixed(0) + ": " + e.outerHTML.slice(0, 120));
}
return found;
"""
_STOPS: Final = """
window.stops = [];
document.addEventListener("focusin", event => window.stops.push(event.target));
window.expected = [...document.querySelectorAll("a[href], button, select, textarea, summary, input:not([type=hidden])")]
    .filter(e => e.checkVisibility({checkVisibilityCSS: true}) && !e.disabled)
    .filter((e, n, all) => {
        const group = all.filter(o => o.type === "radio" && o.name === e.name);
        return e.type !== "radio" || e === (group.find(o => o.checked) || group[0]);
    });
document.activeElement.blur();
window.getSelection().collapse(document.body, 0);
// Day, month, year, hour, minute and picker are stops of one box.
return window.expected.length + 6 * document.querySelectorAll("input[type^=date]").length;
"""
_ORDER: Final = """
const seen = window.stops, wanted = window.expected;
const missing = wanted.filter(e => !seen.includes(e)).map(e => "not reached: " + e.outerHTML.slice(0, 120));
const reached = seen.filter((e, n) => seen.indexOf(e) === n && wanted.includes(e));
// A page may begin in the middle, where one writes first: behind its end it begins anew, once.
const back = reached.filter((e, n) => n && wanted.indexOf(e) < wanted.indexOf(reached[n - 1]));
return [...missing, ...(back.length > 1 ? back : []).map(e => "out of order: " + e.outerHTML.slice(0, 120))];
"""


def axe_finds(browser: Any) -> list[str]:
    """What axe-core calls serious or critical."""
    text = AXE.read_bytes()
    assert sha256(text).hexdigest() == AXE_SHA256, f"{AXE} is not what its makers published"
    browser.execute_script(text.decode())
    return list(browser.execute_async_script(_RUN))


def too_wide(browser: Any) -> list[str]:
    """What must be scrolled sideways, in print as it is and twice as large."""
    base = float(browser.execute_script("return parseFloat(getComputedStyle(document.documentElement).fontSize)"))
    found = (browser.execute_script(_WIDE, size) for size in ("", f"{2 * base}px"))
    return [one for one in found if one]


def too_small(browser: Any) -> list[str]:
    """Text under 18 px, and what is pressed under 48 px."""
    return list(browser.execute_script(_SMALL))


def not_by_keyboard(browser: Any) -> list[str]:
    """What the tabulator does not reach, or reaches out of order."""
    number = int(browser.execute_script(_STOPS))
    for _ in range(number + 2):
        for kind in ("rawKeyDown", "keyUp"):
            key = {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
            browser.execute_cdp_cmd("Input.dispatchKeyEvent", key)
    return list(browser.execute_script(_ORDER))
