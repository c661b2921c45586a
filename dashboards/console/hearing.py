"""What a facility's page says of when it was heard, and which of the four silences it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from alerts.hearing import SILENCES, Hearing
from detectors.times import Millis

_HOUR: Final = "%m-%d %H:00"
_MINUTE: Final = "%m-%d %H:%M"


def hearing_in_words(found: Hearing, clock: Callable[[Millis, str], str]) -> tuple[str, str]:
    """In Chinese and English; contacts are known by their hour.

    >>> hearing_in_words(Hearing("silent", 0, "11-26 08:00"), lambda at, form: "11-26 12:00")
    ('报送中断：11-26 08:00之后没有新的记录', 'went silent: nothing new since 11-26 08:00')
    """
    since = "" if found.since is None else clock(found.since, _MINUTE if found.silence == "not_looked" else _HOUR)
    since = found.told_since or since
    if found.silence is None:
        if not since:
            return "尚未收到记录", "Nothing has come yet"
        return f"最近一次报送：{since}之后", f"Last heard: after {since}"
    after, since_then = (f"{since}之后", f" since {since}") if since else ("", "")
    stamped = "" if found.stamped_at is None else clock(found.stamped_at, _HOUR)
    zh, en = {
        "never": (f"{since}登记以来没有收到任何记录", f"nothing has come since it was registered at {since}"),
        "silent": (f"{after}没有新的记录", f"nothing new{since_then}"),
        "clock": (
            f"{after}没有时间正常的记录，{stamped}前后收到的记录时间在未来或早于7天前",
            f"nothing with a plausible time{since_then}; what came around {stamped} is stamped in the future "
            "or more than 7 days back",
        ),
        "not_looked": (
            f"{after}平台没有接收或处理记录，不能据此判断机构是否报送",
            f"nothing has been taken in or looked at{since_then}, which says nothing of the facility",
        ),
    }[found.silence]
    names = SILENCES[found.silence]
    ours = ("", "")
    if found.outage is not None and found.outage.ended_at is not None:
        began, ended = clock(found.outage.began_at, _MINUTE), clock(found.outage.ended_at, _MINUTE)
        ours = (
            f"（平台{began}至{ended}未监测，从恢复时起算）",
            f" (we did not look from {began} to {ended}: it counts from then)",
        )
    return f"{names[0]}：{zh}{ours[0]}", f"{names[1]}: {en}{ours[1]}"
