"""A list is what seed and frame make of it: fair by chance, heavier by risk, spread over counties, never twice."""

from __future__ import annotations

import random
from collections import Counter

from msgspec import structs

from dashboards.spot_checks.drawing import WEIGHTS, digest, draw, reasons, weight
from dashboards.spot_checks.following import standing
from store.spot_checks import Candidate, SpotCheck, Step

DAY = 20_602


def home(code: str, county: str = "510107", **said: int) -> Candidate:
    return structs.replace(Candidate(code, code, county, 0, 0, 100, 0, 0, 0, 0, 0, None), **said)


FRAME = tuple(home(f"F-{n:03}", f"5101{n % 5:02}") for n in range(100))


def test_the_same_seed_and_frame_draw_the_same_list_whatever_the_order() -> None:
    mixed = list(FRAME)
    random.Random(1).shuffle(mixed)
    found = draw(FRAME, "seed", DAY, 20, 6, 90)
    assert draw(mixed, "seed", DAY, 20, 6, 90) == found
    assert draw(FRAME, "another", DAY, 20, 6, 90) != found
    assert len({code for code, _ in found}) == len(found) == 20
    assert Counter(part for _, part in found) == {"risk": 14, "chance": 6}
    assert digest(FRAME) == digest(tuple(FRAME)) != digest(FRAME[1:])
    # Pinned: lists that were drawn must be drawn again by every later version.
    assert [code for code, _ in draw(FRAME, "pinned", DAY, 5, 2, 90)] == PINNED


PINNED = ["F-070", "F-011", "F-002", "F-053", "F-084"]


def test_chance_takes_everybody_as_often_whatever_stands_against_them() -> None:
    frame = [home(f"F-{n}", data_to_verify=9 if n < 10 else 0) for n in range(20)]
    taken = Counter(code for n in range(2_000) for code, part in draw(frame, str(n), DAY, 5, 5, 90) if part == "chance")
    assert len(taken) == 20
    assert all(400 < number < 600 for number in taken.values())  # 500 expected, five standard deviations


def test_risk_takes_those_with_more_against_them_more_often_and_others_still() -> None:
    frame = [home("bad", data_to_verify=1, silent=2), *(home(f"F-{n}") for n in range(19))]
    taken = Counter(code for n in range(2_000) for code, _ in draw(frame, str(n), DAY, 1, 0, 90))
    assert weight(frame[0]) == 1 + WEIGHTS["data_to_verify"] + WEIGHTS["silent"]
    assert abs(taken["bad"] / 2_000 - 8 / 27) < 0.05
    assert all(taken[f"F-{n}"] > 0 for n in range(19))


def test_no_county_is_over_its_share_while_another_has_somebody() -> None:
    crowd = [home(f"A-{n}", "510104", silent=5) for n in range(50)]
    others = [home(f"{county}-{n}", county) for county in ("510105", "510106", "510107") for n in range(4)]
    counties = Counter(
        {one.code: one.county for one in (*crowd, *others)}[code]
        for code, _ in draw([*crowd, *others], "s", DAY, 8, 0, 90)
    )
    assert counties == {"510104": 2, "510105": 2, "510106": 2, "510107": 2}
    # Where the others have nobody left the list is filled all the same.
    assert len(draw([*crowd, *others], "s", DAY, 30, 0, 90)) == 30


def test_nobody_is_drawn_twice_in_a_period_without_cause() -> None:
    frame = [
        home("fresh"),
        home("lately", drawn_on=DAY - 89),
        home("long ago", drawn_on=DAY - 90),
        home("unmended", drawn_on=DAY - 10, unmended=1),
    ]
    for n in range(20):
        assert {code for code, _ in draw(frame, str(n), DAY, 4, 2, 90)} == {"fresh", "long ago", "unmended"}


def test_every_reason_has_its_number_and_blank_is_none() -> None:
    known = home("a", silent=1, checks_done_share=60, reports_missing=2, positives=3, antiviral_short=1, unmended=1)
    assert reasons(known) == {
        "unmended": 1, "silent": 1, "checks_missed": 40, "reports_missing": 2, "positives": 3, "antiviral_short": 1,
    }  # fmt: skip
    assert reasons(Candidate("b", "b", "510107", None, None, None, None, None, None, 0, 0, None)) == {}
    assert reasons(home("c", checks_done_share=80)) == {}


def test_a_visit_has_a_result_then_it_is_mended_and_looked_at_again_each_by_its_day() -> None:
    check = SpotCheck(1, 1, "510000", DAY, "F-1", "risk", home("F-1"))
    course = [
        (None, "to_visit", "result", DAY + 7),
        (Step(1, 1, "result", False, "无台账", DAY + 5, "王", 0), "to_mend", "rectified", DAY + 5),
        (Step(1, 2, "rectified", False, "已建", DAY + 11, "李", 0), "to_look_again", "rechecked", DAY + 11),
        (Step(1, 3, "rechecked", False, "仍缺", DAY + 12, "王", 0), "to_mend", "rectified", DAY + 12),
        (Step(1, 4, "rectified", False, "补齐", DAY + 18, "李", 0), "to_look_again", "rechecked", DAY + 18),
        (Step(1, 5, "rechecked", True, "属实", None, "王", 0), "closed", None, None),
    ]
    done: list[Step] = []
    for step, stage, following, due in course:
        done += [] if step is None else [step]
        now = standing(check, done, DAY)
        assert (now.stage, now.next, now.due_day, now.is_overdue) == (stage, following, due, False)
        if due is not None:
            assert standing(check, done, due + 1).is_overdue
            assert not standing(check, done, due).is_overdue
