"""Every board and its file, and the file of alerts: `python -m dashboards.grafana.boards` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from dashboards.grafana.alerting import alerting
from dashboards.grafana.early_warning import early_warning
from dashboards.grafana.facility import facility
from dashboards.grafana.on_call import on_call
from dashboards.grafana.panels import Json
from dashboards.grafana.platform import platform
from dashboards.grafana.quality import quality
from dashboards.grafana.regions import regions

FOLDER: Final = Path(__file__).parent / "boards"
ALERTING: Final = Path(__file__).parent / "provisioning" / "alerting" / "platform.json"


def boards() -> dict[str, Json]:
    """The boards by the name of their file."""
    return {
        "regions.json": regions(),
        "early-warning.json": early_warning(),
        "facility.json": facility(),
        "platform.json": platform(),
        "quality.json": quality(),
        "on-call.json": on_call(),
    }


def text(board: Json) -> str:
    """What stands in its file."""
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    """Every board stands in its file as generated, and what Grafana itself watches."""
    FOLDER.mkdir(exist_ok=True)
    for name, board in boards().items():
        (FOLDER / name).write_text(text(board), "utf-8")
    ALERTING.parent.mkdir(exist_ok=True)
    ALERTING.write_text(text(alerting()), "utf-8")


if __name__ == "__main__":
    write()
