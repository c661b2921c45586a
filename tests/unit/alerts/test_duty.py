"""Who is on duty, how ladders climb, what many alike and silent counties lead to: from values alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from alerts.channels import CHANNELS, with_limits
from alerts.duties import duties_for
from alerts.escalation import begun, look
from alerts.ladders.ladder import ROLES, Step, card, ladders_of, parse
from alerts.plain import plain_line
from alerts.reasons import in_chinese
from alerts.rosters import desks_for, in_quiet, on_duty
from alerts.routing import registered, step_routes, wakes_somebody, ways_to
from alerts.storms import Storms, inhibited
from detectors.detector import Severity
from detectors.times import DAY, HOUR, MINUTE, Millis
from store.alerts import AlertPlace, AlertRow
from store.deliveries import Recent
from store.duty import DeskRow, Person, RosterRows, Scope, ShiftRow, SwapRow
from store.recipients import Recipient
from tests.integration.alerts.making import alert_row

ZONE = ZoneInfo("Asia/Shanghai")
LI = Person(1, "li", "小李", (("wecom", "g"), ("voice", "1"), ("sms", "1")))
ZHOU = Person(2, "zhou", "小周", (("sms", "2"),))
HOME = DeskRow(1, "home", "幸福敬老院", "Asia/Shanghai", (Scope(None, "F-1"),))
COUNTY = DeskRow(2, "county", "县值班室", "Asia/Shanghai", (Scope("370613", None),))


def local(text: str) -> Millis:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1_000)


def roster(*shifts: ShiftRow, **others: Any) -> RosterRows:
    return RosterRows([COUNTY, HOME], {1: LI, 2: ZHOU}, list(shifts), **({"holidays": {}, "swaps": []} | others))


def names(rows: RosterRows, at: str, desk: DeskRow = HOME) -> list[str]:
    return [one.person.name for one in on_duty(rows, desk, "370613", local(at))]


def test_a_night_shift_lasts_past_midnight_and_ends_to_the_minute() -> None:
    night = roster(
        ShiftRow(1, "carer", 1, "every_day", 20 * 60, 8 * 60), ShiftRow(1, "carer", 2, "every_day", 480, 1200)
    )
    for at, who in (("2026-01-05T07:59", "小李"), ("2026-01-05T08:00", "小周"), ("2026-01-05T20:00", "小李")):
        assert names(night, at) == [who]
    whole = roster(ShiftRow(1, "carer", 1, "every_day", 0, 0))
    assert names(whole, "2026-01-05T00:00") == names(whole, "2026-01-05T23:59") == ["小李"]


def test_holidays_and_make_up_workdays_are_as_the_calendar_of_the_region_says() -> None:
    rows = roster(
        ShiftRow(1, "carer", 1, "workdays", 0, 0),
        ShiftRow(1, "carer", 2, "holidays", 0, 0),
        holidays={
            ("", (date(2026, 10, 1) - date(1970, 1, 1)).days): False,
            ("", (date(2026, 10, 10) - date(1970, 1, 1)).days): True,  # a Saturday on which people work
            ("370613", (date(2026, 10, 12) - date(1970, 1, 1)).days): False,
        },
    )
    for day, who in (
        ("2026-09-30", "小李"),
        ("2026-10-01", "小周"),
        ("2026-10-03", "小周"),
        ("2026-10-10", "小李"),
        ("2026-10-12", "小周"),
    ):
        assert names(rows, f"{day}T12:00") == [who], day
    weekdays = roster(ShiftRow(1, "carer", 1, "135", 480, 1200, valid_until=(date(2026, 1, 9) - date(1970, 1, 1)).days))
    assert names(weekdays, "2026-01-09T12:00") == ["小李"]
    assert names(weekdays, "2026-01-08T12:00") == names(weekdays, "2026-01-12T12:00") == []


def test_a_swap_holds_for_its_time_and_says_whose_shift_it_is() -> None:
    swap = SwapRow(1, 1, 2, local("2026-01-05T20:00"), local("2026-01-06T02:00"))
    rows = roster(ShiftRow(1, "carer", 1, "every_day", 20 * 60, 8 * 60), swaps=[swap])
    assert names(rows, "2026-01-05T23:00") == ["小周"]
    assert names(rows, "2026-01-06T02:00") == ["小李"]
    (duty,) = on_duty(rows, HOME, None, local("2026-01-05T23:00"))
    assert step_routes(Step("carer", 0), [duty], CHANNELS)[0].person == "小周(替小李)"


def test_a_desk_that_names_the_facility_goes_before_one_of_its_region() -> None:
    assert [desk.code for desk in desks_for(roster(), "F-1", "370613004")] == ["home", "county"]
    assert [desk.code for desk in desks_for(roster(), "F-2", "370614")] == []


def test_the_desk_of_the_county_goes_before_that_of_its_province_whatever_they_are_called() -> None:
    province = DeskRow(3, "a", "省值班室", "Asia/Shanghai", (Scope("37", None),))
    rows = structs.replace(roster(), desks=[province, COUNTY, HOME])
    assert [desk.code for desk in desks_for(rows, "F-1", "370613004")] == ["home", "county", "a"]
    shifts = [ShiftRow(3, "duty_officer", 1, "every_day", 0, 0), ShiftRow(2, "duty_officer", 2, "every_day", 480, 1200)]
    place = AlertPlace(1, "F-1", "370613004", "Asia/Shanghai", False, 1)
    for at, who in (("2026-01-05T12:00", "小周"), ("2026-01-05T22:00", "小李")):  # at night nobody is on in the county
        (found,) = duties_for(structs.replace(rows, shifts=shifts), place, local(at)) or []
        assert found.person.name == who


def test_whoever_can_only_be_rung_is_rung_for_what_is_urgent() -> None:
    rung = structs.replace(LI, ways=(("voice", "1"),))
    assert ways_to(rung, Step("carer", 0, in_quiet=True), CHANNELS) == [("voice", "1")]
    assert ways_to(rung, Step("carer", 0, informs=True), CHANNELS) == []


def test_a_step_tells_by_the_ways_that_suit_it_and_says_when_nobody_is_on_duty() -> None:
    (duty,) = on_duty(roster(ShiftRow(1, "carer", 1, "every_day", 0, 0)), HOME, None, local("2026-01-05T12:00"))
    (waking,) = step_routes(Step("carer", 0, wakes=True), [duty], CHANNELS)
    assert [(waking.channel, waking.address), *waking.fallbacks] == [("voice", "1"), ("sms", "1"), ("wecom", "g")]
    (informing,) = step_routes(Step("carer", 0), [duty], CHANNELS)
    assert [(informing.channel, informing.address), *informing.fallbacks] == [("wecom", "g"), ("sms", "1")]
    (quiet,) = step_routes(Step("carer", 0, informs=True), [duty], CHANNELS)
    assert [(quiet.channel, quiet.address), *quiet.fallbacks] == [("wecom", "g")]
    (inbox,) = step_routes(Step("carer", 0, informs=True), [structs.replace(duty, person=ZHOU)], CHANNELS)
    assert inbox.not_told == "小周 has no way that informs only: it is in the inbox"
    (nobody,) = step_routes(Step("doctor", 3), [duty], CHANNELS)
    assert nobody.not_told == "no paired doctor is on duty"
    assert wakes_somebody(waking, CHANNELS)
    assert not wakes_somebody(structs.replace(waking, channel="email", fallbacks=()), CHANNELS)


def test_the_default_ladder_of_p1_and_its_cards() -> None:
    steps = ladders_of(None)[Severity.P1].steps
    assert [(step.role, step.after_minutes) for step in steps] == [
        ("carer", 0),
        ("head", 3),
        ("doctor", 3),
        ("duty_officer", 10),
        ("duty_leader", 20),
    ]
    assert all(step.wakes for step in steps)
    assert len({card(role, language) for role in ROLES for language in ("zh", "en")}) == 2 * len(ROLES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[P1]\nsteps = []", "missing required field"),
        ("[P9]\n", "missing|P9"),
        ("[P1", "no ladder"),
        (
            '[P1]\nacknowledged_minutes=1\nsnooze_most_minutes=1\nremind_minutes=1\nquiet=["22:00","07:00"]\n'
            'steps=[{role="carer",after_minutes=0}]',
            "quiet hours never apply to P1",
        ),
        (
            "[P2]\nacknowledged_minutes=1\nsnooze_most_minutes=1\nremind_minutes=1\n"
            'steps=[{role="carer",after_minutes=5}]',
            "the first step is at 0 minutes",
        ),
        (
            "[P2]\nacknowledged_minutes=1\nsnooze_most_minutes=1\nremind_minutes=1\n"
            'steps=[{role="cook",after_minutes=0}]',
            "Invalid enum value 'cook'",
        ),
    ],
)
def test_a_ladder_that_is_none_is_refused_with_the_mistake(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)


def test_quiet_hours_end_in_the_morning_of_the_facility_and_hold_urgent_steps_back_never() -> None:
    quiet = ("22:00", "07:00")
    assert in_quiet(quiet, "Asia/Shanghai", local("2026-01-05T21:59")) is None
    for at, ends in (("2026-01-05T22:00", "2026-01-06T07:00"), ("2026-01-06T06:00", "2026-01-06T07:00")):
        assert in_quiet(quiet, "Asia/Shanghai", local(at)) == local(ends)
    night = local("2026-01-05T23:00")
    for severity, roles, again in ((1, ["carer"], 3 * MINUTE), (2, ["carer"], 30 * MINUTE), (3, [], 8 * HOUR)):
        alert = begun(alert_row(1, 1, 1, severity, night), night)
        seen = look(alert, ladders_of(None)[Severity(severity)], "Asia/Shanghai", night)
        assert [notice.step.role for notice in seen.notices if notice.step] == roles
        assert seen.alert.next_escalation_at == night + again
    late = look(seen.alert, ladders_of(None)[Severity.P3], "Asia/Shanghai", night + 8 * HOUR)
    assert [notice.kind for notice in late.notices] == ["alarm"]


def test_reminders_come_until_it_is_closed() -> None:
    at = local("2026-01-05T12:00")
    ladder = ladders_of(None)[Severity.P1]
    alert = begun(alert_row(1, 1, 1, 1, at), at)
    kinds: list[str] = []
    while at < local("2026-01-05T12:45"):
        seen = look(alert, ladder, "Asia/Shanghai", at)
        kinds += [notice.kind for notice in seen.notices]
        alert, at = seen.alert, seen.alert.next_escalation_at or 0
    assert kinds == ["alarm", *["escalation"] * 4, "reminder", "reminder"]
    closed = look(structs.replace(alert, closed_at=at), ladder, "Asia/Shanghai", at)
    assert (closed.notices, closed.alert.next_escalation_at) == ((), None)


def test_many_alike_are_told_together_and_what_is_new_comes_through() -> None:
    storms = Storms([Recent("小李", "hypoxia", 1, 7)])
    assert [storms.joins("小李", "hypoxia", 1) for _ in range(3)] == [False, True, True]
    assert not storms.joins("小李", "hypoxia", 2)  # the first of another facility
    assert not storms.joins("小李", "fever", 1)
    assert not storms.joins("小周", "hypoxia", 1)


def test_a_county_that_is_offline_is_one_alert_and_p1_is_never_inhibited() -> None:
    assert inhibited("missed_check", 4, "370613", 5, 8) == "county 370613 is offline: 5 of 8 facilities are silent"
    for condition, severity, silent, facilities in (
        ("missed_check", 4, 4, 4),
        ("missed_check", 4, 5, 9),
        ("hypoxia", 2, 9, 9),
        ("missed_check", 1, 9, 9),
    ):
        assert inhibited(condition, severity, "370613", silent, facilities) is None


def test_without_a_roster_the_file_of_recipients_says_who_is_told_and_who_is_not() -> None:
    rows = [
        Recipient(1, "37", None, "email", "province", 2),
        Recipient(2, None, 7, "webhook", "home", 4),
        Recipient(3, "11", None, "email", "elsewhere", 4),
    ]
    routes = registered(Severity.P3, 7, "370613", False, rows)
    assert [(route.address, route.not_told) for route in routes] == [
        ("province", "wants P2 or worse only"),
        ("home", None),
    ]
    (drill, _) = registered(Severity.P1, 7, "370613", True, rows)
    assert drill.not_told == "a drill reaches only the recipients of its facility"
    (nobody,) = registered(Severity.P1, 8, "99", False, rows)
    assert nobody.not_told == "no recipient is registered for this facility"


T = local("2026-01-05T08:00")
ON = alert_row(1, 1, 1, 1, T)
SEEN = {"signal": "acknowledged", "acknowledged_by": "小李", "acknowledged_at": T}
TAKEN = {"responsibility": "accepted", "responsible": "张三"}


@pytest.mark.parametrize(
    ("facts", "zh", "en"),
    [
        ({}, "提醒中 · 责任待认领", "signal on · nobody answers for it"),
        (
            {**TAKEN, "snoozed_until": T + 30 * MINUTE},
            "提醒中 · 张三已接手 · 至08:30暂停",
            "signal on · accepted by 张三 · snoozed until 08:30",
        ),
        ({**SEEN}, "异常持续 · 小李已知悉 · 责任待认领", "present · acknowledged by 小李 · nobody answers for it"),
        ({**SEEN, **TAKEN}, "异常持续 · 张三已接手", "present · accepted by 张三"),
        (
            {"responsibility": "rejected", "responsible": "张三"},
            "提醒中 · 张三已退回·责任待认领",
            "signal on · rejected by 张三, nobody answers for it",
        ),
        ({"snoozed_until": T}, "提醒中 · 责任待认领", "signal on · nobody answers for it"),
        (
            {**SEEN, "snoozed_until": T + DAY},
            "异常持续 · 小李已知悉 · 责任待认领 · 至01-06 08:00暂停",
            "present · acknowledged by 小李 · nobody answers for it · snoozed until 01-06 08:00",
        ),
        ({"condition_state": "absent", "signal": "latched"}, "已恢复·待查看", "over, nobody has looked"),
        (
            {"condition_state": "absent", "signal": "latched", **TAKEN},
            "已恢复·待查看 · 张三已接手",
            "over, nobody has looked · accepted by 张三",
        ),
        (
            {"condition_state": "absent", "signal": "latched", "lapsed": True},
            "未再监测·待查看",
            "no longer measured, nobody has looked",
        ),
        ({"condition_state": "absent", "signal": "off", "closed_at": T}, "办结", "closed"),
        (
            {"condition_state": "absent", "signal": "off", "closed_at": T, **TAKEN},
            "办结 · 张三已接手",
            "closed · accepted by 张三",
        ),
    ],
)
def test_people_see_one_plain_line(facts: dict[str, Any], zh: str, en: str) -> None:
    alert: AlertRow = structs.replace(ON, **facts)
    assert plain_line(alert, "Asia/Shanghai", T) == zh
    assert plain_line(alert, "Asia/Shanghai", T, "en") == en


def test_limits_are_configuration_and_a_mistake_is_said_with_the_remedy() -> None:
    channels = with_limits("sms=300, wecom=10")
    assert [channels[name].limits.messages for name in ("sms", "wecom") if channels[name].limits] == [300, 10]  # type: ignore[union-attr]
    for wrong in ("sms", "sms=none", "pigeon=3", "webhook=3"):
        with pytest.raises(ValueError, match="write channel=messages a minute"):
            with_limits(wrong)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("backfill never pages", "历史数据补入不通知"),
        ("the resident is elsewhere: hospital", "老人在医院，不通知"),
        ("wants P2 or worse only", "只接收P2及以上"),
        ("acknowledged by 小李 before it was sent", "发送前小李已知悉"),
        ("accepted by 张三 before the turn of the duty leader", "轮到带班领导之前张三已接手"),
        ("no paired doctor is on duty", "签约医生无人值班"),
        ("8 alike in 10 minutes were told: this one is in the inbox", "10分钟内同类已通知8条，本条见收件箱"),
        ("county 370613 is offline: 5 of 8 facilities are silent", "370613整县离线：8家机构中5家无报送"),
        ("something new", "something new"),
    ],
)
def test_why_somebody_was_not_told_is_said_in_chinese(reason: str, said: str) -> None:
    assert in_chinese(reason) == said
