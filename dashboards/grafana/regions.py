"""Nation and regions: where is it worst, how does it go on, and who does not report?"""

from __future__ import annotations

from typing import Final

from dashboards.grafana.pages import board
from dashboards.grafana.panels import Json, Question, squares, stat, table, trend
from dashboards.grafana.queries import now, shown_day

_LATEST = ("所选时间内各机构均已截止的最近一期。", "The latest period of the chosen time that is over everywhere.")
_BY_DAY = ("每点为一天(或一期),以截止日标注。", "A point is a day or a period, named by the day of its cut-off.")

_INTO = (
    "点地区名进入下一级,或看该地区的机构。",
    "A click on the region goes one level down, or to its facilities.",
)

_SHOWN: Final = Question("看哪一期？", "Which day?", *_LATEST)
SHOWN: Final = stat(_SHOWN, shown_day(), (), height=8)  # beside a panel of lines


def _number(zh: str, en: str, name: str) -> Json:
    return stat(Question(zh, en, *_LATEST), now(name), (name,))


def regions() -> Json:
    """The board."""
    panels = [
        stat(_SHOWN, shown_day(), ()),
        _number("多少机构？", "Facilities?", "facilities"),
        _number("多少没有数据？", "Silent?", "silent"),
        _number("监测做了多少？", "Checked?", "checks_done_share"),
        _number("新增多少阳性？", "Positive?", "positives"),
        _number("预警未办结？", "Open alerts?", "alerts_open"),
        table(
            Question(
                "哪些地区最需要关注？",
                "Which regions need attention first?",
                f"新增阳性最多的排在前,其次为未办结的聚集性信号和预警。{_INTO[0]}",
                f"Most newly positive first, then most open clusters and alerts. {_INTO[1]}",
            ),
            *("positives", "clusters_open", "alerts_open", "above_baseline_share", "in_hospital", "deaths"),
            first="positives desc nulls last, clusters_open desc nulls last, alerts_open desc",
            width=24,
            height=9,
        ),
        squares(
            Question(
                "哪里没有做完健康监测？",
                "Where are checks not done?",
                f"每个方块为一个下级地区,颜色越深完成率越低(80%、90%、95%分档);位置为示意,不是地图边界。{_INTO[0]}",
                "A square for each region below; the darker, the less was done (steps at 80, 90, 95 %). Where a square "
                f"lies is a sketch, no border. {_INTO[1]}",
            ),
            *("checks_done_share", "silent", "positives", "alerts_open"),
            limits=(80, 90, 95),
            worst="low",
            width=10,
        ),
        table(
            Question(
                "谁没有报送？",
                "Who does not report?",
                f"未报送数据和未报日报最多的排在前;平台自身中断不计入。{_INTO[0]}",
                f"Most silent facilities first, then most missing reports; our own outages are not theirs. {_INTO[1]}",
            ),
            *("facilities", "silent", "reports_due", "reports_missing", "reports_given_share", "unwatched"),
            first="silent desc nulls last, reports_missing desc",
            width=14,
            height=12,
        ),
        trend(
            Question("阳性和症状在增加吗？", "Are positives and symptoms rising?", *_BY_DAY),
            *("positives", "symptomatic", "positives_staff"),
        ),
        trend(
            Question("健康监测跟得上吗？", "Do checks and reports keep up?", *_BY_DAY),
            *("checks_done_share", "reports_given_share", "heard_share"),
        ),
        trend(
            Question("多少老人住院、去世？", "How many are in hospital, how many died?", *_BY_DAY),
            *("in_hospital", "hospitalised", "deaths"),
        ),
        trend(
            Question("预警在增加吗？", "Are there more alerts?", *_BY_DAY),
            *("alerts_p1", "alerts_p2", "alerts_p3", "alerts_open"),
        ),
    ]
    return board("sizao-regions", "全国和各地区", "Nation and regions", panels)
