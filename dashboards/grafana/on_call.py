"""On-call performance: how soon is somebody told, does somebody come, and is there a bed?"""

from __future__ import annotations

from dashboards.grafana.pages import board
from dashboards.grafana.panels import Json, Question, table, trend
from dashboards.grafana.regions import SHOWN

_SHARES = ("told_in_time_share", "acknowledged_in_time_share", "accepted_in_time_share")


def on_call() -> Json:
    """The board."""
    panels = [
        SHOWN,
        trend(
            Question(
                "预警按时处置了吗？",
                "Are alerts answered in time?",
                "特急和紧急预警中按时通知、知悉、接手的占比;时限为本地设定。",
                "Of P1 and P2 alerts, the share told, acknowledged, accepted in time; limits are the region's own.",
            ),
            *_SHARES,
            width=20,
        ),
        table(
            Question(
                "哪些地区接手最慢？",
                "Where does it take longest until somebody comes?",
                "平均用时(分钟),接手最慢的排在前;尚未接手的不在平均数内,须与按时接手率同看。点地区名进入下一级。",
                "Mean minutes, slowest to accept first; who has not accepted yet is in no mean: read it beside the "
                "share in time. A click on the region goes one level down.",
            ),
            *("alerts_p1", "alerts_p2", *_SHARES, "told_minutes", "acknowledged_minutes", "accepted_minutes"),
            *("bed_minutes",),
            first="accepted_minutes desc",
            width=24,
        ),
        trend(
            Question(
                "预警值得叫人来吗？",
                "Are alerts worth calling somebody?",
                "在有评价的预警中,无需处置和误报的占比;评价率低时不能下结论。",
                "Of the alerts somebody gave a word on, the share that was nonactionable or false; while few are "
                "assessed, it says little.",
            ),
            *("nonactionable_share", "false_share", "assessed_share"),
        ),
        table(
            Question(
                "哪些地区的预警常常无需处置？",
                "Where are alerts most often nonactionable?",
                "无需处置率最高的排在前;评价不足20条的不稳,排在后(本平台取值)。点地区名进入下一级。",
                "The highest share first; where fewer than 20 alerts are assessed (our choice) it says little, and "
                "these come last. A click on the region goes one level down.",
            ),
            *("assessed", "assessed_share", "nonactionable_share", "false_share"),
            first="coalesce(sum(f.assessed), 0) >= 20 desc, nonactionable_share desc nulls last, assessed desc",
            height=8,
        ),
        trend(
            Question(
                "从识别到接手要多久？",
                "How long from recognised to accepted?",
                "平均用时(分钟),只计已走到该步的预警。",
                "Mean minutes of the alerts that came so far.",
            ),
            *("told_minutes", "acknowledged_minutes", "accepted_minutes"),
        ),
        trend(
            Question(
                "从发现到干预、转诊要多久？",
                "How long from found to intervened and referred?",
                "平均用时(分钟),自测量时刻起。",
                "Mean minutes from the moment of the observation.",
            ),
            *("recognised_minutes", "intervened_minutes", "referred_minutes"),
        ),
        trend(
            Question(
                "转诊有床位吗？",
                "Is there a bed for a referral?",
                "每天申请、收治、无床位的转诊数。",
                "Referrals requested, admitted and without a bed, by day.",
            ),
            *("referrals_requested", "referrals_admitted", "referrals_no_bed"),
        ),
        trend(
            Question(
                "申请后多久有床位？",
                "How long until there is a bed?",
                "从首次申请到首次收治的平均用时(分钟),按收治那天;还在等的不在平均数内。",
                "Mean minutes from the first request to the first admission, by the day of the admission; who still "
                "waits is in no mean.",
            ),
            *("bed_minutes",),
        ),
        trend(
            Question(
                "聚集性事件多久核实、处置、结案？",
                "How soon are clusters verified, acted upon and closed?",
                "自平台识别起的平均用时(分钟),按办理那天;还未办理的不在平均数内。",
                "Mean minutes since a cluster was recognised, by the day of each step; what still waits is in no mean.",
            ),
            *("events_verified_minutes", "events_acted_minutes", "events_told_minutes", "events_closed_minutes"),
        ),
        trend(
            Question(
                "还有多少没有办结？",
                "How much is still open?",
                "期末未办结的特急、紧急预警和转诊。",
                "P1 and P2 alerts and referrals that are open at the end of the period.",
            ),
            *("alerts_open", "referrals_open"),
        ),
    ]
    return board("sizao-on-call", "值守表现", "On-call performance", panels)
