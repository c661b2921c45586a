"""Data quality: how far can the figures be trusted, and where are they missing?"""

from __future__ import annotations

from dashboards.grafana.pages import board
from dashboards.grafana.panels import Json, Question, table, trend
from dashboards.grafana.regions import SHOWN

_REPORTED = ("occupants", "beds", "staff_on_duty", "oximeters", "oxygen_devices", "readings")


def quality() -> Json:
    """The board."""
    panels = [
        SHOWN,
        trend(
            Question(
                "多少测量不能直接采用？",
                "How many readings cannot be used as they are?",
                "待复测的等第二次测量;留存的不参与研判。",
                "Held ones wait for a repeat; quarantined ones are kept and not judged.",
            ),
            *("held", "quarantined"),
            width=20,
        ),
        table(
            Question(
                "哪些地区的数据要核对？",
                "Whose data should be verified?",
                "留存和待复测最多的排在前。点地区名进入下一级。",
                "Most quarantined first, then most held. A click on the region goes one level down.",
            ),
            *("readings", "quarantined", "held", "late", "untiered", "unwatched"),
            first="quarantined desc nulls last, held desc",
            width=24,
        ),
        table(
            Question(
                "哪些数字没有报？",
                "Which figures are blank?",
                "每列旁为该项空白的机构数;空白不是零。在住人数空白最多的排在前。",
                "Beside each figure, how many facilities left it blank; blank is not zero. Most blank occupants first.",
            ),
            *_REPORTED,
            blanks=_REPORTED,
            first="occupants_blank desc",
            width=24,
        ),
        trend(
            Question(
                "多少数据是补传的？",
                "How much comes late?",
                "补传的数据计入它所属的日期。",
                "What comes late counts on the day it belongs to.",
            ),
            *("late",),
            width=8,
        ),
        trend(
            Question(
                "日报按时报了吗？",
                "Are reports in time?",
                "已报日报,和其中截止后才补传的。",
                "Reports that were given, and of them those that came after their cut-off.",
            ),
            *("reports_given", "reports_late"),
            width=8,
        ),
        trend(
            Question(
                "有多少机构平台没有看到？",
                "How many facilities did we not look at?",
                "平台自身原因;这些机构不算未报送。",
                "By our own outages; these facilities are not counted as silent.",
            ),
            *("unwatched", "reports_unwatched"),
            width=8,
        ),
    ]
    return board("sizao-quality", "数据质量", "Data quality", panels)
