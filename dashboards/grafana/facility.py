"""Facility: is this one heard, does it check everybody, who of its region is silent, and who is getting worse?"""

from __future__ import annotations

from typing import Final

from dashboards.grafana.facility_queries import now, shown_day, trend
from dashboards.grafana.pages import board
from dashboards.grafana.panels import Json, Question, facilities, stat
from dashboards.grafana.panels import trend as panel

_LATEST: Final = ("所选机构已截止的最近一期。", "The facility's latest period of the chosen time that is over.")
_BY_DAY: Final = (
    "每点为一天(或一期);没有点即为空白,不是零。",
    "A point is a day or a period; no point is a blank, not a zero.",
)


def _number(zh: str, en: str, name: str) -> Json:
    return stat(Question(zh, en, *_LATEST), now(name), (name,))


def _lines(zh: str, en: str, *names: str) -> Json:
    return panel(Question(zh, en, *_BY_DAY), *names, of=trend)


def facility() -> Json:
    """The board."""
    panels = [
        facilities(
            Question(
                "本地区哪些机构要先看？",
                "Which facilities of the region should be looked at first?",
                "直接属于所选地区(通常为县)的机构;未报送的排在前,其次为聚集性信号、新增阳性和未办结预警。点机构名看下方各图。",
                "Facilities that lie directly in the chosen region, usually a county; silent ones first, then "
                "clusters, new positives and open alerts. A click on one shows it below.",
            ),
            *("silent", "clusters_open", "positives", "alerts_open", "checks_done_share", "above_baseline_share"),
            first="silent desc nulls last, clusters_open desc nulls last, positives desc nulls last, alerts_open desc",
        ),
        stat(Question("看哪一期？", "Which day?", *_LATEST), shown_day(), ()),
        _number("多少老人？", "Residents?", "residents"),
        _number("监测做了多少？", "Checked?", "checks_done_share"),
        _number("新增多少阳性？", "Positive?", "positives"),
        _number("预警未办结？", "Open alerts?", "alerts_open"),
        _number("多少人住院？", "In hospital?", "in_hospital"),
        _lines("每天都在测吗？", "Is everybody checked every day?", "checks_due", "checks_done", "readings"),
        _lines("有没有中断报送？", "Was it ever silent?", "silent", "unwatched", "reports_missing"),
        _lines("测量在偏离平时吗？", "Are readings leaving the usual?", "above_baseline_share"),
        _lines("有病例吗？", "Are there cases?", "symptomatic", "positives", "positives_staff", "clusters_open"),
        _lines("预警多吗？", "How many alerts?", "alerts_p1", "alerts_p2", "alerts_p3", "alerts_open"),
        _lines(
            "有人及时来吗？", "Does somebody come in time?", "told_minutes", "acknowledged_minutes", "accepted_minutes"
        ),
        _lines("转诊顺利吗？", "Do referrals reach a bed?", "referrals_requested", "bed_minutes", "referrals_no_bed"),
        _lines("数据可信吗？", "Can the data be trusted?", "held", "quarantined", "late"),
        _lines("人手和设备够吗？", "Are there enough staff and equipment?", "occupants", "staff_on_duty", "oximeters"),
        _lines("缺药吗？", "Is medicine short?", "antiviral_short", "antipyretic_short", "difficulties_open"),
    ]
    return board("sizao-facility", "机构", "Facility", panels, of_facility=True)
