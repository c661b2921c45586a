"""Who lives in the simulated county: invented, seeded, the same every time."""

from __future__ import annotations

import random
from functools import cache
from typing import Final

from msgspec import Struct

REGION: Final = "510199"  # no such county: the codes of Chengdu's districts end below
NAMES: Final = (
    "松鹤",
    "康宁",
    "福寿",
    "怡年",
    "晚晴",
    "春晖",
    "南山",
    "长青",
    "百合",
    "银杏",
    "云岭",
    "高原",
)
HIGH_METRES: Final = 3_900


class Person(Struct, frozen=True, gc=False):
    """A resident: a pseudonym, a place, and what is usual for them."""

    facility: str
    code: str
    unit: str
    bed: str
    birth_year: int
    tier: str
    usual_spo2: float
    usual_pulse: int
    usual_temperature: float
    evening_rise: float  # above the usual temperature in the afternoon


class Home(Struct, frozen=True):
    """A facility with its peculiarity, if it has one."""

    code: str
    name: str
    altitude_m: int
    rural: bool
    people: tuple[Person, ...]
    copies_values: bool = False  # writes down yesterday's numbers
    falls_silent: bool = False
    lacks_oxygen: bool = False  # its devices are broken, and its medicine runs out


def county(seed: int = 1, facilities: int = 12, mean_residents: int = 54) -> list[Home]:
    """The homes of a county; the same seed gives the same."""
    rng = random.Random(seed)  # noqa: S311  # a simulation, not a secret
    return [_home(rng, number, facilities, mean_residents) for number in range(facilities)]


def _home(rng: random.Random, number: int, facilities: int, mean: int) -> Home:
    code = f"SIM-{number + 1:05d}"
    is_high = number == facilities - 1
    size = max(6, round(rng.gauss(mean, mean / 4)))
    name = f"{NAMES[number % len(NAMES)]}养老院" + (f"{number // len(NAMES) + 1}" if number >= len(NAMES) else "")
    people = tuple(_person(rng, code, index, is_high) for index in range(size))
    return Home(
        code,
        name,
        HIGH_METRES if is_high else rng.choice((40, 120, 480, 510)),
        rural=number % 3 == 2,
        people=people,
        copies_values=facilities > 3 and number == 3,
        falls_silent=facilities > 4 and number == 4,
        lacks_oxygen=facilities > 5 and number == 5,
    )


@cache
def _place(index: int) -> tuple[str, str, str]:
    """Code, unit and bed: the same in every home, and kept once for two million residents."""
    return f"R-{index + 1:03d}", f"{index // 20 + 1}单元", f"{index % 20 + 1:02d}"


def _person(rng: random.Random, facility: str, index: int, is_high: bool) -> Person:
    spo2 = rng.gauss(90.0, 0.8) if is_high else min(99.0, max(95.5, rng.gauss(97.2, 0.7)))
    return Person(
        facility,
        *_place(index),
        2026 - rng.randint(66, 98),
        rng.choices(("green", "yellow", "red"), (5, 3, 2))[0],
        round(spo2, 1),
        round(rng.gauss(72, 7)),
        round(rng.gauss(36.3, 0.15), 1),
        round(rng.uniform(0.1, 0.4), 2),
    )
