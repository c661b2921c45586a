"""What does a province see? An organisation of its own: a data source that reads its figures alone, and the boards.

The boards are the same files as the nation's; only the region they open with is
the province's. What is about the platform stays with the operators.
"""

from __future__ import annotations

import copy
from typing import Final
from urllib.parse import unquote, urlsplit

from dashboards.grafana.api import Grafana, Json
from dashboards.grafana.boards import boards
from dashboards.grafana.panels import FIGURES_SOURCE
from ingest import regions

FOLDER: Final = ("sizao", "四早 Sizao")
FIRST: Final = "sizao-regions"
"""The board that is seen first."""


def organisation_name(province: str) -> str:
    """What its organisation is called.

    >>> organisation_name("四川省")
    '四早 四川省'
    """
    return f"四早 {province}"


def source(database_url: str, role: str, password: str, seen_at: str | None = None, sslmode: str = "disable") -> Json:
    """The data source of a role; `seen_at`: host:port of the database, as Grafana reaches it."""
    at = urlsplit(database_url)
    return {
        "name": "统计数字 Figures",
        "uid": FIGURES_SOURCE["uid"],
        "type": FIGURES_SOURCE["type"],
        "access": "proxy",
        "url": seen_at or f"{at.hostname}:{at.port or 5432}",
        "user": role,
        "jsonData": {
            "database": unquote(at.path.lstrip("/")),
            "sslmode": sslmode,
            "postgresVersion": 1500,
            "maxOpenConns": 10,
        },
        "secureJsonData": {"password": password},
    }


def boards_of(region: str, name: str) -> list[Json]:
    """The boards of regions, opening with this one."""
    found = []
    for board in copy.deepcopy(list(boards().values())):
        variables = {one["name"]: one for one in board["templating"]["list"]}
        if "region" in variables:
            variables["region"]["current"] = {"text": name, "value": region}
            found.append(board)
    return found


def organisation_of(grafana: Grafana, region: str) -> Grafana | None:
    """The same Grafana, speaking of the province; None: it has no organisation."""
    number = grafana.find_organisation(organisation_name(regions.name(region) or region))
    return None if number is None else grafana.of(number)


def put_province(grafana: Grafana, region: str, name: str) -> Grafana:
    """The province has an organisation with the boards in a folder; the same Grafana, speaking of it."""
    own = grafana.of(grafana.put_organisation(organisation_name(name)))
    own.put_folder(*FOLDER)
    for board in boards_of(region, name):
        own.put_board(board, FOLDER[0])
    own.put_home(FIRST)
    return own
