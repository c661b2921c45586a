"""Why somebody was not told, in Chinese: the reasons are kept as they were written, in English."""

from __future__ import annotations

import re
from typing import Final

from alerts.ladders.ladder import ROLES

_ROLES: Final = {en: zh for zh, en in ROLES.values()}
_DONE: Final = {"acknowledged": "已知悉", "accepted": "已接手", "snoozed": "已暂停"}
_REASONS: Final = [
    (re.compile(pattern), said)
    for pattern, said in (
        ("no recipient is registered for this facility", "未登记接收人"),
        ("lapsed: no all-clear, please measure", "未再监测，不发解除，请测量"),
        ("lapsed: no all-clear", "未再监测，不发解除"),
        ("already over when it was found", "发现时已恢复"),
        ("over before it was sent", "发送前已恢复"),
        ("closed before it was sent", "发送前已办结"),
        ("too old when it could be sent", "能发送时已过时"),
        ("backfill never pages", "历史数据补入不通知"),
        ("the resident is elsewhere: hospital", "老人在医院，不通知"),
        ("the resident is elsewhere: discharged", "老人已退住，不通知"),
        ("the resident is elsewhere: transferred", "老人已转至其他机构，不通知"),
        ("the resident is elsewhere: died", "老人已故，不通知"),
        ("a drill reaches only the recipients of its facility", "演练只通知本机构接收人"),
        ("the channel was full: told on the next", "该通道已达上限，已改用下一个联系方式"),
        (r"wants (\w+) or worse only", r"只接收\1及以上"),
        (r"(\w+) by (.+) before it was sent", r"发送前\2{\1}"),
        (r"(\w+) by (.+) before the turn of the (.+)", r"轮到{\3}之前\2{\1}"),
        (r"nobody on duty at (.+) can be told", r"\1没有可通知的值班人员"),
        (r"no (.+) is on duty", r"{\1}无人值班"),
        (r"(.+) has no way to be told", r"\1没有联系方式"),
        (r"(.+) has no way that informs only: it is in the inbox", r"\1没有仅作提示的联系方式，见收件箱"),
        (r"(.+) is the only way to (.+)", r"\2只有\1一个联系方式"),
        (r"(\d+) alike in (\d+) minutes were told: this one is in the inbox", r"\2分钟内同类已通知\1条，本条见收件箱"),
        (r"county (\d+) is offline: (\d+) of (\d+) facilities are silent", r"\1整县离线：\3家机构中\2家无报送"),
    )
]


def in_chinese(reason: str) -> str:
    """The reason in Chinese; one that nobody translated stays as it is.

    >>> in_chinese("accepted by 张三 before the turn of the duty leader")
    '轮到带班领导之前张三已接手'
    """
    for pattern, said in _REASONS:
        found = pattern.fullmatch(reason)
        if found is not None:
            text = found.expand(said)
            return re.sub(r"\{(.+?)\}", lambda word: _DONE.get(word[1]) or _ROLES.get(word[1], word[1]), text)
    return reason
