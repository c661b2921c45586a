"""The evidence pack says what speaks for, what against, and what nobody knows; it recommends nothing."""

from __future__ import annotations

from msgspec import structs

from dashboards.dispatch.closure import evidence, facts_of
from store.closure import Facts
from store.figures import Figures, Value

DAY = 20_602
QUIET = Facts("510104", "锦江区", 0, 0, None, 0, 0, 900, 100, 98, 14, 0, "closed")


def _row(one: Facts) -> tuple[object, ...]:
    (section, _) = evidence("510100", DAY, [one], [], "zh", 0).sections
    return section.tables[0].rows[0]


def test_for_and_against_and_what_is_not_known_stand_apart() -> None:
    assert _row(QUIET)[2:] == (
        "是否放开",
        "",
        "近14日无新增阳性；近7期检测900人次；近7期健康监测完成98%；抗病毒药够3天以上",
        "",
    )
    struck = structs.replace(
        QUIET, positives=3, positives_staff=1, last_positive=DAY, hospitalised=1, deaths=1, operating=None,
        tests=0, checks_done=60, days_heard=12, antiviral_short=2,
    )  # fmt: skip
    assert _row(struck)[2:] == (
        "是否封闭",
        "近7期新增阳性老年人3人；近7期新增阳性工作人员1人；近7期新住院1人；近7期去世1人；抗病毒药不足3天的机构2家",
        "",
        "近7期没有检测：无阳性不等于无感染；近14日有2日没有数据；近7期健康监测只完成60%",
    )
    waning = structs.replace(QUIET, last_positive=DAY - 9, tests=None, checks_due=None, antiviral_short=None)
    assert _row(waning)[3:] == ("", "连续9日无新增阳性", "没有检测数据；药品储备未填报")


def test_what_is_in_no_question_is_not_listed_and_nothing_is_recommended() -> None:
    calm = structs.replace(QUIET, operating=None)
    pack = evidence("510100", DAY, [calm], [], "zh", 0)
    assert [one.tables for one in pack.sections] == [(), ()]
    assert "不作建议" in pack.head[0]
    english = evidence("510100", DAY, [QUIET], [QUIET], "en", 0)
    texts = [english.title, *english.head, *(t for one in english.sections for t in (one.title, *one.sentences))]
    assert all(text.isascii() for text in texts)


def test_a_region_is_summed_over_seven_periods_and_looked_at_over_fourteen() -> None:
    def day(back: int, positives: int | None) -> Figures:
        values = {"positives": Value(positives), "positives_staff": Value(0), "heard": Value(1), "tests": Value(10)}
        return Figures("510104", "period", DAY - back, 0, values)

    found = facts_of([day(0, 1), day(6, 2), day(7, 50), day(13, 1)], DAY, "疫情期间")
    assert (found.positives, found.tests, found.last_positive, found.days_heard) == (3, 20, DAY, 4)
    assert (found.deaths, found.antiviral_short, found.operating) == (None, None, None)
    assert facts_of([day(8, 1)], DAY, "封闭管理").operating == "closed"
    assert facts_of([day(8, 1)], DAY, "封闭管理").positives is None
