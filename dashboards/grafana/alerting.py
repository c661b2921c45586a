"""What does Grafana itself watch? That its two sources answer: who else would see that Prometheus is dead?

Platform alone, and only what no rule of Prometheus can say; about people our own
sender tells. What fires goes to the same Alertmanager, so operators have one
inbox. Provisioned from `provisioning/alerting/platform.json`, which `make boards` writes.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from dashboards.grafana.panels import FIGURES_SOURCE, METRICS_SOURCE, Json

FOLDER: Final = "四早 Sizao"
_ORGANISATION: Final = 1  # the nation's and the operators'
_OPERATORS: Final = "sizao-operators"
_EXPRESSION: Final = {"type": "__expr__", "uid": "__expr__"}


class Watch(Struct, frozen=True):
    """A number that is asked for, and when it is bad; no answer is bad too."""

    name: str
    source: Json
    query: Json
    bad: tuple[str, float]  # lt or gt, and the limit
    minutes: int  # so long before anybody is told
    summary: str
    description: str


WATCHES: Final = (
    Watch(
        "BoardsSeeNoMetrics",
        METRICS_SOURCE,
        {"expr": 'count(ALERTS{alertname="Watchdog"})', "instant": True, "range": False},
        ("lt", 1),
        5,
        "Prometheus does not answer Grafana, or judges no rule",
        "While it stands, no other alert about the platform comes.",
    ),
    Watch(
        "BoardsSeeNoFigures",
        FIGURES_SOURCE,
        {
            "rawSql": "select (extract(epoch from now())::bigint + 28800) / 86400 - max(day) as days\n"
            "from region_figures where region = '000000' and grain = 'day'",
            "format": "table",
            "editorMode": "code",
            "rawQuery": True,
        },
        ("gt", 1),
        10,
        "The boards have no figures of today or yesterday",
        "Their role cannot sign in, or nothing is counted. Boards and dispatch show old numbers.",
    ),
)


def alerting() -> Json:
    """The file: rules, whom they tell, and that everything goes there."""
    return {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": _ORGANISATION,
                "name": "sizao-boards",
                "folder": FOLDER,
                "interval": "1m",
                "rules": [_rule(one) for one in WATCHES],
            }
        ],
        "contactPoints": [
            {
                "orgId": _ORGANISATION,
                "name": _OPERATORS,
                "receivers": [
                    {
                        "uid": _OPERATORS,
                        "type": "prometheus-alertmanager",
                        "settings": {"url": "http://alertmanager:9093"},
                    }
                ],
            }
        ],
        "policies": [{"orgId": _ORGANISATION, "receiver": _OPERATORS, "group_by": ["alertname"]}],
    }


def _rule(watch: Watch) -> Json:
    kind, limit = watch.bad
    asked = {"refId": "A", "datasource": watch.source, "intervalMs": 1_000, "maxDataPoints": 43_200, **watch.query}
    judged: dict[str, Any] = {
        "refId": "B",
        "datasource": _EXPRESSION,
        "type": "threshold",
        "expression": "A",
        "conditions": [{"evaluator": {"type": kind, "params": [limit]}}],
    }
    return {
        "uid": watch.name,
        "title": watch.name,
        "condition": "B",
        "for": f"{watch.minutes}m",
        "noDataState": "Alerting",
        "execErrState": "Alerting",
        "labels": {"severity": "ticket"},
        "annotations": {
            "summary": watch.summary,
            "description": watch.description,
            "runbook": f"docs/runbooks/{watch.name}.md",
        },
        "data": [_data(watch.source["uid"], asked), _data("__expr__", judged)],
    }


def _data(source: str, model: Json) -> Json:
    return {
        "refId": model["refId"],
        "datasourceUid": source,
        "relativeTimeRange": {"from": 600, "to": 0},
        "model": model,
    }
