"""Early warning: where do readings leave the usual before tests say so, and where do cases come together?"""

from __future__ import annotations

from dashboards.grafana.pages import board
from dashboards.grafana.panels import Json, Question, squares, table, trend
from dashboards.grafana.regions import SHOWN

_AHEAD = (
    "超出本人平时值的测量占比:血氧低于本人日中位数的第20百分位,或体温高于第80百分位。不看高低,看是否持续上升;"
    "英国460家养老机构的研究中,类似指标比死亡登记早两周。",
    "The share of readings beyond the resident's own baseline: oxygen under the 20th centile of the resident's daily "
    "medians, or temperature over the 80th. Look for a lasting rise, not for a level; in a study of 460 English care "
    "homes a like share ran two weeks ahead of registered deaths.",
)


def early_warning() -> Json:
    """The board."""
    panels = [
        SHOWN,
        trend(
            Question("测量在偏离平时吗？", "Are readings leaving the usual?", *_AHEAD),
            *("above_baseline_share",),
            width=20,
        ),
        squares(
            Question(
                "哪里在偏离平时？",
                "Where do readings leave the usual?",
                "每个方块为一个下级地区,颜色越深占比越高(25%、30%、40%分档,本平台取值);位置为示意。点地区名进入下一级。",
                "A square for each region below; the darker, the higher the share (steps at 25, 30, 40 %, our choice). "
                "Where a square lies is a sketch. A click on the region goes one level down.",
            ),
            *("above_baseline_share", "readings_compared", "symptomatic", "clusters_open"),
            limits=(25, 30, 40),
            worst="high",
            width=10,
        ),
        table(
            Question(
                "哪些地区应当先核实？",
                "Which regions should be looked at first?",
                "未办结的聚集性信号最多的排在前,其次为超出本人平时值的占比;可比测量少于100条的占比不稳。点地区名进入下一级。",
                "Most open clusters first, then the highest share; of fewer than 100 readings a share says little. "
                "A click on the region goes one level down.",
            ),
            *("clusters_open", "clusters_found", "above_baseline_share", "readings_compared", "symptomatic"),
            first="clusters_open desc nulls last, above_baseline_share desc nulls last, readings_compared desc",
            width=14,
            height=12,
        ),
        trend(
            Question(
                "病例在聚集吗？",
                "Do cases come together?",
                "聚集性病例和病例异常增多的信号:新发现的,和当时未办结的。",
                "Signals of cases close together, and of more than chance brings: newly found, and not yet closed.",
            ),
            *("clusters_found", "clusters_open"),
        ),
        trend(
            Question(
                "症状先于阳性吗？",
                "Do symptoms run ahead of positives?",
                "按采样和按报告两条阳性线之间的距离,就是报告晚了多久。",
                "The distance between positives by specimen and by report is how late reports are.",
            ),
            *("symptomatic", "positives", "positives_reported"),
        ),
        trend(
            Question(
                "检测够不够？",
                "Are there enough tests?",
                "阳性率上升而检测数不升,说明有病例没有查到。",
                "Positivity that rises while tests do not: cases are missed.",
            ),
            *("tests", "positivity"),
        ),
        trend(
            Question(
                "工作人员先阳性吗？",
                "Are staff positive first?",
                "工作人员的阳性常早于入住老年人。",
                "Staff often come before residents.",
            ),
            *("positives_staff", "positives"),
        ),
    ]
    return board("sizao-early-warning", "早期预警", "Early warning", panels)
