"""Figures of homes that never were, as the roll-up would have counted them: five provinces and sixteen days."""

from __future__ import annotations

import random
from typing import Any, Final

import psycopg

from detectors.profile import Profile
from detectors.times import DAY, Millis, to_text
from store.dictionary import STORED

PROVINCES: Final = {
    "510000": ("510107", "510104", "510105", "510303", "510703"),
    "370000": ("370102", "370103", "370602"),
    "440000": ("440103", "440304", "441900-"),
    "330000": ("330102", "330203"),
    "500000": ("500101", "500103"),
}
"""Province -> places that homes count in, the gravest province first."""
NAMES: Final = ("幸福", "康乐", "夕阳红", "福寿", "松鹤", "颐养", "春晖", "祥和")
HOMES: Final = 8
DAYS: Final = 16


def fill(url: str, now: Millis, seed: int = 7) -> None:
    """Eight homes in each place, up to now; in 510107 one falls silent, one has an outbreak, one is short."""
    chance, today = random.Random(seed), Profile().day_of(now)
    names = [one.name for one in STORED]
    columns = ", ".join(names)
    with psycopg.connect(url, autocommit=True) as connection:
        for province, counties in PROVINCES.items():
            for county in counties:
                for number in range(HOMES):
                    home = _home(connection, county, number, now - 20 * DAY)
                    with (
                        connection.cursor() as cursor,
                        cursor.copy(
                            "copy facility_parts (facility_id, day, part, since, until, is_over, region, parent,"
                            f" setting, {columns}) from stdin".encode()
                        ) as rows,
                    ):
                        for day in range(today - DAYS + 1, today + 1):
                            for part in (0, 1):
                                said = _part(chance, province, county, number, day - today, part)
                                since = Profile().midnight(day) + part * DAY // 2
                                parent = province if county.endswith("-") else f"{county[:4]}00"
                                if province == "500000":
                                    parent = province
                                rows.write_row(
                                    (
                                        home, day, part, to_text(since), to_text(since + DAY // 2), True,
                                        county, parent, "rural" if number % 3 == 0 else "urban",
                                        *(said.get(name, 0) for name in names),
                                    )
                                )  # fmt: skip
        connection.execute("insert into proofs values (now(), now())")  # the alert path works
        connection.execute("insert into stale_regions select distinct region, day from facility_parts")


def _home(connection: psycopg.Connection[Any], county: str, number: int, known: Millis) -> int:
    row = connection.execute(
        "insert into facilities (code, provisional, partition) values (%s, false, %s) returning id",
        (f"{county.rstrip('-')}-{number + 1:02}", number),
    ).fetchone()
    assert row is not None
    connection.execute(
        "insert into facility_profiles (facility_id, valid_from, recorded_at, name, region, zone, altitude_m, rural,"
        " temperature_site, cutoffs, mode, phones, drill) values (%s, %s, %s, %s, %s, 'Asia/Shanghai', 40, %s,"
        " 'axillary', '{600,1080}', '疫情期间', '', false)",
        (
            row[0], to_text(known), to_text(known), f"{NAMES[number % len(NAMES)]}养老院",
            county.rstrip("-"), number % 3 == 0,
        ),
    )  # fmt: skip
    return int(row[0])


def _part(chance: random.Random, province: str, county: str, number: int, ago: int, part: int) -> dict[str, int | None]:
    """Half a day of a home; a wave begins six days ago, where its province is struck."""
    residents = 46 + number * 7
    grave = list(PROVINCES)[::-1].index(province)
    is_struck = ago > -6 and chance.random() < 0.05 * grave * (1 + ago / 12)
    is_ours = county == "510107" and ago >= -2
    is_silent = is_ours and number == 2
    positive = chance.randint(1, 3) if is_struck or (is_ours and number == 0) else 0
    due = residents if part == 0 else residents // 2
    done = 0 if is_silent else due - chance.randrange(max(1, due // 12))
    red, yellow = residents // 4, residents // 3
    report = {} if is_silent or part else {
        "reports_given": 1, "reports_zero": int(not positive), "occupants": residents, "beds": residents + 12,
        "staff_on_duty": 9 + number, "oximeters": 5, "oxygen_devices": 2, "operating_open": 1,
        "antiviral_short": int(county == "510107" and number == 4), "difficulties_open": int(number == 5 and grave > 2),
    }  # fmt: skip
    blank = dict.fromkeys(
        ("occupants", "beds", "staff_on_duty", "oximeters", "oxygen_devices", "antiviral_short", "antipyretic_short"),
        None,
    ) if is_silent or part else {}  # fmt: skip
    alarmed = int(positive > 1)
    told: dict[str, int | None] = {
        "facilities": 1, "heard": int(not is_silent), "silent": int(is_silent), "reports_due": 1 - part,
        "reports_missing": int(is_silent and part == 0), "residents": residents, "red": red, "yellow": yellow,
        "green": residents - red - yellow, "checks_due": due, "checks_done": done, "readings": done, "check_ins": done,
        "readings_compared": done, "readings_above": done * (4 + grave) // 100, "tests": 4, "tests_antigen": 4,
        "tests_positive": min(4, positive), "positives": positive, "positives_reported": positive,
        "positives_staff": int(positive == 3), "symptomatic": positive, "clusters_open": int(positive == 3),
        "alerts_p1": alarmed, "alerts_p2": positive, "alerts_p3": int(chance.random() < 0.3), "alerts_open": alarmed,
        "told": alarmed, "told_in_time": alarmed, "told_seconds": alarmed * 40, "acknowledged": alarmed,
        "acknowledged_in_time": alarmed, "acknowledged_seconds": alarmed * 150, "accepted": alarmed,
        "accepted_in_time": int(alarmed and chance.random() < 0.8), "accepted_seconds": alarmed * 420,
        "referrals_requested": alarmed, "referrals_accepted": alarmed, "referrals_admitted": alarmed,
        "referrals_no_bed": int(alarmed and chance.random() < 0.2), "hospitalised": alarmed,
        "deaths": int(is_struck and chance.random() < 0.06), "to_verify": int(number == 6 and county == "510107"),
        "late": chance.randrange(3), "held": int(chance.random() < 0.1),
    }  # fmt: skip
    return told | report | blank
