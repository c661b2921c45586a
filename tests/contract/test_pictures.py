"""The page that draws the boards knows what they use, and its packages are pinned to one release of Grafana's."""

from __future__ import annotations

import json
import re
from typing import Final

from dashboards.grafana.boards import boards
from tests.support.needs import PROJECT

PAGE: Final = PROJECT / "tests" / "pictures" / "page"
PANELS: Final = [panel for board in boards().values() for panel in board["panels"]]


def test_every_kind_of_panel_on_a_board_is_one_that_the_page_draws() -> None:
    (drawn,) = re.findall(r"const DRAWN = \{(.*?)\}", (PAGE / "panels.tsx").read_text("utf-8"))
    assert {panel["type"] for panel in PANELS} == set(re.findall(r"(\w+):", drawn))


def test_every_property_of_a_field_is_one_that_the_page_hands_to_grafanas_library() -> None:
    text = (PAGE / "fields.ts").read_text("utf-8")
    (standard,) = re.findall(r"const STANDARD.*?= \{(.*?)\n\};", text, re.DOTALL)
    known = set(re.findall(r"(\w+):", standard))
    (own,) = re.findall(r"const OWN.*?= \{(.*?)\n\};", text, re.DOTALL)
    for panel in PANELS:
        (of_kind,) = re.findall(rf"\n  {panel['type']}: \{{(.*?)\}},(?=\n  \w+: |$)", own, re.DOTALL)
        custom = {f"custom.{name}" for name in re.findall(r"(\w+):", of_kind)}
        defaults = dict(panel["fieldConfig"]["defaults"])
        used = {f"custom.{name}" for name in defaults.pop("custom")} | set(defaults)
        used |= {one["id"] for override in panel["fieldConfig"]["overrides"] for one in override["properties"]}
        assert used <= known | custom, panel["title"]


def test_every_board_has_its_picture_and_none_is_large() -> None:
    folder = PROJECT / "docs" / "pictures"
    found = {path.name: path.stat().st_size for path in folder.glob("board-*.png")}
    assert found.keys() == {f"board-{name.removesuffix('.json')}.png" for name in boards()}, "make pictures draws them"
    assert max(found.values()) < 300_000
    shown = (PROJECT / "docs" / "boards.md").read_text("utf-8")
    assert [name for name in found if f"(pictures/{name})" not in shown] == []


def test_the_packages_of_the_page_are_pinned_and_their_lock_names_no_registry() -> None:
    wanted = json.loads((PAGE / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values()), wanted
    grafana = {version for name, version in wanted.items() if name.startswith("@grafana/")}
    assert len(grafana) == 1
    lock = (PAGE / "package-lock.json").read_text()
    packages = json.loads(lock)["packages"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert '"resolved"' not in lock
    copyleft = re.compile(r"\bA?GPL|SSPL|BUSL")
    assert [name for name, one in packages.items() if copyleft.search(one.get("license", ""))] == []
