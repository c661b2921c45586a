"""Platform: does every check come in, is it judged at once, and is somebody told?"""

from __future__ import annotations

from alerts.channels import CHANNELS
from dashboards.grafana.pages import board
from dashboards.grafana.panels import Json, Question, metrics

_DAILY = ("backup", "retention", "push", "ministry")


def _quantiles(histogram: str) -> dict[str, str]:
    """The middle, and what one in a hundred exceeds."""
    buckets = f"sum by (le) (rate({histogram}_bucket[5m]))"
    return {f"p{share}": f"histogram_quantile({share / 100:g}, {buckets})" for share in (50, 99)}


def platform() -> Json:
    """The board."""
    panels = [
        metrics(
            Question(
                "预警通道最近一次验证在多久前？",
                "How long ago was the alert path last proven?",
                "测试预警每3分钟走完全程一次;超过15分钟即有人被叫来。",
                "A test check goes all the way every three minutes; after 15 minutes somebody is called.",
            ),
            # The worst of five minutes: what is proven every three is a saw else.
            {"多久前 ago": "max_over_time((time() - max(sizao_alert_path_proven_timestamp_seconds))[5m:15s])"},
            unit="s",
        ),
        metrics(
            Question(
                "哪些进程在运行？",
                "Which processes run?",
                "每条线为一类进程的运行个数;降到0即无人承担该工作。",
                "How many of each kind answer; at 0 nobody does that work.",
            ),
            {"{{job}}": "sum by (job) (up)"},
            lines=("gateway", "worker", "sender", "rollup", "console", *_DAILY),
        ),
        metrics(
            Question(
                "有多少消息在等？",
                "How many messages wait?",
                "持续上升说明处理跟不上,应增加 worker。",
                "A line that keeps rising: more comes in than is stored; start more workers.",
            ),
            {"等待 waiting": "sizao:lag_messages:sum"},
        ),
        metrics(
            Question(
                "收到的事件去了哪里？",
                "What becomes of the events?",
                "每秒事件数,按归宿;rejected、conflict 应接近0。",
                "Events a second by what became of them; rejected and conflict should be near 0.",
            ),
            {"{{fate}}": "sizao:events:rate5m > 0"},
            lines=("stored", "late", "held", "quarantined", "duplicate", "rejected", "conflict"),
            unit="eps",
        ),
        metrics(
            Question(
                "从测量到发现要多久？",
                "How long from the observation to the finding?",
                "p99:百分之一的更慢。机构晚传的时间也在内。",
                "p99: one in a hundred takes longer. What a facility sends late is in it.",
            ),
            _quantiles("sizao_observed_to_finding_seconds"),
            unit="s",
        ),
        metrics(
            Question(
                "从发现到通知要多久？",
                "How long from the finding to the message?",
                "特急预警应在1分钟内通知到人。",
                "A P1 should be told within a minute.",
            ),
            _quantiles("sizao_finding_to_told_seconds"),
            unit="s",
        ),
        metrics(
            Question(
                "消息发出去了吗？",
                "Are the messages sent?",
                "每分钟次数,按渠道和结果;retry、failed 会再发或换渠道。",
                "Tries a minute by channel and outcome; retry and failed go again or another way.",
            ),
            {"{{channel}} {{outcome}}": "60 * sum by (channel, outcome) (rate(sizao_deliveries_total[5m])) > 0"},
            lines=[f"{channel} {outcome}" for outcome in ("sent", "retry", "failed") for channel in CHANNELS],
        ),
        metrics(
            Question(
                "最早的待发消息等了多久？",
                "How long has the oldest message waited?",
                "超过2分钟即有人被叫来。",
                "After two minutes somebody is called.",
            ),
            {"最久 oldest": "max(sizao_deliveries_oldest_seconds)"},
            unit="s",
        ),
        metrics(
            Question(
                "接收端答复要多久？",
                "How fast does the gateway answer?",
                "从请求到消息落盘;p99 每百次中最慢的一次。",
                "From the request to the broker's word; p99: one in a hundred is slower.",
            ),
            _quantiles("sizao_gateway_post_seconds"),
            unit="s",
        ),
        metrics(
            Question(
                "统计数字跟得上吗？",
                "Do the figures keep up?",
                "尚未重新统计的变化;半小时不归零即应增加 rollup。",
                "Changes that are not counted yet; never 0 for half an hour: start another roll-up.",
            ),
            {"{{kind}}": "max by (kind) (sizao_rollup_waiting)"},
            lines=("facilities", "regions"),
        ),
        metrics(
            Question(
                "日调度按时冻结了吗？",
                "Are dispatches frozen in time?",
                "截止时间已过、却未能冻结的地区数,应为0。",
                "Regions whose cut-off is over and that could not be frozen; 0 when all is well.",
            ),
            {"未冻结 waiting": "sum(sizao_dispatches_overdue)"},
            width=8,
        ),
        metrics(
            Question(
                "冻结进行到哪里？",
                "How does freezing go on?",
                "每小时冻结的版本数;截止后升高,全部冻结后归零。",
                "Revisions frozen an hour: high after the cut-off, 0 once all are.",
            ),
            {"每小时版本 an hour": "3600 * sum(rate(sizao_dispatches_frozen_total[10m]))"},
            width=8,
        ),
        metrics(
            Question(
                "每日任务完成多久了？",
                "How old is the daily work?",
                "备份、清理、上报、部级日报;超过26小时即有问题。",
                "Backup, retention, push, the ministry's page; more than 26 hours: something is wrong.",
            ),
            {"{{job}}": "time() - max by (job) (sizao_daily_done_timestamp_seconds > 0)"},
            unit="s",
            lines=_DAILY,
            width=8,
        ),
    ]
    return board("sizao-platform", "平台运行", "Platform", panels, of_regions=False)
