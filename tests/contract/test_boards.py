"""The boards' files are as generated, read well in both languages, and name metrics and data sources that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard

from dashboards.grafana import tiles
from dashboards.grafana.alerting import FOLDER as ALERTS_FOLDER
from dashboards.grafana.alerting import WATCHES, alerting
from dashboards.grafana.boards import ALERTING, FOLDER, boards, text
from ingest import regions
from tests.contract.test_prometheus import GIVEN, exposed
from tests.support.needs import PROJECT

__all__ = ["exposed"]

PANELS = [(name, panel) for name, board in boards().items() for panel in board["panels"]]
NEWER = {"wrapHeaderText"}  # came with Grafana 12; those before wrap no headings
PROVISIONING = PROJECT / "dashboards" / "grafana" / "provisioning"


def test_the_files_are_as_generated() -> None:
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == {
        name: text(board) for name, board in boards().items()
    }, "make boards writes them"
    assert ALERTING.read_text("utf-8") == text(alerting()), "make boards writes it"


def test_each_panel_asks_a_question_in_both_languages_and_says_how_to_read_the_answer() -> None:
    for name, panel in PANELS:
        assert re.fullmatch(r"[一-鿿][^/]*？ / [A-Z][^/]*\?", panel["title"]), (name, panel["title"])
        zh, en = panel["description"].split("\n\n")
        assert re.search(r"[一-鿿]", zh), name
        assert re.search(r"[a-z]{3}", en), name
        assert not re.search(r"[一-鿿]", en), name


def test_panels_fill_the_grid_and_none_lies_over_another() -> None:
    for name, board in boards().items():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken, (name, panel["title"])
            assert max(x for x, _ in cells) < 24, (name, panel["title"])
            taken |= cells
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_each_province_has_a_square_of_its_own_and_nothing_asks_a_tile_server() -> None:
    provinces = {code for code in regions.last_names() if regions.is_valid(code) and regions.level(code) == "province"}
    assert tiles.places().keys() == provinces
    assert len(set(tiles.places().values())) == len(provinces)
    maps = [panel for _, panel in PANELS if panel["type"] == "geomap"]
    assert maps
    assert {(one["options"]["basemap"]["type"], one["options"]["basemap"]["opacity"]) for one in maps} == {
        ("default", 0)
    }
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]["grafana"]["environment"]
    assert json.loads(compose["GF_GEOMAP_DEFAULT_BASELAYER_CONFIG"])["config"]["url"].startswith(
        "data:image/gif;base64,"
    )


def test_each_key_of_a_board_is_one_that_grafanas_own_models_know() -> None:
    """They leave out what they do not know: a key that is spelt wrong would be silent in Grafana too."""
    register_default_plugins()
    for name, board in boards().items():
        read = json.loads(json.dumps(dashboard.Dashboard.from_json(json.loads(text(board))), cls=JSONEncoder))
        assert list(_left_out(board, read, name)) == []


def _left_out(given: Any, read: Any, at: str) -> Iterator[str]:
    """Where something of what was given is not there."""
    if isinstance(given, dict):
        for key, one in given.items():
            if key in read:
                yield from _left_out(one, read[key], f"{at}.{key}")
            elif one not in ([], {}, None, False, "") and key not in NEWER:
                yield f"{at}.{key}"
    elif isinstance(given, list):
        for number, one in enumerate(given):
            yield from _left_out(one, read[number], f"{at}[{number}]")
    elif given != read:
        yield f"{at}: {given} is {read}"


def test_boards_name_only_metrics_that_exist(exposed: dict[str, str]) -> None:
    shown = {name for one in exposed.values() for name in re.findall(r"^(sizao_\w+)", one, re.MULTILINE)}
    groups = yaml.safe_load((GIVEN / "rules.yml").read_text())["groups"]
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    asked = [target["expr"] for _, panel in PANELS for target in panel["targets"] if "expr" in target]
    assert asked
    for expr in asked:
        named = re.findall(r"\bsizao[_:][\w:]+", expr)
        assert named or "(up)" in expr, expr
        assert set(named) <= shown | recorded, expr


def test_what_grafana_watches_has_its_sources_a_runbook_and_tells_alertmanager() -> None:
    given = yaml.safe_load((PROVISIONING / "datasources" / "sizao.yml").read_text())["datasources"]
    known = {one["uid"] for one in given} | {"__expr__"}
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "sizao.yml").read_text())["providers"]
    written = json.loads(ALERTING.read_text("utf-8"))
    (group,) = written["groups"]
    assert group["folder"] == ALERTS_FOLDER == provider["folder"]
    for rule in group["rules"]:
        assert {one["datasourceUid"] for one in rule["data"]} <= known
        assert (rule["noDataState"], rule["execErrState"]) == ("Alerting", "Alerting"), "silence is not well"
        assert (PROJECT / rule["annotations"]["runbook"]).is_file()
    (point,) = written["contactPoints"]
    assert written["policies"] == [{"orgId": 1, "receiver": point["name"], "group_by": ["alertname"]}]
    host, port = point["receivers"][0]["settings"]["url"].removeprefix("http://").split(":")
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    assert f":{port}/" in compose[host]["healthcheck"]["test"][-1]
    rules = yaml.safe_load((GIVEN / "rules.yml").read_text())["groups"]
    alerts = {rule["alert"] for one in rules for rule in one["rules"] if "alert" in rule}
    asked = re.findall(r'alertname="(\w+)"', json.dumps([one.query for one in WATCHES]).replace("\\", ""))
    assert asked
    assert set(asked) <= alerts


@pytest.mark.parametrize("board", boards().values(), ids=boards())
def test_every_data_source_of_a_board_is_provisioned(board: dict[str, Any]) -> None:
    given = yaml.safe_load((PROVISIONING / "datasources" / "sizao.yml").read_text())["datasources"]
    known = {(one["type"], one["uid"]) for one in given}
    variables = [one["datasource"] for one in board["templating"]["list"] if "datasource" in one]
    targets = [target["datasource"] for panel in board["panels"] for target in panel["targets"]]
    assert {(one["type"], one["uid"]) for one in (*variables, *targets)} <= known


def test_grafana_finds_boards_data_sources_and_passwords_where_the_compose_file_puts_them() -> None:
    grafana = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]["grafana"]
    mounted = dict(volume.split(":")[:2][::-1] for volume in grafana["volumes"])
    assert mounted["/etc/grafana/provisioning"] == "./dashboards/grafana/provisioning"
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "sizao.yml").read_text())["providers"]
    assert PROJECT / mounted[provider["options"]["path"]] == FOLDER
    for one in yaml.safe_load((PROVISIONING / "datasources" / "sizao.yml").read_text())["datasources"]:
        for secret in one.get("secureJsonData", {}).values():
            named = re.fullmatch(r"\$__file\{/run/secrets/(\w+)\}", secret)
            assert named is not None
            assert named[1] in grafana["secrets"]
